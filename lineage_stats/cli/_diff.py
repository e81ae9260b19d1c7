"""``lineage-stats diff``: what differs between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lineage_stats.cli._console import emit_json, emit_text, note, working
from lineage_stats.cli._find import find_run
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    DirectoryOption,
    JsonOption,
    PipelineOption,
    RunArgument,
    complete_run,
)
from lineage_stats.exceptions import NoTracesError

if TYPE_CHECKING:
    from pathlib import Path

    from lineage_stats.trace import Trace


def diff(
    run: RunArgument,
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="BEFORE",
            help="The earlier run.",
            show_default="the latest healthy run before",
            autocompletion=complete_run,
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0, help="By how much of its scale a number may differ."),
    ] = 0.2,
    every: Annotated[
        bool, typer.Option("--all", help="Show all numbers that differ, not only the largest.")
    ] = False,
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what differs between a run and an earlier one: only what differs."""
    from lineage_stats.features import diff_runs

    after = find_run(run, directory, pipeline=pipeline)
    if other is None:
        before = _healthy_before(after, directory)
        note(f"Compared with {before.run_id}, the latest healthy run before it.")
    else:
        before = find_run(other, directory, pipeline=pipeline)
    with working("Comparing"):
        found = diff_runs(before, after, tolerance=tolerance)
    if as_json:
        emit_json(found.to_dict())
    else:
        emit_text(found.summary(max_numbers=None if every else 10))


def _healthy_before(trace: Trace, directory: Path) -> Trace:
    from lineage_stats.storage import load_traces
    from lineage_stats.trace import healthy_runs

    with working(f"Reading runs in {directory}"):
        healthy = healthy_runs(load_traces(directory, pipeline=trace.pipeline), before=trace)
    if not healthy:
        raise NoTracesError(
            f"'{directory}' holds no healthy run of '{trace.pipeline}' before {trace.run_id}. "
            "Name the run to compare with: lineage-stats diff RUN BEFORE"
        )
    return healthy[-1]
