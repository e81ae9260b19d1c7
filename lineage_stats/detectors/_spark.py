"""Runs that lie on Spark: measured by its workers, brought together on the driver.

The workers read runs and turn each into a row of numbers, by the code that does it everywhere. What
comes to the driver are these rows, eight bytes a value, and names once per layout. There they
are put in order of time, and are then what `runs_of_traces` would have made of the same traces.
"""

from __future__ import annotations

import pickle
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from lineage_stats.detectors._history import joined
from lineage_stats.detectors._inputs import (
    Runs,
    layout_of,
    measured,
    only_pipeline,
    require_runs,
    slim,
)
from lineage_stats.exceptions import UnreadableTraceWarning
from lineage_stats.features import Cell
from lineage_stats.storage._spark import Problem, Reader, RunSource, frame_source, store_source
from lineage_stats.trace import Trace
from lineage_stats.trace._align import latest_of_most_frequent

if TYPE_CHECKING:
    import pyarrow as pa

    from lineage_stats.detectors._base import BaseDetector
    from lineage_stats.detectors._score import TraceScore

_ANSWER: Final = "answer binary"

Order = tuple[int, str]  # begin and id of a run
Answer = TypeVar("Answer")


def source_of(X: Any) -> RunSource:
    """Return where the workers find the runs: a data frame of Spark, or the folder of a store."""
    if isinstance(X, str) or hasattr(X, "__fspath__"):
        return store_source(X)
    if hasattr(X, "mapInArrow"):
        return frame_source(X)
    raise TypeError(
        "With engine='spark', runs are given as a data frame of scan_traces or as the name of a "
        f"folder that the workers of Spark see. Got {type(X).__name__} instead: fit and score what "
        "is in the memory of this process with engine='local'."
    )


# -- fit ------------------------------------------------------------------------------------------


@dataclass
class Measured:
    """What one task has measured.

    Attributes
    ----------
    orders : dict of (tuple of Cell, str) to list of Order
        Which runs, by their cells and their layout.
    runs : dict of (tuple of Cell, str) to Runs
        What was measured in these.
    labels : dict of str to dict
        By layout: code of a category -> latest run that had it, and its text.
    latest : dict of str to (Order, Trace)
        By layout: the latest run.
    pipelines : set of str
        Whose runs they are.
    problems : list of Problem
        What could not be read.
    """

    orders: dict[tuple[tuple[Cell, ...], str], list[Order]] = field(default_factory=dict)
    runs: dict[tuple[tuple[Cell, ...], str], Runs] = field(default_factory=dict)
    labels: dict[str, dict[float, tuple[Order, str]]] = field(default_factory=dict)
    latest: dict[str, tuple[Order, Trace]] = field(default_factory=dict)
    pipelines: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def runs_on_spark(X: Any) -> Runs:
    """Return what `runs_of_traces` makes of the runs that `X` tells of.

    Notes
    -----
    Every run is measured under its own keys first. These are the canonical ones in all runs that
    have the operations of the reference, which are nearly all of them; if there are others, a
    second job measures those under the keys of the reference.
    """
    source = source_of(X)
    found = _collect(source, partial(_measure, None, frozenset()))
    _warn_of_problems(found)
    pipeline = only_pipeline(name for task in found for name in task.pipelines)
    layouts = {
        order: layout
        for task in found
        for (_, layout), orders in task.orders.items()
        for order in orders
    }
    require_runs(len(layouts))
    in_time = sorted(layouts)
    usual = layouts[in_time[latest_of_most_frequent([layouts[order] for order in in_time])]]
    reference = max((task.latest[usual] for task in found if usual in task.latest),
                    key=lambda pair: pair[0])[1]  # fmt: skip
    odd = frozenset(order for order, layout in layouts.items() if layout != usual)
    if odd:
        found = [_only(task, usual) for task in found]
        found += _collect(source, partial(_measure, reference, odd))
    return replace(_together(found), pipeline=pipeline, reference=reference)


def _measure(
    reference: Trace | None, only: frozenset[Order], traces: Iterable[Trace | Problem]
) -> Measured:
    """Measure runs, each under its own keys where there is no reference."""
    found = Measured()
    parts: dict[tuple[tuple[Cell, ...], str], list[Runs]] = defaultdict(list)
    for trace in traces:
        if isinstance(trace, Problem):
            found.problems.append(trace)
            continue
        order = (trace.start_ns, trace.run_id)
        if only and order not in only:
            continue
        own = slim(trace)
        runs = measured([trace], reference or own, None)
        layout = layout_of(trace)
        place = (runs.cells, layout)
        found.orders.setdefault(place, []).append(order)
        parts[place].append(replace(runs, labels={}, reference=None))
        found.pipelines.add(trace.pipeline)
        found.latest[layout] = max(found.latest.get(layout, (order, own)), (order, own), key=_order)
        known = found.labels.setdefault(layout, {})
        for code, text in runs.labels.items():
            known[code] = max(known.get(code, (order, text)), (order, text), key=_order)
    found.runs = {place: joined(runs) for place, runs in parts.items()}
    return found


def _order(pair: tuple[Order, Any]) -> Order:
    return pair[0]


def _only(task: Measured, layout: str) -> Measured:
    """Return what a task has measured in runs of one layout."""
    return replace(
        task,
        orders={place: orders for place, orders in task.orders.items() if place[1] == layout},
        runs={place: runs for place, runs in task.runs.items() if place[1] == layout},
        labels={name: labels for name, labels in task.labels.items() if name == layout},
    )


def _together(found: Iterable[Measured]) -> Runs:
    """Bring what the tasks have measured into the order of time, cells as they first occur."""
    orders: list[list[Order]] = []
    parts: list[Runs] = []
    labels: dict[float, tuple[Order, str]] = {}
    for task in found:
        orders += task.orders.values()
        parts += (task.runs[place] for place in task.orders)
        for known in task.labels.values():
            for code, told in known.items():
                labels[code] = max(labels.get(code, told), told, key=_order)
    by_first = sorted(range(len(parts)), key=lambda i: min(orders[i]))
    runs = joined([parts[i] for i in by_first])
    flat = [order for i in by_first for order in orders[i]]
    runs = runs.take(np.array(sorted(range(len(flat)), key=flat.__getitem__), dtype=np.int64))
    return replace(runs, labels={code: text for code, (_, text) in labels.items()})


# -- score ----------------------------------------------------------------------------------------


def scores_on_spark(detector: BaseDetector, X: Any) -> list[TraceScore]:
    """Return what `score` makes of each run that `X` tells of, oldest first."""
    found = _collect(source_of(X), partial(_score, detector))
    _warn_of_problems(found)
    scores = [pair for task in found for pair in task.scores]
    return [score for _, score in sorted(scores, key=lambda pair: pair[0])]


@dataclass
class Scored:
    """What one task has scored, and what it could not read."""

    scores: list[tuple[Order, TraceScore]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def _score(detector: BaseDetector, traces: Iterable[Trace | Problem]) -> Scored:
    found = Scored()
    for trace in traces:
        if isinstance(trace, Problem):
            found.problems.append(trace)
        else:
            score = detector._judge_of(trace)._score_trace(trace)
            found.scores.append(((trace.start_ns, trace.run_id), score))
    return found


# -- both -----------------------------------------------------------------------------------------


def _collect(
    source: RunSource, work: Callable[[Iterable[Trace | Problem]], Answer]
) -> list[Answer]:
    """Let each task do its work on the runs that it reads; return the answers of all tasks."""
    answers = source.frame.mapInArrow(partial(_task, source.read, work), _ANSWER).collect()
    # Our own workers made them, a moment ago.
    return [pickle.loads(row["answer"]) for row in answers]


def _task(
    read: Reader,
    work: Callable[[Iterable[Trace | Problem]], Answer],
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    traces = (trace for batch in batches for trace in read(batch))
    answer = pickle.dumps(work(traces), protocol=pickle.HIGHEST_PROTOCOL)
    yield pa.RecordBatch.from_pydict({"answer": pa.array([answer], pa.binary())})


def _warn_of_problems(found: Iterable[Measured | Scored]) -> None:
    problems = [problem.text for task in found for problem in task.problems]
    if problems:
        one = len(problems) == 1
        warnings.warn(
            f"{len(problems)} trace file{'' if one else 's'} could not be read and "
            f"{'was' if one else 'were'} passed over: {'; '.join(problems)}",
            UnreadableTraceWarning,
            stacklevel=4,
        )
