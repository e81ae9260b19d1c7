"""Runs that lie in a folder: read, measured and forgotten by this process, one after another."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from lineage_stats.detectors._inputs import Runs, only_pipeline
from lineage_stats.detectors._measuring import Measured, Order, Work, runs_of, score, scores_of
from lineage_stats.exceptions import NoTracesError
from lineage_stats.storage._inventory import HOW_TO_RECORD, nothing_found
from lineage_stats.storage._selection import Selection
from lineage_stats.storage._stored import pipelines_of_folders, stored_files, stream_traces

if TYPE_CHECKING:
    from lineage_stats.detectors._base import BaseDetector
    from lineage_stats.detectors._score import TraceScore

Name = str | PathLike[str]


def runs_in_folder(path: Name, newest: int) -> Runs:
    """Return what `runs_of_traces` makes of the latest runs of a folder."""
    folder = _with_runs(path)
    require_one_pipeline(folder)

    def collect(work: Work, only: frozenset[Order]) -> list[Measured]:
        return [work(stream_traces(folder, newest=newest, only=only))]

    return runs_of(collect, newest)


def scores_in_folder(detector: BaseDetector, path: Name) -> list[TraceScore]:
    """Return what `score` makes of each run of a folder, oldest first."""
    return scores_of([score(detector, stream_traces(_with_runs(path)))])


def require_one_pipeline(folder: Path) -> None:
    """Raise `BaselineError` where folders hold the runs of several pipelines."""
    only_pipeline(pipelines_of_folders(folder))


def _with_runs(path: Name) -> Path:
    folder = Path(path).absolute()
    if not folder.exists():
        raise NoTracesError(f"No traces were found: '{folder}' does not exist. {HOW_TO_RECORD}")
    if not stored_files(folder, newest=1):
        raise NoTracesError(nothing_found(folder, Selection(), {}))
    return folder
