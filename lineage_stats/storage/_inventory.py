"""What a folder holds, told to one who asked for something else."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from lineage_stats.exceptions import TraceFileError
from lineage_stats.storage._layout import RunFile, run_files
from lineage_stats.storage._packs import find_packs
from lineage_stats.storage._recovery import read_journal
from lineage_stats.storage._selection import Selection
from lineage_stats.trace import Trace

HOW_TO_RECORD = (
    "Record a run first (lineage-stats run SCRIPT, or import lineage_stats.auto at the top of the "
    "script), or name the folder that holds the runs."
)


def fields_of(trace: Trace) -> Mapping[str, Any]:
    """Return what a selection looks at."""
    return {
        "run_id": trace.run_id,
        "pipeline": trace.pipeline,
        "tags": trace.tags,
        "start_ns": trace.start_ns,
    }


def stored_runs(folder: Path) -> list[Mapping[str, Any]]:
    """Return the fields of every run below a folder that can be read."""
    return [*read_runs(run_files(folder)), *read_packed_runs(folder)]


def read_runs(files: Iterable[RunFile]) -> list[Mapping[str, Any]]:
    """Return the fields of every run that can be read, from footers alone."""
    from lineage_stats.storage._parquet import read_run

    runs: list[Mapping[str, Any]] = []
    for file in files:
        with suppress(TraceFileError, OSError):
            runs.append(
                fields_of(read_journal(file.path)) if file.is_journal else read_run(file.path)
            )
    return runs


def read_packed_runs(folder: Path) -> list[Mapping[str, Any]]:
    """Return the fields of every run in the packs that can be read."""
    from lineage_stats.storage._pack import read_pack

    packs, _ = find_packs(folder)
    runs: list[Mapping[str, Any]] = []
    for pack in packs:
        with suppress(TraceFileError, OSError):
            runs += [fields_of(trace) for trace in read_pack(pack.path)]
    return runs


def nothing_found(folder: Path, selection: Selection, problems: Mapping[str, str]) -> str:
    """Say why a folder gave no run, and what it has instead."""
    if folder.is_file():
        return f"No run in '{folder}' matches {selection.text}."
    runs = stored_runs(folder)
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
