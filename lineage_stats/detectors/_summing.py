"""Runs summed up and forgotten as they are read, by whoever reads them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from typing import TYPE_CHECKING, Final

from joblib import Parallel, delayed, effective_n_jobs

from lineage_stats.detectors._inputs import slim
from lineage_stats.detectors._learning import RECENT
from lineage_stats.detectors._measuring import order_of
from lineage_stats.features import CellSummary, RunMatrix, as_run_matrix
from lineage_stats.features._matrix import matrix_of_stored
from lineage_stats.storage._selection import Selection
from lineage_stats.storage._stored import Problem, iter_outlined
from lineage_stats.storage._stream import TraceStream
from lineage_stats.storage._windows import windows
from lineage_stats.trace import Trace
from lineage_stats.trace._align import latest_of_most_frequent

if TYPE_CHECKING:
    from lineage_stats.storage._pack_rows import PackedRun

# Runs of a thousand cells that are measured at once take 4 MB.
_RUNS_AT_ONCE: Final = 512


@dataclass
class Summed:
    """What the runs that one reader has read come to.

    Attributes
    ----------
    summary : CellSummary
        Their sums.
    pipelines : set of str
        Whose runs they are.
    problems : dict of Problem to None
        What could not be read, each once.
    """

    summary: CellSummary
    pipelines: set[str] = field(default_factory=set)
    problems: dict[Problem, None] = field(default_factory=dict)

    def merge(self, other: Summed) -> Summed:
        """Add what another reader has read."""
        self.summary.merge(other.summary)
        self.pipelines |= other.pipelines
        self.problems |= other.problems
        return self


Make = Callable[[], CellSummary]


def sum_up(make: Make, runs: Iterable[Trace | PackedRun | Problem]) -> Summed:
    """Sum up runs, under the keys of the reference of the summary that is made."""
    found = Summed(make())
    waiting = iter(runs)
    while batch := list(islice(waiting, _RUNS_AT_ONCE)):
        chosen = [run for run in batch if not isinstance(run, Problem)]
        found.problems |= {run: None for run in batch if isinstance(run, Problem)}
        found.pipelines |= {_head_of(run).pipeline for run in chosen}
        if chosen:
            matrix = _matrix_of(chosen, found.summary.reference)
            del batch[:], chosen[:]  # which hold columns
            found.summary.update(matrix)
    return found


def _head_of(run: Trace | PackedRun) -> Trace:
    return run if isinstance(run, Trace) else run.head


def _matrix_of(runs: list[Trace | PackedRun], reference: Trace | None) -> RunMatrix:
    if reference is None:  # one of the runs gives the keys
        return as_run_matrix([run if isinstance(run, Trace) else run.trace() for run in runs])
    return matrix_of_stored(runs, reference)


def sum_up_folder(make: Make, stream: TraceStream, n_jobs: int | None) -> Summed:
    """Sum up the selected runs of a folder, a part of their time after the other."""
    n_children = effective_n_jobs(n_jobs)
    # More parts than processes, since one may take longer than another.
    parts = windows(stream.path, stream.selection, 4 * n_children if n_children > 1 else 1)
    n_children = min(n_children, len(parts))
    found = Parallel(n_jobs=n_children)(
        delayed(_sum_up_parts)(make, stream, parts[i::n_children]) for i in range(n_children)
    )
    return reduce(Summed.merge, found, Summed(make()))


def _sum_up_parts(make: Make, stream: TraceStream, parts: Iterable[Selection]) -> Summed:
    from lineage_stats.storage._outlines import Outlines

    found, outlines = Summed(make()), Outlines()
    for part in parts:
        found.merge(sum_up(make, iter_outlined(stream.path, part, outlines=outlines)))
    return found


def latest_runs(traces: Iterable[Trace | Problem]) -> list[Trace]:
    """Return the latest runs, slim, oldest first: as many as a baseline looks at by default."""
    slims = (slim(run) for run in traces if isinstance(run, Trace))
    return heapq.nlargest(RECENT, slims, key=order_of)[::-1]


def usual_run(latest: Iterable[Iterable[Trace]]) -> Trace | None:
    """Return the run that gives `fit` the keys of operations, given what readers found latest."""
    runs = latest_runs(run for found in latest for run in found)
    return runs[latest_of_most_frequent([run.keys for run in runs])] if runs else None
