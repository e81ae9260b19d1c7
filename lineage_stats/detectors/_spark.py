"""Runs that lie on Spark: read and measured by its workers, brought together on the driver."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lineage_stats.detectors._folder import require_one_pipeline
from lineage_stats.detectors._inputs import Runs
from lineage_stats.detectors._measuring import Measured, Order, Work, runs_of, score, scores_of
from lineage_stats.storage._spark import Reader, RunSource, frame_source, store_source
from lineage_stats.storage._stored import Problem
from lineage_stats.storage._stream import is_stream, stream_of
from lineage_stats.trace import Trace

if TYPE_CHECKING:
    import pyarrow as pa

    from lineage_stats.detectors._base import BaseDetector
    from lineage_stats.detectors._score import TraceScore

_ANSWER: Final = "answer binary"

Answer = TypeVar("Answer")


def source_of(X: Any, newest: int | None = None) -> RunSource:
    """Return where the workers find the runs: a data frame of Spark, or the folder of a store."""
    if is_stream(X):
        stream = stream_of(X)
        if newest is not None:
            require_one_pipeline(stream)
        newest = newest if stream.selection.takes_all else None
        return store_source(stream.path, selection=stream.selection, newest=newest)
    if hasattr(X, "mapInArrow"):
        return frame_source(X)
    raise TypeError(
        "With engine='spark', runs are given as a data frame of scan_traces, as a stream, or as "
        "the name of a folder that the workers of Spark see. Got "
        f"{type(X).__name__} instead: fit and score what is in the memory of this process with "
        "engine='local'."
    )


def runs_on_spark(X: Any, newest: int) -> Runs:
    """Return what `runs_of_traces` makes of the runs that `X` tells of; of a folder, the latest."""
    source = source_of(X, newest)

    def collect(work: Work, only: frozenset[Order]) -> list[Measured]:
        found = answers_of(source, work)
        if is_stream(X) and not any(part.rows or part.problems for part in found):
            raise stream_of(X).nothing_found()
        return found

    return runs_of(collect, newest if is_stream(X) else None)


def scores_on_spark(detector: BaseDetector, X: Any) -> list[TraceScore]:
    """Return what `score` makes of each run that `X` tells of, oldest first."""
    found = answers_of(source_of(X), partial(score, detector))
    if is_stream(X) and not any(part.scores or part.problems for part in found):
        raise stream_of(X).nothing_found()
    return scores_of(found)


def answers_of(
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
