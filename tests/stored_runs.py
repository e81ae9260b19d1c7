"""A folder of runs as it is after a while: some have other operations, and some are packed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lineage_stats import TraceStore
from lineage_stats.datasets import make_runs
from lineage_stats.trace import Trace


def write(folder: Path, *runs: Trace) -> Path:
    """Write runs into a store."""
    for run in runs:
        TraceStore(folder).write(run)
    return folder


def write_mixed_store(parent: Path) -> Path:
    """Write 25 healthy runs, of which some have other operations, and some are packed."""
    folder = parent / "the runs"
    usual, _ = make_runs(20, random_state=0, return_traces=True)
    more, _ = make_runs(5, first=20, n_extra_operations=1, random_state=0, return_traces=True)
    # The first cells to be seen are not those of the layout that gives the keys.
    early = replace(more[0], start_ns=usual[0].start_ns - 1)
    write(folder, early, *usual)
    TraceStore(folder).compact(runs_per_file=7)
    return write(folder, *more[1:])
