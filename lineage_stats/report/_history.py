"""Abnormal features over all runs, and since when they are abnormal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lineage_stats.report._match import OperationMatcher
from lineage_stats.trace import Trace

Record = dict[str, Any]

# As many as a strip has room for, the run of the report among them.
MAX_RUNS = 300
MAX_SERIES = 24
# Runs from which looking for a change makes sense.
_MIN_RUNS = 12
NOT_NUMERIC = ("category", "presence", "notice")


def runs_record(runs: Sequence[Trace], healthy: Sequence[str]) -> list[Record]:
    """Return what a drawing says of each run, oldest first.

    Parameters
    ----------
    runs : sequence of Trace
        The runs, the one of the report last.
    healthy : sequence of str
        Ids of those that are healthy.
    """
    good = frozenset(healthy)
    return [
        {"run_id": run.run_id, "start": run.start.isoformat(), "healthy": run.run_id in good}
        for run in runs
    ]


def since_record(
    runs: Sequence[Trace], cells: Sequence[Mapping[str, Any]]
) -> tuple[list[Record], list[Record], int]:
    """Return since when each abnormal cell is so, and the series of those that are numbers.

    Parameters
    ----------
    runs : sequence of Trace
        The runs, the one of the report last.
    cells : sequence of mapping
        Flagged cells of a score.

    Returns
    -------
    since : list of dict
        For each cell ``run_id``, ``start`` and ``n_runs``: the first of the runs in
        succession, up to the last one, in which the value lay outside its healthy range (or was
        what it is now, where it is no number).
    series : list of dict
        The ``series`` of a report's ``history``. Cells of one feature and one value are one
        series: a value that many operations pass on is one fact.
    n_series : int
        How many series there are; the first ones are returned.
    """
    values = _values(runs, cells)
    since = [_since(runs, cell, column) for cell, column in zip(cells, values, strict=True)]
    groups: dict[tuple[Any, ...], list[int]] = {}
    for i, (cell, column) in enumerate(zip(cells, values, strict=True)):
        if cell["kind"] not in NOT_NUMERIC and column[-1] is not None:
            groups.setdefault((cell["feature"], tuple(column)), []).append(i)
    order = sorted(groups.values(), key=lambda group: _is_inside(cells[group[0]], values[group[0]]))
    series = [
        {
            **_series(runs, cells[first], values[first], since[first]),
            "also": [cells[i]["operation"] for i in others],
        }
        for first, *others in order[:MAX_SERIES]
    ]
    return since, series, len(order)


def _is_inside(cell: Mapping[str, Any], values: Sequence[float | None]) -> bool:
    """Return whether the last value lies in its range; stranger ones are shown first."""
    low, high, value = cell["lower"], cell["upper"], values[-1]
    assert value is not None  # only such cells have a series
    return (low is None or value >= low) and (high is None or value <= high)


def _values(runs: Sequence[Trace], cells: Sequence[Mapping[str, Any]]) -> list[list[float | None]]:
    """Return the values of each cell over the runs; None where a run lacks one."""
    from lineage_stats.features import Cell, as_run_matrix

    if not cells:
        return []
    matcher = OperationMatcher(runs[-1])
    wanted = [
        Cell(matcher.key_of(cell["operation"], cell["location"]) or "", cell["feature"])
        for cell in cells
    ]
    distinct = list(dict.fromkeys(wanted))
    matrix = as_run_matrix(runs, cells=distinct, reference=runs[-1])
    place = {cell: j for j, cell in enumerate(distinct)}
    return [
        [None if math.isnan(value) else value for value in matrix.values[:, place[cell]].tolist()]
        for cell in wanted
    ]


def _since(
    runs: Sequence[Trace], cell: Mapping[str, Any], values: Sequence[float | None]
) -> Record:
    first = len(runs) - 1
    if values[-1] is not None:
        while first > 0 and _is_odd(values[first - 1], cell, values[-1]):
            first -= 1
    run = runs[first]
    return {
        "run_id": run.run_id, "start": run.start.isoformat(), "n_runs": len(runs) - first,
    }  # fmt: skip


def _is_odd(value: float | None, cell: Mapping[str, Any], now: float) -> bool:
    if value is None:
        return False
    low, high = cell["lower"], cell["upper"]
    if cell["kind"] in NOT_NUMERIC or (low is None and high is None):
        return value == now
    return not (-math.inf if low is None else low) <= value <= (math.inf if high is None else high)


def _series(
    runs: Sequence[Trace], cell: Mapping[str, Any], values: list[float | None], since: Record
) -> Record:
    return {
        "operation": cell["operation"],
        "feature": cell["feature"],
        "location": cell["location"],
        "values": values,
        "low": cell["lower"],
        "centre": cell["centre"],
        "high": cell["upper"],
        "since": since,
        "changes": _changes(runs, values),
    }


def _changes(runs: Sequence[Trace], values: Sequence[float | None]) -> list[Record]:
    """Return where the values before this run changed for good, as the detectors see it."""
    from lineage_stats.detectors import detect_changes

    earlier = [math.nan if value is None else value for value in values[:-1]]
    known = {value for value in values[:-1] if value is not None}
    if len(earlier) < _MIN_RUNS or len(known) < 2:
        return []
    found = detect_changes(earlier)
    return [
        {
            "run_id": runs[at].run_id,
            "start": runs[at].start.isoformat(),
            "position": at,
            "probability": float(found.probability[at]),
        }
        for at in found.positions
    ]
