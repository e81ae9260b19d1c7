"""Runs measured one by one as they are read, and brought together: the step of a fit that merges.

Whoever reads them, this process or the workers of Spark, turns each run into a row of numbers by
the code that does it everywhere, and forgets it. What is brought together are these rows, eight
bytes a value, and names once per layout. In order of time they are what `runs_of_traces` makes
of the same traces.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from lineage_stats.detectors._inputs import (
    Runs,
    bounded,
    commit_of,
    days_of,
    is_accepted,
    labels_of,
    layout_of,
    only_pipeline,
    require_runs,
    slim,
)
from lineage_stats.detectors._transforms import FloatArray, IntArray
from lineage_stats.exceptions import UnreadableTraceWarning
from lineage_stats.features import Cell
from lineage_stats.features._matrix import Columns
from lineage_stats.storage._stored import Problem
from lineage_stats.trace import Trace, align
from lineage_stats.trace._align import latest_of_most_frequent

if TYPE_CHECKING:
    from lineage_stats.detectors._base import BaseDetector
    from lineage_stats.detectors._score import TraceScore

_FIRST_ROWS: Final = 16
# From this size on, what is freed goes back to the system, as the C library has it.
_BLOCK_BYTES: Final = 1 << 25

Order = tuple[int, str]  # begin and id of a run
Place = tuple[tuple[Cell, ...], str]  # cells and layout of a run
Work = Callable[[Iterable[Trace | Problem]], "Measured"]
Collect = Callable[[Work, frozenset[Order]], list["Measured"]]


@dataclass
class Rows:
    """What was measured in runs that have the same cells and the same layout.

    Attributes
    ----------
    blocks : list of ndarray of shape (n_rows, n_cells)
        Features; the last block may have room for more.
    orders : list of Order
        Which runs.
    times : list of float
        When they began, as in `Runs`.
    commits : list of str
        What they were made with.
    accepted : list of bool
        Whether a person called them healthy.
    """

    blocks: list[FloatArray] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    commits: list[str] = field(default_factory=list)
    accepted: list[bool] = field(default_factory=list)

    def add(self, trace: Trace, found: list[float]) -> None:
        """Add one run, given its features."""
        used = len(self.orders) - sum(map(len, self.blocks[:-1]))
        if not self.blocks or used == len(self.blocks[-1]):
            n_rows = 2 * len(self.blocks[-1]) if self.blocks else _FIRST_ROWS
            n_rows = min(n_rows, _BLOCK_BYTES // (8 * len(found)) + 1)
            self.blocks.append(np.empty((n_rows, len(found))))
            used = 0
        row = self.blocks[-1][used]
        row[:] = found
        row[~np.isfinite(row)] = np.nan
        row[:] = bounded(row)
        self.orders.append(order_of(trace))
        self.times += days_of([trace]).tolist()
        self.commits.append(commit_of(trace))
        self.accepted.append(is_accepted(trace))

    def close(self) -> None:
        """Let go of the room for more."""
        if self.blocks:
            room = sum(map(len, self.blocks)) - len(self.orders)
            self.blocks[-1] = self.blocks[-1][: len(self.blocks[-1]) - room]


@dataclass
class Measured:
    """What was measured in the runs that one reader has read.

    Attributes
    ----------
    rows : dict of (tuple of Cell, str) to Rows
        By cells and layout: what was measured.
    labels : dict of str to dict
        By layout: code of a category -> latest run that had it, and its text.
    latest : dict of str to (Order, Trace)
        By layout: the latest run.
    pipelines : set of str
        Whose runs they are.
    problems : list of Problem
        What could not be read.
    """

    rows: dict[Place, Rows] = field(default_factory=dict)
    labels: dict[str, dict[float, tuple[Order, str]]] = field(default_factory=dict)
    latest: dict[str, tuple[Order, Trace]] = field(default_factory=dict)
    pipelines: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def runs_of(collect: Collect, newest: int | None = None) -> Runs:
    """Return what `runs_of_traces` makes of the runs that are read.

    Parameters
    ----------
    collect : callable
        Given what to do with runs that one reader reads, and which runs are needed (none means
        all), does it for all readers. It may give a reader more than the needed runs.
    newest : int, default=None
        How many of the latest runs count; None: all that are read.

    Returns
    -------
    Runs
        The runs, oldest first.

    Notes
    -----
    Every run is measured under its own keys first. These are the canonical ones in all runs that
    have the operations of the reference, which are nearly all of them; if there are others, they
    are read once more and measured under the keys of the reference.
    """
    found = collect(partial(measure, None, frozenset()), frozenset())
    warn_of_problems(chain.from_iterable(part.problems for part in found))
    layouts = _layouts(found)
    if newest is not None and len(layouts) > newest:  # names of files do not tell everything
        latest = frozenset(sorted(layouts)[-newest:])
        found = collect(partial(measure, None, latest), latest)
        layouts = _layouts(found)
    pipeline = only_pipeline(name for part in found for name in part.pipelines)
    require_runs(len(layouts))
    in_time = sorted(layouts)
    usual = layouts[in_time[latest_of_most_frequent([layouts[order] for order in in_time])]]
    reference = max((part.latest[usual] for part in found if usual in part.latest), key=_order)[1]
    odd = frozenset(order for order, layout in layouts.items() if layout != usual)
    if odd:
        found = [_only(part, usual) for part in found]
        found += collect(partial(measure, reference, odd), odd)
    return replace(_together(found), pipeline=pipeline, reference=reference)


def _layouts(found: Iterable[Measured]) -> dict[Order, str]:
    return {
        order: layout
        for part in found
        for (_, layout), rows in part.rows.items()
        for order in rows.orders
    }


def measure(
    reference: Trace | None, only: frozenset[Order], traces: Iterable[Trace | Problem]
) -> Measured:
    """Measure runs, each under its own keys where there is no reference."""
    found = Measured()
    columns: dict[str, Columns] = defaultdict(Columns)
    places: dict[tuple[str, tuple[int, ...]], Rows] = {}
    for trace in traces:
        if isinstance(trace, Problem):
            found.problems.append(trace)
            continue
        if only and order_of(trace) not in only:
            continue
        layout = layout_of(trace)
        mapping = dict(zip(trace.keys, trace.keys, strict=True))
        if reference is not None:
            mapping = dict(align([reference, trace], reference=0).mappings[1])
        where, values = columns[layout].place(trace, mapping)
        place = (layout, tuple(where))
        if place not in places:
            cells = tuple(columns[layout].cells[j] for j in where)
            places[place] = found.rows.setdefault((cells, layout), Rows())
        places[place].add(trace, values)
        _note(found, trace, layout, labels_of(trace, mapping))
    for rows in found.rows.values():
        rows.close()
    return found


def _note(found: Measured, trace: Trace, layout: str, labels: Mapping[float, str]) -> None:
    """Note what is known of a run beside its values."""
    order = order_of(trace)
    found.pipelines.add(trace.pipeline)
    if layout not in found.latest or order > found.latest[layout][0]:
        found.latest[layout] = (order, slim(trace))
    known = found.labels.setdefault(layout, {})
    for code, text in labels.items():
        if code not in known or order > known[code][0]:
            known[code] = (order, text)


def order_of(trace: Trace) -> Order:
    """Return what sorts runs by time."""
    return trace.start_ns, trace.run_id


def _order(pair: tuple[Order, object]) -> Order:
    return pair[0]


def _only(part: Measured, layout: str) -> Measured:
    """Return what a reader has measured in runs of one layout."""
    return replace(
        part,
        rows={place: rows for place, rows in part.rows.items() if place[1] == layout},
        labels={name: labels for name, labels in part.labels.items() if name == layout},
    )


def _together(found: Iterable[Measured]) -> Runs:
    """Bring what was measured into the order of time, cells as they first occur.

    The blocks are taken out of `found`, so that the values are there about once.
    """
    parts: list[tuple[Place, Rows]] = []
    labels: dict[float, tuple[Order, str]] = {}
    for part in found:
        parts += part.rows.items()
        for known in part.labels.values():
            for code, told in known.items():
                labels[code] = max(labels.get(code, told), told, key=_order)
    parts.sort(key=lambda pair: min(pair[1].orders))
    cells = tuple(dict.fromkeys(cell for (names, _), _ in parts for cell in names))
    runs = [
        (*about, layout)
        for (_, layout), rows in parts
        for about in zip(rows.orders, rows.times, rows.commits, rows.accepted, strict=True)
    ]
    in_time = sorted(range(len(runs)), key=lambda i: runs[i][0])
    orders, times, commits, accepted, layouts = zip(*(runs[i] for i in in_time), strict=True)
    return Runs(
        _filled(parts, cells, np.argsort(in_time)), cells, tuple(order[1] for order in orders),
        labels={code: text for code, (_, text) in labels.items()},
        times=np.array(times), commits=commits, accepted=accepted, layouts=layouts,
    )  # fmt: skip


def _filled(
    parts: Iterable[tuple[Place, Rows]], cells: tuple[Cell, ...], row_of: IntArray
) -> FloatArray:
    """Return the values of all parts, given which row each run is; what was not there is 0."""
    values = np.empty((len(row_of), len(cells)))
    column = {cell: j for j, cell in enumerate(cells)}
    end = 0
    for (names, _), rows in parts:
        columns = [column[cell] for cell in names]
        rows.blocks.reverse()
        while rows.blocks:
            block = rows.blocks.pop()
            begin, end = end, end + len(block)
            at = row_of[begin:end]
            values[at] = np.nan
            values[at[:, None], columns] = block
    present = [j for j, cell in enumerate(cells) if cell.kind == "presence"]
    values[:, present] = np.nan_to_num(values[:, present])
    return values


# -- score ----------------------------------------------------------------------------------------


@dataclass
class Scored:
    """What one reader has scored, and what it could not read."""

    scores: list[tuple[Order, TraceScore]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def score(detector: BaseDetector, traces: Iterable[Trace | Problem]) -> Scored:
    """Score runs, and forget them."""
    found = Scored()
    for trace in traces:
        if isinstance(trace, Problem):
            found.problems.append(trace)
        else:
            result = detector._judge_of(trace)._score_trace(trace)
            found.scores.append((order_of(trace), result))
    return found


def scores_of(found: Iterable[Scored]) -> list[TraceScore]:
    """Return the scores of all runs, oldest first."""
    found = list(found)
    warn_of_problems(chain.from_iterable(part.problems for part in found))
    pairs = sorted((pair for part in found for pair in part.scores), key=_order)
    return [result for _, result in pairs]


def warn_of_problems(problems: Iterable[Problem], stacklevel: int = 6) -> None:
    """Say which files could not be read; by default, to who called fit or score_many."""
    texts = [problem.text for problem in problems]
    if texts:
        one = len(texts) == 1
        warnings.warn(
            f"{len(texts)} trace file{'' if one else 's'} could not be read and "
            f"{'was' if one else 'were'} passed over: {'; '.join(texts)}",
            UnreadableTraceWarning,
            stacklevel=stacklevel,
        )
