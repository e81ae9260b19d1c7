"""Which operations the columns of a model's input come from."""

from __future__ import annotations

from collections.abc import Mapping

from lineage_stats.attribution._links import producers_of
from lineage_stats.exceptions import LineageStatsError
from lineage_stats.trace import Trace
from lineage_stats.trace._lineage._ask import makers_of, values_from
from lineage_stats.trace._lineage._target import compared_names, has_target, target_names
from lineage_stats.trace._lineage._written import written_names

OPAQUE = 0.7  # weight of a column that the metric may depend on, for all that is known
VALUES = frozenset({"identity", "derived", "aggregated"})
MATCHED = frozenset({"joined-on", "grouped-by"})  # by these, other rows get the values
MOST_FOLLOWED = 25  # wrong columns that are followed to who handled them in the very run
WITNESSES = frozenset({"fit", "split"})  # kinds at which columns are held against a target
MODELLED = frozenset({"fit", "predict"})
TARGET = "\0target"  # in place of a column's name
Feeds = Mapping[str, frozenset[str]]
Place = tuple[str, int, str]  # operation, number of its output, column
Successors = Mapping[Place, frozenset[Place]]


def feeds_of_fit(
    trace: Trace, key: str, columns: tuple[str, ...], relations: frozenset[str] = VALUES
) -> Feeds:
    """Return for columns of a fit's first input, and its target, the operations that handled them.

    Those through which the values came; an operation that only chose rows is none of them. With
    `relations` others, those that the columns depend on in these ways.

    Parameters
    ----------
    trace : Trace
        A run.
    key : str
        The operation that fitted.
    columns : tuple of str
        Names of columns, as in ``association[name]``.
    relations : frozenset of str, default=VALUES
        What counts.
    """
    refs = trace.operation(key).inputs
    found: dict[str, frozenset[str]] = {}
    data = [ref for ref in refs if ref.kind in ("table", "column", "array")]
    if not data:
        return found
    written = {op.key: names for op in trace if (names := written_names(op)) is not None}
    for column in columns:
        found[column] = _handlers(trace, f"{data[0].id}.{column}", written, relations)
    targets = target_names(trace.operation(key))
    if not targets and has_target(trace.operation(key)):
        targets = tuple(ref.id for ref in data[1:2])
    found[TARGET] = frozenset().union(
        *(
            # Of very wide tables the columns are not told apart.
            _handlers(trace, name, written, relations)
            or _handlers(trace, name.partition(".")[0], written, relations)
            for name in targets
        )
    )
    return {column: handlers for column, handlers in found.items() if handlers}


def handlers_of_truth(trace: Trace, metric_key: str) -> frozenset[str]:
    """Return who had the values in hand that a metric holds predictions against.

    Those of its arguments that no fit and no prediction is behind; empty where none has one. An
    argument of which nothing is known counts as a prediction, which is what NumPy is mostly put to.

    Parameters
    ----------
    trace : Trace
        A run.
    metric_key : str
        The operation that computed the metric.
    """
    kinds = {op.key: op.kind for op in trace}
    written = {op.key: names for op in trace if (names := written_names(op)) is not None}
    arguments = [
        frozenset().union(*(_handlers(trace, name, written, VALUES) for name in names))
        for names in compared_names(trace.operation(metric_key))
    ]
    truths = [a for a in arguments if a and not any(kinds[key] in MODELLED for key in a)]
    return frozenset().union(*truths) if len(truths) < len(arguments) else frozenset()


def _handlers(
    trace: Trace, name: str, written: Mapping[str, frozenset[str]], relations: frozenset[str]
) -> frozenset[str]:
    """Return who had values in hand; an assignment only has those of the columns that it wrote."""
    try:
        reached = makers_of(trace, name)
    except LineageStatsError:
        return frozenset()
    through = {
        (key, column)
        for key, column, relations_to in reached
        if key is not None and not relations.isdisjoint(relations_to)
    }
    return frozenset(
        k for k, column in through if k not in written or column is None or column in written[k]
    )


def successors(trace: Trace, keys: Mapping[str, str]) -> Successors:
    """Return which columns of other names are made of the values of each column, in one step.

    Parameters
    ----------
    trace : Trace
        A run.
    keys : mapping of str to str
        How its operations are called in the result.
    """
    found: dict[Place, set[Place]] = {}
    try:
        for (key, port, column), (made, to, name) in values_from(trace):
            found.setdefault((keys[key], port, column), set()).add((keys[made], to, name))
    except LineageStatsError:
        return {}
    return {place: frozenset(after) for place, after in found.items()}


def relevance(trace: Trace, metric_key: str) -> Mapping[tuple[str, str], float]:
    """Return how far the metric depends on each column of each operation, from 0 to 1.

    Columns of operations that are not mentioned are unknown. Data from nowhere is taken for what
    `producers_of` assumes it to be: without that, nothing before a threshold that NumPy applied
    to predictions would seem to matter.
    """
    found = _depended_on(trace, metric_key)
    if not found:
        return found
    for key, port in sorted(_assumed(trace, {key for key, _ in found} | {metric_key})):
        behind = _depended_on(trace, trace.operation(key).outputs[port].id)
        found.update({label: max(w, found.get(label, 0.0)) for label, w in behind.items()})
    return found


def _assumed(trace: Trace, keys: set[str]) -> set[tuple[str, int]]:
    """Return which outputs the operations are assumed to have read, out of sight."""
    made = {ref.id for op in trace for ref in op.outputs}
    slots = producers_of(trace)
    return {
        producer
        for key in keys
        for ref, producer in zip(trace.operation(key).inputs, slots[key], strict=False)
        if producer is not None and ref.id not in made
    }


def _depended_on(trace: Trace, name: str) -> dict[tuple[str, str], float]:
    try:
        lineage = trace.upstream(name)
    except LineageStatsError:
        return {}
    found: dict[tuple[str, str], float] = {}
    for dependency in lineage.dependencies:
        if dependency.operation is not None and dependency.column is not None:
            weight = OPAQUE if dependency.opaque else 1.0
            label = (dependency.operation, dependency.column)
            found[label] = max(found.get(label, 0.0), weight)
    return found
