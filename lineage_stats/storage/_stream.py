"""Recorded runs that are read one after another, for more of them than memory holds."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lineage_stats.exceptions import NoTracesError, UnreadableTraceWarning
from lineage_stats.storage._inventory import HOW_TO_RECORD, nothing_found
from lineage_stats.storage._selection import Moment, Selection, make_selection
from lineage_stats.storage._stored import Problem, iter_stored, stored_files
from lineage_stats.trace import Trace


@dataclass(frozen=True)
class TraceStream:
    """Runs of a store that are read when they are needed; made by `stream_traces`.

    Iterating reads the selected runs one after another, in no particular order, and holds none
    of them. It can be repeated.

    Attributes
    ----------
    path : Path
        Folder or file.
    selection : Selection
        Which runs are meant.
    """

    path: Path
    selection: Selection

    def __iter__(self) -> Iterator[Trace]:
        """Read the runs; of a file that cannot be read a warning tells.

        Raises
        ------
        NoTracesError
            If none is selected.
        """
        found, problems = False, dict[str, str]()
        for run in iter_stored(self.path, self.selection):
            if isinstance(run, Problem):
                told = f"A trace file could not be read and was passed over: {run.text}"
                warnings.warn(told, UnreadableTraceWarning, stacklevel=2)
                problems[run.path] = run.text
            else:
                found = True
                yield run
        if not found:
            raise self.nothing_found(problems)

    def nothing_found(self, problems: Mapping[str, str] | None = None) -> NoTracesError:
        """Return the error that says why there is no run, and what there is instead."""
        return NoTracesError(nothing_found(self.path, self.selection, problems or {}))

    def __repr__(self) -> str:
        chosen = f": {self.selection.text}" if self.selection.text else ""
        return f"<TraceStream of '{self.path}'{chosen}>"


def stream_traces(
    path: str | os.PathLike[str] = "lineage_traces",
    *,
    pipeline: str | None = None,
    tags: Mapping[str, str] | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> TraceStream:
    """Select recorded runs without loading them.

    Detectors learn from such runs and score them as they are read, and forget each, so that
    there may be more of them than memory holds.

    Parameters
    ----------
    path : path-like, default="lineage_traces"
        Folder of a trace store, the folder of one pipeline in it, or the file of one run or more.
    pipeline : str, default=None
        Select only runs of this pipeline.
    tags : mapping of str to str, default=None
        Select only runs that bear all of these.
    since, until : datetime, date or str, default=None
        Select only runs that began in this time, as for `load_traces`.

    Returns
    -------
    TraceStream
        The runs: something to iterate over, or to give to `fit` and `score_many` of a detector.

    Raises
    ------
    NoTracesError
        If the path does not exist or holds no run. That none was selected shows when they are
        read.
    ValueError
        If a parameter is of the wrong kind.

    See Also
    --------
    lineage_stats.load_traces : The same in memory.
    lineage_stats.storage.scan_traces : The same as a data frame of Spark.

    Examples
    --------
    >>> import tempfile
    >>> from lineage_stats import Trace, TraceStore
    >>> from lineage_stats.storage import stream_traces
    >>> folder = tempfile.mkdtemp()
    >>> for day, status in enumerate(["healthy", "healthy", "suspect"]):
    ...     run = Trace(f"r{day}", "churn", start_ns=day, tags={"status": status})
    ...     _ = TraceStore(folder).write(run)
    >>> healthy = stream_traces(folder, tags={"status": "healthy"})
    >>> sorted(run.run_id for run in healthy)
    ['r0', 'r1']

    ``RobustMADDetector().fit(healthy)`` learns from them.
    """
    folder = Path(path).absolute()
    stream = TraceStream(folder, make_selection(pipeline, tags, since, until))
    if not folder.exists():
        raise NoTracesError(f"No traces were found: '{folder}' does not exist. {HOW_TO_RECORD}")
    if not stored_files(folder, stream.selection.at_any_time(), newest=1):
        raise stream.nothing_found()
    return stream


def is_stream(runs: object) -> bool:
    """Return whether runs are given as a stream or as the name of a folder or file."""
    return isinstance(runs, TraceStream | str | os.PathLike)


def stream_of(runs: TraceStream | str | os.PathLike[str]) -> TraceStream:
    """Return what `is_stream` finds as a stream."""
    return runs if isinstance(runs, TraceStream) else stream_traces(runs)
