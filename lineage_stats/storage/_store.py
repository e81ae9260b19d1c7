"""A folder of runs: where they are written and found again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lineage_stats.exceptions import TraceError
from lineage_stats.storage._baseline_log import (
    ACCEPTED,
    FLAGGED,
    QUARANTINED,
    BaselineEvent,
    BaselineLog,
    log_of,
    whoever,
)
from lineage_stats.storage._journal import Journal, PartJournal
from lineage_stats.storage._layout import (
    JOURNAL_SUFFIX,
    RUN_SUFFIX,
    RunFile,
    holds_runs,
    pack_files,
    parts_of_run,
    quoted,
    run_files,
    run_stem,
)
from lineage_stats.storage._steady import steady

if TYPE_CHECKING:
    from lineage_stats.storage._compact import Compaction
    from lineage_stats.storage._packs import Pack
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
        <path>/<pipeline>/<UTC start of the first>-<UTC start of the last>-<token>.pack
        <path>/<pipeline>/baseline.jsonl

    A part is what a child process of the run wrote; reading adds it to the run. A pack holds many
    finished runs, in Parquet as well; `compact` makes it. The last one holds decisions on which
    runs may be learned from, one per line; what counts for a run becomes its tag ``baseline``.

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
            The journal; `finish` makes the file of the run of it at the end.

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
        from lineage_stats.storage._recovery import read_journal

        path, parts = self._write_whole(journal, read_journal(journal.path))
        self._clear(journal, parts, path)
        return path

    def finish(self, journal: Journal, run: Mapping[str, Any]) -> Path:
        """Finish a journal and turn it into the file of the run at once.

        Does what `Journal.finish` and `commit` do, but does not write a short run down twice:
        until its file is there, the journal holds what was flushed.

        Parameters
        ----------
        journal : Journal
            The journal of a run that goes on.
        run : mapping of str to object
            Fields of the run that are known at its end.

        Returns
        -------
        Path
            The new file.

        Raises
        ------
        OSError
            If the file cannot be written; the journal stays and can still be loaded.
        """
        try:
            trace = journal.ended(run)
            written = None if trace is None else self._write_whole(journal, trace)
        except Exception:  # noqa: BLE001  # one record, or the disk: by the journal it will show
            written = None
        except BaseException:  # the program is interrupted: it is not to lose what was recorded
            journal.finish(run)
            raise
        if written is None:
            journal.finish(run)
            return self.commit(journal)
        path, parts = written
        self._clear(journal, parts, path)
        return path

    def _write_whole(self, journal: Journal, trace: Trace) -> tuple[Path, list[Path]]:
        """Write a run with its parts that are over; return its file and theirs."""
        from lineage_stats.storage._parts import merge_parts, read_parts

        parts = [part for part in read_parts(parts_of_run(journal.path)) if part.is_over]
        return self.write(merge_parts(trace, parts)), [part.path for part in parts]

    def _clear(self, journal: Journal, parts: Iterable[Path], path: Path) -> None:
        """Remove what the file of a run holds now."""
        from lineage_stats.storage._leftovers import merge_leftovers

        for part in parts:
            part.unlink(missing_ok=True)
        journal.remove()
        with suppress(OSError):  # the run is written
            merge_leftovers(path.parent)

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
        from lineage_stats.storage._load import read_one

        places = self._places()
        wanted = quoted(run_id)
        found = [place for place in places if _id_in(place) == wanted]
        found = found or [p for p in places if run_id and _id_in(p).startswith(wanted)]
        if len(found) != 1:
            return None
        return read_one(found[0], places[found[0]], self._path.absolute())

    def run_ids(self) -> tuple[str, ...]:
        """Return the ids of all runs, oldest first, without reading them.

        Returns
        -------
        tuple of str
            An id that is too long for the name of a file is cut.
        """
        return tuple(map(_run_id_of, sorted(place.name for place in self._places())))

    def pipelines(self) -> tuple[str, ...]:
        """Return the names of the pipelines that have runs in the store, sorted."""
        folders = {place.parent for place in self._places()}
        return tuple(sorted({name for folder in folders for name in _pipelines_in(folder)}))

    def compact(self, pipeline: str | None = None, *, runs_per_file: int = 500) -> Compaction:
        """Pack runs that have ended, many into one file.

        Parameters
        ----------
        pipeline : str, default=None
            Only of this pipeline.
        runs_per_file : int, default=500
            Most runs in a file.

        Returns
        -------
        Compaction
            How many runs were packed, and what that saved.

        Raises
        ------
        ValueError
            If `runs_per_file` is less than 2.
        OSError
            If a file cannot be written; nothing is lost then.

        Notes
        -----
        Runs may be recorded and loaded at the same time, and the process may die at any moment.
        Runs that go on, that did nothing, or of which a process has not ended yet keep their
        files.
        """
        from lineage_stats.storage._compact import Compaction, compact_folder

        if runs_per_file < 2:
            raise ValueError(
                "The 'runs_per_file' parameter of TraceStore.compact must be an int of at least "
                f"2. Got {runs_per_file!r} instead."
            )
        found = (compact_folder(folder, runs_per_file) for folder in self._folders(pipeline))
        return sum(found, start=Compaction())

    def prune(
        self,
        pipeline: str | None = None,
        *,
        keep_runs: int | None = None,
        keep_since: Moment | None = None,
        dry_run: bool = False,
    ) -> tuple[str, ...]:
        """Remove old runs.

        Parameters
        ----------
        pipeline : str, default=None
            Only of this pipeline.
        keep_runs : int, default=None
            How many of the latest runs of each pipeline stay.
        keep_since : datetime, date or str, default=None
            Runs that started then or later stay, as in `load_traces`. A run stays for either
            reason.
        dry_run : bool, default=False
            Whether only to say what would be removed.

        Returns
        -------
        tuple of str
            Ids of the runs that were removed, oldest first. Runs that go on, and those that were
            accepted into the baseline, stay.

        Raises
        ------
        ValueError
            If neither `keep_runs` nor `keep_since` is given, or one is of the wrong kind.
        OSError
            If a file cannot be removed or written.

        Notes
        -----
        The runs of a pipeline that another process packs or removes at that moment stay.
        """
        from lineage_stats.storage._prune import prune_folder
        from lineage_stats.storage._selection import make_selection

        if keep_runs is None and keep_since is None:
            raise ValueError("TraceStore.prune needs keep_runs or keep_since, or nothing stays.")
        if keep_runs is not None and keep_runs < 0:
            raise ValueError(
                "The 'keep_runs' parameter of TraceStore.prune must be an int of at least 0. "
                f"Got {keep_runs!r} instead."
            )
        since = make_selection(None, None, keep_since, None).since
        gone: list[str] = []
        for folder in self._folders(pipeline):
            gone += prune_folder(
                folder, keep_runs=keep_runs or 0, keep_since_ns=since, dry_run=dry_run
            )
        return tuple(map(_run_id_of, sorted(gone)))

    def accept(self, trace: Trace, reason: str) -> BaselineEvent:
        """Let a run count as healthy from now on, whatever was found.

        Parameters
        ----------
        trace : Trace
            The run.
        reason : str
            Why.

        Returns
        -------
        BaselineEvent
            What was noted.

        Raises
        ------
        ValueError
            If no reason is given.
        OSError
            If it cannot be noted.
        """
        return self._decide(trace, ACCEPTED, reason, whoever())

    def quarantine(self, trace: Trace, reason: str) -> BaselineEvent:
        """Let a run never count as healthy; parameters, result and errors are those of `accept`."""
        return self._decide(trace, QUARANTINED, reason, whoever())

    def flag(self, trace: Trace, reason: str) -> BaselineEvent | None:
        """Note that a run was found anomalous: it does not count as healthy until accepted.

        Parameters
        ----------
        trace : Trace
            The run.
        reason : str
            What was found.

        Returns
        -------
        BaselineEvent or None
            What was noted; None where something was decided on the run already.

        Raises
        ------
        ValueError
            If no reason is given.
        OSError
            If it cannot be noted.
        """
        if trace.run_id in log_of(self._path, trace.pipeline).verdicts():
            return None
        return self._decide(trace, FLAGGED, reason, "check")

    def baseline_events(self, pipeline: str | None = None) -> tuple[BaselineEvent, ...]:
        """Return all decisions on which runs may be learned from, oldest first."""
        events = [e for folder in self._folders(pipeline) for e in BaselineLog(folder).events()]
        return tuple(sorted(events, key=lambda event: event.time_ns))

    def _decide(self, trace: Trace, verdict: str, reason: str, by: str) -> BaselineEvent:
        if not reason.strip():
            raise ValueError(f"A run is {verdict} for a reason. Got none for {trace.run_id}.")
        log = log_of(self._path, trace.pipeline)
        log.path.parent.mkdir(parents=True, exist_ok=True)
        return log.append(trace.run_id, verdict, reason, by)

    def _places(self) -> dict[Path, RunFile | Pack]:
        """Return where each run is, by folder and the name of its files without ending."""
        return steady(self._look, self._path) if self._path.is_dir() else {}

    def _look(self) -> dict[Path, RunFile | Pack]:
        from lineage_stats.storage._packs import find_packs

        found: dict[Path, RunFile | Pack] = {}
        if pack_files(self._path):  # looking into one loads pyarrow
            for pack in find_packs(self._path)[0]:
                found.update((pack.path.parent / stem, pack) for stem in pack.stems)
        found.update((file.path.with_suffix(""), file) for file in run_files(self._path))
        return found

    def _folders(self, pipeline: str | None) -> list[Path]:
        """Return the folders of pipelines, sorted; an unknown pipeline has none.

        Where runs lie in the store's folder itself, it is the folder of a pipeline.
        """
        if not self._path.is_dir():
            return []
        folders = [p for p in sorted(self._path.iterdir()) if p.is_dir() and p.name[0] != "."]
        if holds_runs(self._path):
            folders.insert(0, self._path.absolute())
        return [f for f in folders if pipeline is None or f.name == quoted(pipeline)]

    def _file(self, pipeline: str, start_ns: int, run_id: str, suffix: str) -> Path:
        """Return where a file of a run belongs, in a folder that exists."""
        folder = self._path / quoted(pipeline)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{run_stem(start_ns, run_id)}{suffix}"


def _id_in(place: Path) -> str:
    return place.name.partition("-")[2]


def _run_id_of(stem: str) -> str:
    return unquote(stem.partition("-")[2], errors="surrogatepass")


def _pipelines_in(folder: Path) -> set[str]:
    """Return the pipeline's name: from the folder's, or from the runs where that was cut."""
    if "~" in folder.name:
        from lineage_stats.storage._inventory import stored_runs

        return {run["pipeline"] for run in stored_runs(folder)}
    return {unquote(folder.name, errors="surrogatepass")}
