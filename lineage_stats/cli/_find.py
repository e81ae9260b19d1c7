"""Finds the run that the user means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lineage_stats.cli._console import command, working
from lineage_stats.exceptions import NoTracesError, TraceFileError

if TYPE_CHECKING:
    from lineage_stats.trace import Trace, TraceSet

LATEST = "latest"
N_SUGGESTED = 5


def find_run(run: str, directory: Path, *, pipeline: str | None = None) -> Trace:
    """Return the run of that id, of the only id that begins so, of that file, or the latest.

    Parameters
    ----------
    run : str
        What the user wrote.
    directory : Path
        Folder of recorded runs.
    pipeline : str, default=None
        Look among the runs of this pipeline only.

    Returns
    -------
    Trace
        The run.

    Raises
    ------
    NoTracesError
        If there is no such run, or more than one.
    TraceFileError
        If the latest is asked for and its file cannot be read.
    """
    from lineage_stats.storage import load_traces

    path = Path(run)
    if path.is_file():
        return load_traces(run)[0]
    if run != LATEST and path.is_dir():
        raise NoTracesError(
            f"'{run}' is a folder, not a run. Show its latest run with: "
            f"{command('show', 'latest', '--dir', run)}"
        )
    if path.suffix or len(path.parts) > 1:
        raise NoTracesError(
            f"There is no file '{run}'. List the runs with: {command('runs', directory)}"
        )
    with working(f"Reading runs in {directory}"):
        runs = load_traces(directory, pipeline=pipeline)
    if run == LATEST:
        require_readable(runs, runs[-1:])
    found = runs[-1] if run == LATEST else runs.get(run)
    if found is None:
        raise NoTracesError(_not_found(run, runs, directory))
    return found


def require_readable(runs: TraceSet, latest: Sequence[Trace], *, each: bool = False) -> None:
    """Raise `TraceFileError` if the file of a later run cannot be read.

    Parameters
    ----------
    runs : TraceSet
        What was read of a folder.
    latest : sequence of Trace
        The runs of it that are taken for the latest.
    each : bool, default=False
        Whether they are the latest of their pipelines, and not of all.
    """
    from lineage_stats.storage._layout import RUN_SUFFIX, quoted, run_stem

    stems = {quoted(run.pipeline): run_stem(run.start_ns, run.run_id) for run in latest}
    first = "" if each else max(stems.values(), default="")
    for file, problem in runs.problems.items():
        path = Path(file)
        if path.suffix == RUN_SUFFIX and path.stem > stems.get(path.parent.name, first):
            raise TraceFileError(
                f"The latest run cannot be read, so that nobody knows how it went: {problem} "
                "Restore or remove that file, or name another run."
            )


def _not_found(run: str, runs: TraceSet, directory: Path) -> str:
    alike = [t.run_id for t in runs if t.run_id.startswith(run)]
    if alike:
        return (
            f"{len(alike)} runs in '{directory}' begin with '{run}': {_listed(alike)}. "
            "Write more of the id."
        )
    return (
        f"No run '{run}' in '{directory}'. The latest are: "
        f"{_listed([t.run_id for t in runs][::-1])}. "
        f"List all with: {command('runs', directory)}"
    )


def _listed(ids: list[str]) -> str:
    more = len(ids) - N_SUGGESTED
    return ", ".join(ids[:N_SUGGESTED]) + (f" and {more} more" if more > 0 else "")
