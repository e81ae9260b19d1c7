"""From a folder of runs to a `TraceSet`."""

from __future__ import annotations

import datetime as dt
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from lineage_stats.exceptions import NoTracesError, TraceFileError, UnreadableTraceWarning
from lineage_stats.storage._layout import (
    JOURNAL_SUFFIX,
    RUN_SUFFIX,
    RunFile,
    parts_of_run,
    run_files,
)
from lineage_stats.storage._parts import merge_parts, read_parts
from lineage_stats.storage._recovery import read_journal
from lineage_stats.storage._selection import Moment, Selection, make_selection
from lineage_stats.trace import Trace, TraceSet

HOW_TO_RECORD = (
    "Record a run first (import lineage_stats.auto at the top of the script), or name the folder "
    "that holds the runs: load_traces('path/to/lineage_traces')."
)


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
    files = run_files(folder, selection.pipeline)
    traces, problems = _read(files, selection, folder)
    if not traces:
        raise NoTracesError(_nothing_found(folder, selection, problems))
    if problems:
        _warn(problems, len(traces))
    return TraceSet(traces, problems=problems)


def _read(
    files: Iterable[RunFile], selection: Selection, folder: Path
) -> tuple[list[Trace], dict[str, str]]:
    """Read the selected ones among `files`, and say which could not be read and why."""
    traces: list[Trace] = []
    problems: dict[str, str] = {}
    for file in files:
        try:
            trace = read_run_file(file, selection, folder)
        except FileNotFoundError:
            continue  # removed since the folder was listed
        except (TraceFileError, OSError) as error:
            problems[str(file.path)] = str(error)
        else:
            if trace is not None:
                traces.append(trace)
    return traces, problems


def read_run_file(file: RunFile, selection: Selection, folder: Path) -> Trace | None:
    """Read one run if it is selected; `folder` is where its history lies."""
    from lineage_stats.storage._parquet import read_parquet

    history = partial(_history_of, folder)
    parts = read_parts(file.parts)  # before the run, which may take them up at any time
    if not file.is_journal:
        whole = read_parquet(file.path, selection.takes, history)
    else:
        try:
            trace = read_journal(file.path)
        except FileNotFoundError:  # the run has ended since the folder was listed
            whole = read_parquet(file.path.with_suffix(RUN_SUFFIX), selection.takes, history)
        else:
            run = _fields(trace)
            whole = replace(trace, history=history(run)) if selection.takes(run) else None
    return None if whole is None else merge_parts(whole, parts)


def load_history(folder: str, pipeline: str) -> TraceSet:
    """Load all runs of a pipeline; what `Trace.history` calls."""
    return load_traces(folder, pipeline=pipeline)


def _history_of(folder: Path, run: Mapping[str, Any]) -> Callable[[], TraceSet]:
    return partial(load_history, str(folder), run["pipeline"])


def _load_file(path: Path, selection: Selection) -> TraceSet:
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


def read_runs(files: Iterable[RunFile]) -> list[Mapping[str, Any]]:
    """Return the fields of every run that can be read, from footers alone."""
    from lineage_stats.storage._parquet import read_run

    runs: list[Mapping[str, Any]] = []
    for file in files:
        with suppress(TraceFileError, OSError):
            runs.append(
                _fields(read_journal(file.path)) if file.is_journal else read_run(file.path)
            )
    return runs


def _fields(trace: Trace) -> Mapping[str, Any]:
    return {"pipeline": trace.pipeline, "tags": trace.tags, "start_ns": trace.start_ns}


def _nothing_found(folder: Path, selection: Selection, problems: Mapping[str, str]) -> str:
    runs = read_runs(run_files(folder))
    if runs:
        return f"No run in '{folder}' matches {selection.text}. {_inventory(runs)}"
    if problems:
        return f"No trace in '{folder}' could be read: {'; '.join(problems.values())}"
    return f"No traces were found: the folder '{folder}' holds no run. {HOW_TO_RECORD}"


def _inventory(runs: Sequence[Mapping[str, Any]]) -> str:
    """Say which pipelines, tags and days there are."""
    pipelines = Counter(f"'{run['pipeline']}'" for run in runs)
    tags = Counter(f"{k}={v}" for run in runs for k, v in run["tags"].items())
    first, last = (_day(f(run["start_ns"] for run in runs)) for f in (min, max))
    return (
        f"There are runs of {_listed(pipelines)}, with the tags {_listed(tags) or 'none'}, "
        f"from {first} to {last} UTC. Ask for some of these."
    )


def _day(start_ns: int) -> str:
    return f"{dt.datetime.fromtimestamp(start_ns // 10**9, dt.UTC):%Y-%m-%d %H:%M}"


def _listed(counts: Counter[str], most: int = 10) -> str:
    shown = [f"{name} ({n})" for name, n in sorted(counts.items())[:most]]
    more = len(counts) - most
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
