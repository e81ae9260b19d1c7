"""A folder of runs: where they are written and found again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lineage_stats.exceptions import TraceError
from lineage_stats.storage._journal import Journal, PartJournal
from lineage_stats.storage._layout import (
    JOURNAL_SUFFIX,
    RUN_SUFFIX,
    parts_of_run,
    quoted,
    run_files,
    run_stem,
)

if TYPE_CHECKING:
    from lineage_stats.storage._selection import Moment
    from lineage_stats.trace import Trace, TraceSet


class TraceStore:
    """A folder of runs.

    Parameters
    ----------
    path : path-like, default="lineage_traces"
        The folder; it is made when the first run is written.

    Notes
    -----
    A run that goes on is a journal, a finished one a Parquet file that never changes::

        <path>/<pipeline>/<UTC start>-<run id>.journal
        <path>/<pipeline>/<UTC start>-<run id>.parquet
        <path>/<pipeline>/<UTC start>-<run id>.<token>.part

    A part is what a child process of the run wrote; reading adds it to the run.

    Operations are rows. The run, its metrics and the columns behind each schema digest are JSON
    in the footer, under ``lineage_stats.run``, ``.metrics``, ``.schemas`` and
    ``.schema_version``. Every run has files of its own, so that any number of processes may
    write at once without locks.

    Examples
    --------
    >>> import tempfile
    >>> from lineage_stats import Trace, TraceStore
    >>> store = TraceStore(tempfile.mkdtemp())
    >>> store.write(Trace("r1", "churn", start_ns=10**18)).name
    '20010909T014640.000000Z-r1.parquet'
    >>> store.load()
    <TraceSet: 1 run of churn, 2001-09-09 to 2001-09-09>
    """

    def __init__(self, path: str | os.PathLike[str] = "lineage_traces") -> None:
        self._path = Path(path)

    @property
    def path(self) -> Path:
        """The folder."""
        return self._path

    def __repr__(self) -> str:
        return f"<TraceStore {self._path}>"

    def begin(self, run: Mapping[str, Any]) -> Journal:
        """Open the journal of a run that begins.

        Parameters
        ----------
        run : mapping of str to object
            Fields of the run as in `lineage_stats.trace.RUN_FIELDS`; `run_id`, `pipeline` and
            `start_ns` are needed.

        Returns
        -------
        Journal
            The journal; `commit` it once it is finished.

        Raises
        ------
        OSError
            If the folder or the file cannot be written.
        """
        path = self._file(run["pipeline"], run["start_ns"], run["run_id"], JOURNAL_SUFFIX)
        return Journal(path, run)

    def begin_part(
        self, run: Mapping[str, Any], order_of: Callable[[int], tuple[int, ...]]
    ) -> PartJournal:
        """Open what a child process of a run writes, in the folder of the run."""
        stem = run_stem(run["start_ns"], run["run_id"])
        return PartJournal(self._path / quoted(run["pipeline"]) / f"{stem}.run", run, order_of)

    def commit(self, journal: Journal) -> Path:
        """Turn a finished journal into the file of the run, and remove the journal.

        Parts of processes that have ended become part of the file; others stay beside it until
        a later run of the pipeline is committed.

        Parameters
        ----------
        journal : Journal
            A journal that was finished.

        Returns
        -------
        Path
            The new file.

        Raises
        ------
        TraceError
            If the journal is not finished.
        OSError
            If the file cannot be written; the journal stays and can still be loaded.
        """
        if not journal.finished:
            raise TraceError(f"The journal '{journal.path}' is not finished. Call finish() first.")
        from lineage_stats.storage._leftovers import merge_leftovers
        from lineage_stats.storage._parts import merge_parts, read_parts
        from lineage_stats.storage._recovery import read_journal

        parts = [part for part in read_parts(parts_of_run(journal.path)) if part.is_over]
        path = self.write(merge_parts(read_journal(journal.path), parts))
        for done in (*(part.path for part in parts), journal.path):
            done.unlink(missing_ok=True)
        with suppress(OSError):  # the run is written
            merge_leftovers(path.parent)
        return path

    def write(self, trace: Trace) -> Path:
        """Write a whole run; returns its file, raises `OSError` if it cannot be written."""
        from lineage_stats.storage._parquet import write_parquet

        path = self._file(trace.pipeline, trace.start_ns, trace.run_id, RUN_SUFFIX)
        write_parquet(trace, path)
        return path

    def load(
        self,
        pipeline: str | None = None,
        tags: Mapping[str, str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> TraceSet:
        """Load runs; parameters, result and errors are those of `load_traces`."""
        from lineage_stats.storage._load import load_traces

        return load_traces(self._path, pipeline=pipeline, tags=tags, since=since, until=until)

    def get(self, run_id: str) -> Trace | None:
        """Load one run.

        Parameters
        ----------
        run_id : str
            Its id, or the begin of it where only one run's id begins so.

        Returns
        -------
        Trace or None
            The run; None if there is none of that id.

        Raises
        ------
        TraceFileError
            If its file cannot be read.
        """
        from lineage_stats.storage._load import read_run_file
        from lineage_stats.storage._selection import Selection

        files = run_files(self._path) if self._path.is_dir() else []
        ids = [(file, file.path.stem.partition("-")[2]) for file in files]
        wanted = quoted(run_id)
        found = [file for file, name in ids if name == wanted]
        found = found or [file for file, name in ids if run_id and name.startswith(wanted)]
        if len(found) != 1:
            return None
        return read_run_file(found[0], Selection(), self._path.absolute())

    def pipelines(self) -> tuple[str, ...]:
        """Return the names of the pipelines that have runs in the store, sorted."""
        if not self._path.is_dir():
            return ()
        folders = {file.path.parent for file in run_files(self._path)}
        return tuple(sorted({name for folder in folders for name in _pipelines_in(folder)}))

    def _file(self, pipeline: str, start_ns: int, run_id: str, suffix: str) -> Path:
        """Return where a file of a run belongs, in a folder that exists."""
        folder = self._path / quoted(pipeline)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{run_stem(start_ns, run_id)}{suffix}"


def _pipelines_in(folder: Path) -> set[str]:
    """Return the pipeline's name: from the folder's, or from the runs where that was cut."""
    if "~" in folder.name:
        from lineage_stats.storage._load import read_runs

        return {run["pipeline"] for run in read_runs(run_files(folder))}
    return {unquote(folder.name, errors="surrogatepass")}
