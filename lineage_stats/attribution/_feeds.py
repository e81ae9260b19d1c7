"""Which operations the columns of a model's input come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lineage_stats.exceptions import LineageStatsError
from lineage_stats.trace import Operation, Trace
from lineage_stats.trace._lineage._target import target_names
from lineage_stats.trace._lineage._written import written_names

OPAQUE = 0.7  # weight of a column that the metric may depend on, for all that is known
VALUES = frozenset({"identity", "derived", "aggregated"})
TARGET = "\0target"  # in place of a column's name
Feeds = Mapping[str, frozenset[str]]


def feeds_of_fit(trace: Trace, key: str, columns: tuple[str, ...]) -> Feeds:
    """Return for columns of a fit's first input, and its target, the operations that handled them.

    Those through which the values came; an operation that only chose rows is none of them.

    Parameters
    ----------
    trace : Trace
        A run.
    key : str
        The operation that fitted.
    columns : tuple of str
        Names of columns, as in ``association[name]``.
    """
    refs = trace.operation(key).inputs
    found: dict[str, frozenset[str]] = {}
    data = [ref for ref in refs if ref.kind in ("table", "column", "array")]
    if not data:
        return found
    for column in columns:
        found[column] = _handlers(trace, f"{data[0].id}.{column}")
    targets = target_names(trace.operation(key)) or tuple(ref.id for ref in data[1:2])
    found[TARGET] = frozenset().union(*(_handlers(trace, name) for name in targets))
    return {column: handlers for column, handlers in found.items() if handlers}


def _handlers(trace: Trace, name: str) -> frozenset[str]:
    try:
        lineage = trace.upstream(name)
    except LineageStatsError:
        return frozenset()
    asked = (item.rpartition(".")[::2] for item in lineage.of)
    through = {(key, column) for key, column in asked if key in trace.keys}
    through |= {
        (dependency.operation, str(dependency.column))
        for dependency in lineage.dependencies
        if dependency.operation is not None and not VALUES.isdisjoint(dependency.relations)
    }
    return frozenset(key for key, column in through if _touches(trace.operation(key), column))


def _touches(operation: Operation, column: str) -> bool:
    """Whether an operation had a column's values in its hands; an assignment of others had not."""
    written = written_names(operation)
    return written is None or column in written


def relevance(trace: Trace, metric_key: str) -> Mapping[tuple[str, str], float]:
    """Return how far the metric depends on each column of each operation, from 0 to 1.

    Columns of operations that are not mentioned are unknown.
    """
    try:
        lineage = replace(trace).upstream(metric_key)  # which is not kept, being large
    except LineageStatsError:
        return {}
    found: dict[tuple[str, str], float] = {}
    for dependency in lineage.dependencies:
        if dependency.operation is not None and dependency.column is not None:
            weight = OPAQUE if dependency.opaque else 1.0
            label = (dependency.operation, dependency.column)
            found[label] = max(found.get(label, 0.0), weight)
    return found
