"""Finds the run that the user means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lineage_stats.cli._console import command, working
from lineage_stats.exceptions import NoTracesError

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
    found = runs[-1] if run == LATEST else runs.get(run)
    if found is None:
        raise NoTracesError(_not_found(run, runs, directory))
    return found


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
