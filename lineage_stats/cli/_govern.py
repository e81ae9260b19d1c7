"""``lineage-stats accept`` and ``quarantine``: which runs may be learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lineage_stats.cli._console import emit_json, note
from lineage_stats.cli._find import find_run
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    DirectoryOption,
    JsonOption,
    PipelineOption,
    RunArgument,
)

if TYPE_CHECKING:
    from lineage_stats.storage import BaselineEvent


def _not_empty(reason: str) -> str:
    if not reason.strip():
        raise typer.BadParameter("It must say something.")
    return reason


def accept(
    run: RunArgument,
    reason: Annotated[
        str, typer.Option("--reason", "-r", metavar="TEXT", help="Why.", callback=_not_empty)
    ],
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a run count as healthy from now on, whatever was found."""
    from lineage_stats.storage import TraceStore

    trace = find_run(run, directory, pipeline=pipeline)
    _tell(TraceStore(directory).accept(trace, reason), as_json)


def quarantine(
    run: RunArgument,
    reason: Annotated[
        str, typer.Option("--reason", "-r", metavar="TEXT", help="Why.", callback=_not_empty)
    ] = "quarantined by hand",
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a run never count as healthy."""
    from lineage_stats.storage import TraceStore

    trace = find_run(run, directory, pipeline=pipeline)
    _tell(TraceStore(directory).quarantine(trace, reason), as_json)


def _tell(event: BaselineEvent, as_json: bool) -> None:
    if as_json:
        emit_json(event.to_dict())
        return
    note(
        f"Run {event.run_id} is {event.verdict}: {event.reason}. Baselines that were saved "
        "before do not know it; learn them anew with: lineage-stats fit"
    )
