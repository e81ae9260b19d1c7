"""Runs that lie in a folder: read, measured and forgotten by this process, one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineage_stats.detectors._inputs import Runs, only_pipeline
from lineage_stats.detectors._measuring import Measured, Order, Work, runs_of, score, scores_of
from lineage_stats.storage._stored import iter_stored, pipelines_of_folders

if TYPE_CHECKING:
    from lineage_stats.detectors._base import BaseDetector
    from lineage_stats.detectors._score import TraceScore
    from lineage_stats.storage._stream import TraceStream


def runs_in_folder(stream: TraceStream, newest: int) -> Runs:
    """Return what `runs_of_traces` makes of the latest runs of a folder that are selected."""
    require_one_pipeline(stream)

    def collect(work: Work, only: frozenset[Order]) -> list[Measured]:
        found = work(iter_stored(stream.path, stream.selection, newest, only))
        if not (only or found.rows or found.problems):
            raise stream.nothing_found()
        return [found]

    return runs_of(collect, newest)


def scores_in_folder(detector: BaseDetector, stream: TraceStream) -> list[TraceScore]:
    """Return what `score` makes of each selected run of a folder, oldest first."""
    found = score(detector, iter_stored(stream.path, stream.selection))
    if not (found.scores or found.problems):
        raise stream.nothing_found()
    return scores_of([found])


def require_one_pipeline(stream: TraceStream) -> None:
    """Raise `BaselineError` where folders hold the runs of several pipelines, and all count."""
    if stream.selection.takes_all:
        only_pipeline(pipelines_of_folders(stream.path))
