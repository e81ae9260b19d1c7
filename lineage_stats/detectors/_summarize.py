"""What all runs of a store measured, cell by cell: more of them than a baseline looks at."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from lineage_stats.detectors._engines import require_engine
from lineage_stats.detectors._folder import require_one_pipeline
from lineage_stats.detectors._inputs import is_traces, only_pipeline, slim
from lineage_stats.detectors._learning import RECENT
from lineage_stats.detectors._measuring import warn_of_problems
from lineage_stats.detectors._summing import Summed, latest_runs, sum_up, sum_up_folder, usual_run
from lineage_stats.features import CellSummary
from lineage_stats.storage._stored import iter_stored
from lineage_stats.storage._stream import TraceStream, is_stream, stream_of
from lineage_stats.trace import Trace


def summarize_runs(
    runs: Any,
    *,
    quantiles: Literal["kll", "exact"] | None = None,
    sketch_size: int = 200,
    reference: Trace | None = None,
    engine: Literal["local", "spark"] = "local",
    n_jobs: int | None = None,
) -> CellSummary:
    """Sum up what runs of one pipeline measured, in memory that hardly grows with them.

    A baseline looks at the latest runs; this looks at all. Runs that are stored are read in
    batches, and forgotten; what grows is a list of those runs that are not packed, and exact
    quantiles.

    Parameters
    ----------
    runs : sequence of Trace, path-like, TraceStream or pyspark.sql.DataFrame
        Runs in memory; a folder, or some of its runs as of `stream_traces`; with
        ``engine="spark"`` a folder that the workers see, or rows of `scan_traces`.
    quantiles : {None, "kll", "exact"}, default=None
        How quantiles are kept, as for `CellSummary`.
    sketch_size : int, default=200
        Size of a sketch.
    reference : Trace, default=None
        Run whose operation keys count. None takes the one that `fit` takes: the latest with the
        most frequent operations of the latest 500. Who adds further runs to a summary gives its
        ``reference``; and with a data frame, for which the default means to read it twice.
    engine : {"local", "spark"}, default="local"
        Who reads: this process, or the workers of Spark.
    n_jobs : int, default=None
        Processes that read packed runs of a folder with the local engine, as in scikit-learn.

    Returns
    -------
    CellSummary
        The summary. Its moments do not depend on who has read, nor do exact quantiles.

    Raises
    ------
    NoTracesError
        If a folder does not exist or holds no such run.
    BaselineError
        If the runs are of several pipelines.
    MissingDependencyError
        If sketches are asked for without the extra `sketches`, or Spark without the extra `spark`.
    TypeError, ValueError
        If a parameter is of the wrong kind.

    Warns
    -----
    UnreadableTraceWarning
        If files could not be read; they are passed over.

    See Also
    --------
    BaseDetector.fit : Learns from the latest runs what healthy ones look like.
    lineage_stats.as_run_matrix : All numbers of runs in memory.

    Notes
    -----
    On Spark, each task sums up the runs that it reads, and the sums of a cell are brought together
    by one worker: what is exchanged is the sums of each task, however many runs it has read.

    Examples
    --------
    >>> from lineage_stats.datasets import make_runs
    >>> from lineage_stats.detectors import summarize_runs
    >>> runs, _ = make_runs(40, random_state=0, return_traces=True)
    >>> summary = summarize_runs(runs[:30])
    >>> summary = summary.merge(summarize_runs(runs[30:], reference=summary.reference))
    >>> summary
    <CellSummary of 40 runs, 524 cells>
    """
    require_engine("summarize_runs", engine)
    CellSummary(quantiles=quantiles, sketch_size=sketch_size)  # checks them
    if reference is not None:
        reference = slim(reference)
    make = partial(CellSummary, quantiles=quantiles, sketch_size=sketch_size)
    if engine == "spark":
        found = _on_spark(runs, make, reference)
    elif is_stream(runs):
        found = _in_folder(stream_of(runs), make, reference, n_jobs)
    else:
        found = _in_memory(runs, make, reference)
    warn_of_problems(found.problems, stacklevel=3)
    known = found.summary.reference
    only_pipeline(found.pipelines | ({known.pipeline} if known is not None else set()))
    if is_stream(runs) and not (found.summary.n_runs or found.problems):
        raise stream_of(runs).nothing_found()
    return found.summary


def _in_memory(runs: Any, make: Callable[..., CellSummary], reference: Trace | None) -> Summed:
    if not is_traces(runs):
        raise TypeError(
            "Runs are given as a sequence of traces, as the name of a folder or as a stream. Got "
            f"{type(runs).__name__} instead."
        )
    traces = [runs] if isinstance(runs, Trace) else list(runs)
    return sum_up(partial(make, reference=reference or usual_run([traces])), traces)


def _in_folder(
    stream: TraceStream,
    make: Callable[..., CellSummary],
    reference: Trace | None,
    n_jobs: int | None,
) -> Summed:
    require_one_pipeline(stream)
    if reference is None:
        reference = usual_run([latest_runs(iter_stored(stream.path, stream.selection, RECENT))])
    return sum_up_folder(partial(make, reference=reference), stream, n_jobs)


def _on_spark(runs: Any, make: Callable[..., CellSummary], reference: Trace | None) -> Summed:
    from lineage_stats.detectors._spark_sums import latest_runs_on_spark, sum_up_on_spark

    if is_stream(runs):
        require_one_pipeline(stream_of(runs))
    if reference is None:
        reference = usual_run(latest_runs_on_spark(runs))
    return sum_up_on_spark(runs, partial(make, reference=reference))
