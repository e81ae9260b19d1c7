"""From a folder of runs to a `TraceSet`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from lineage_stats.exceptions import NoTracesError, TraceFileError, UnreadableTraceWarning
from lineage_stats.storage._baseline_log import verdicts_in, with_verdict
from lineage_stats.storage._inventory import HOW_TO_RECORD, fields_of, nothing_found
from lineage_stats.storage._layout import (
    JOURNAL_SUFFIX,
    PACK_SUFFIX,
    RUN_SUFFIX,
    RunFile,
    parts_of_run,
    run_files,
    run_stem,
)
from lineage_stats.storage._packs import Pack, find_packs, read_packed
from lineage_stats.storage._parts import merge_parts, read_parts
from lineage_stats.storage._recovery import read_journal
from lineage_stats.storage._selection import Moment, Selection, make_selection
from lineage_stats.storage._steady import ATTEMPTS, steady
from lineage_stats.trace import Trace, TraceSet


def load_traces(
    path: str | os.PathLike[str] = "lineage_traces",
    *,
    pipeline: str | None = None,
    tags: Mapping[str, str] | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> TraceSet:
    """Load recorded runs, oldest first.

    Parameters
    ----------
    path : path-like, default="lineage_traces"
        Folder of a trace store, the folder of one pipeline in it, or the file of one run.
    pipeline : str, default=None
        Load only runs of this pipeline.
    tags : mapping of str to str, default=None
        Load only runs that bear all of these tags.
    since : datetime, date or str, default=None
        Load only runs that started then or later; a string is in ISO 8601. What has no time
        zone is in UTC.
    until : datetime, date or str, default=None
        Load only runs that started then or earlier; of a date, the whole day counts.

    Returns
    -------
    TraceSet
        The runs. One that is still going on has the status "running", one whose process is gone
        "killed" (on the host where it ran; elsewhere nobody can know). Both are not complete.
        `TraceSet.problems` names the files that could not be read.

    Raises
    ------
    NoTracesError
        If the folder does not exist, holds no run, or none that was asked for.
    TraceFileError
        If `path` is a file and not a readable trace.
    SchemaVersionError
        If `path` is a file that a newer version of the package wrote.
    ValueError
        If a parameter is of the wrong kind.

    Warns
    -----
    UnreadableTraceWarning
        If files of the folder could not be read; the others are loaded.

    Examples
    --------
    >>> import tempfile
    >>> from lineage_stats import Trace, TraceStore, load_traces
    >>> folder = tempfile.mkdtemp()
    >>> for day, status in enumerate(["healthy", "healthy", "suspect"]):
    ...     run = Trace(f"r{day}", "churn", start_ns=day, tags={"status": status})
    ...     _ = TraceStore(folder).write(run)
    >>> [run.run_id for run in load_traces(folder, tags={"status": "healthy"})]
    ['r0', 'r1']
    """
    folder = Path(path).absolute()
    selection = make_selection(pipeline, tags, since, until)
    if folder.is_file():
        return _load_file(folder, selection)
    if not folder.is_dir():
        raise NoTracesError(
            f"No traces were found: the folder '{folder}' does not exist. {HOW_TO_RECORD}"
        )
    traces, problems = _read_folder(folder, selection)
    if not traces:
        raise NoTracesError(nothing_found(folder, selection, problems))
    if problems:
        _warn(problems, len(traces))
    return TraceSet(traces, problems=problems)


def _read_folder(folder: Path, selection: Selection) -> tuple[list[Trace], dict[str, str]]:
    """Read the selected runs of a folder, and say which could not be read and why.

    Files may be merged into others while they are read: what is gone is looked for once more.
    """
    found: dict[Path, Trace] = {}
    problems: dict[str, str] = {}
    pipeline = selection.pipeline

    def look() -> tuple[list[RunFile], tuple[list[Pack], dict[str, str]]]:
        # In this order: runs are packed before their own files are removed.
        return run_files(folder, pipeline), find_packs(folder, pipeline)

    for _ in range(ATTEMPTS):
        files, (packs, unreadable) = steady(look, folder, pipeline)
        problems.update(unreadable)
        gone = _read(files, selection, folder, found, problems)
        own = {(file.path.parent, file.path.stem) for file in files} - gone
        if not (_read_packs(packs, selection, folder, found, problems, own) or gone):
            break
    return list(found.values()), problems


def _read(
    files: Iterable[RunFile],
    selection: Selection,
    folder: Path,
    found: dict[Path, Trace],
    problems: dict[str, str],
) -> set[tuple[Path, str]]:
    """Read those that are not found yet; return folder and stem of those that are gone."""
    gone: set[tuple[Path, str]] = set()
    for file in files:
        place = file.path.with_suffix("")
        if place in found or str(file.path) in problems:
            continue
        try:
            trace = read_run_file(file, selection, folder)
        except FileNotFoundError:
            gone.add((file.path.parent, file.path.stem))
        except (TraceFileError, OSError) as error:
            problems[str(file.path)] = str(error)
        else:
            if trace is not None:
                found[place] = trace
    return gone


def _read_packs(
    packs: Iterable[Pack],
    selection: Selection,
    folder: Path,
    found: dict[Path, Trace],
    problems: dict[str, str],
    own: set[tuple[Path, str]],
) -> bool:
    """Read what is not found yet and has no file of its own; return whether any pack is gone."""
    gone = False
    for pack in packs:
        place = pack.path.parent
        without = {stem for stem in pack.stems if (place, stem) in own or place / stem in found}
        try:
            traces = read_packed(pack, selection, partial(_history_of, folder), without=without)
            found.update((place / run_stem(t.start_ns, t.run_id), t) for t in traces)
        except FileNotFoundError:
            gone = True
        except (TraceFileError, OSError) as error:
            problems[str(pack.path)] = str(error)
    return gone


def read_one(place: Path, file: RunFile | Pack, folder: Path) -> Trace | None:
    """Read one run, given its folder and the name of its files, and what holds it."""
    if isinstance(file, RunFile):
        return read_run_file(file, Selection(), folder)
    others = {stem for stem in file.stems if stem != place.name}
    found = read_packed(file, Selection(), partial(_history_of, folder), without=others)
    return next(found, None)


def read_run_file(file: RunFile, selection: Selection, folder: Path) -> Trace | None:
    """Read one run if it is selected; `folder` is where its history lies."""
    from lineage_stats.storage._parquet import read_parquet

    verdicts = verdicts_in(file.path.parent)

    def takes(run: Mapping[str, Any]) -> bool:
        return selection.takes({**run, "tags": with_verdict(run["run_id"], run["tags"], verdicts)})

    history = partial(_history_of, folder)
    parts = read_parts(file.parts)  # before the run, which may take them up at any time
    if not file.is_journal:
        whole = read_parquet(file.path, takes, history)
    else:
        try:
            trace = read_journal(file.path)
        except FileNotFoundError:  # the run has ended since the folder was listed
            whole = read_parquet(file.path.with_suffix(RUN_SUFFIX), takes, history)
        else:
            run = fields_of(trace)
            whole = replace(trace, history=history(run)) if takes(run) else None
    if whole is None:
        return None
    if whole.run_id in verdicts:
        whole = replace(whole, tags=with_verdict(whole.run_id, whole.tags, verdicts))
    return merge_parts(whole, parts)


def load_history(folder: str, pipeline: str) -> TraceSet:
    """Load all runs of a pipeline; what `Trace.history` calls."""
    return load_traces(folder, pipeline=pipeline)


def _history_of(folder: Path, run: Mapping[str, Any]) -> Callable[[], TraceSet]:
    return partial(load_history, str(folder), run["pipeline"])


def _load_file(path: Path, selection: Selection) -> TraceSet:
    if path.suffix == PACK_SUFFIX:
        from lineage_stats.storage._pack import read_about

        history = partial(_history_of, path.parent)
        packed = list(read_packed(Pack(path, read_about(path)), selection, history))
        if not packed:
            raise NoTracesError(f"No run in '{path}' matches {selection.text}.")
        return TraceSet(packed)
    file = RunFile(path, path.suffix == JOURNAL_SUFFIX, parts_of_run(path))
    trace = read_run_file(file, selection, path.parent)
    if trace is None:
        raise NoTracesError(f"The run in '{path}' does not match {selection.text}.")
    return TraceSet([trace])


def _warn(problems: Mapping[str, str], n_loaded: int) -> None:
    one = len(problems) == 1
    warnings.warn(
        f"{len(problems)} trace file{'' if one else 's'} could not be read and "
        f"{'was' if one else 'were'} passed over ({n_loaded} loaded): "
        + "; ".join(problems.values()),
        UnreadableTraceWarning,
        stacklevel=3,
    )
