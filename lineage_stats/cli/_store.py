"""``lineage-stats compact`` and ``prune``: keep a folder of runs small."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lineage_stats.cli._console import emit_json, emit_text, note, working
from lineage_stats.cli._options import (
    DirectoryArgument,
    JsonOption,
    PipelineOption,
    SameDirectoryOption,
    directory_of,
)
from lineage_stats.exceptions import NoTracesError


def compact(
    directory: DirectoryArgument = None,
    pipeline: PipelineOption = None,
    runs_per_file: Annotated[
        int, typer.Option(metavar="N", min=2, help="Most runs in a file.")
    ] = 500,
    same_directory: SameDirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pack runs that have ended, many into one file. Runs may be recorded meanwhile."""
    from lineage_stats.storage import TraceStore

    directory = directory_of(directory, same_directory)
    _require(directory, pipeline)
    with working("Packing"):
        done = TraceStore(directory).compact(pipeline, runs_per_file=runs_per_file)
    if as_json:
        emit_json(asdict(done))
        return
    note(
        f"{done.n_runs} runs packed: {done.n_files_before} files of "
        f"{_size(done.n_bytes_before)} became {done.n_files_after} of "
        f"{_size(done.n_bytes_after)}."
    )


def prune(
    directory: DirectoryArgument = None,
    keep_runs: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Keep the latest N runs of each pipeline."),
    ] = None,
    keep_days: Annotated[
        float | None, typer.Option(metavar="N", min=0, help="Keep the runs of the last N days.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    pipeline: PipelineOption = None,
    same_directory: SameDirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove old runs; a run stays for either reason, and so do open and accepted ones."""
    from lineage_stats.storage import TraceStore

    if keep_runs is None and keep_days is None:
        raise typer.BadParameter("Say what stays: --keep-runs, --keep-days, or both.")
    directory = directory_of(directory, same_directory)
    _require(directory, pipeline)
    since = None
    if keep_days is not None:
        since = dt.datetime.now(dt.UTC) - dt.timedelta(days=keep_days)
    with working("Removing"):
        gone = TraceStore(directory).prune(
            pipeline, keep_runs=keep_runs, keep_since=since, dry_run=dry_run
        )
    if as_json:
        emit_json({"removed": gone, "dry_run": dry_run})
        return
    if dry_run and gone:
        emit_text("\n".join(gone))
    note(f"{len(gone)} runs {'would be' if dry_run else 'were'} removed.")


def _require(directory: Path, pipeline: str | None) -> None:
    from lineage_stats.storage import TraceStore

    if not directory.is_dir():
        raise NoTracesError(
            f"There is no folder '{directory}'. Name the one that runs were recorded to."
        )
    known = () if pipeline is None else TraceStore(directory).pipelines()
    if pipeline is not None and pipeline not in known:
        raise NoTracesError(
            f"'{directory}' holds no run of pipeline '{pipeline}'. It has runs of: "
            f"{', '.join(known) or 'none'}."
        )


def _size(n_bytes: int) -> str:
    size = float(n_bytes)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
