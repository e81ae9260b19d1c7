"""``lineage-stats export``: hands a run to another system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage_stats.cli._baseline import BaselineOption
from lineage_stats.cli._console import emit_json, note, working
from lineage_stats.cli._find import find_run
from lineage_stats.cli._judge import Judgement, judge
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    DirectoryOption,
    HealthyTagOption,
    JsonOption,
    PipelineOption,
    RunArgument,
    tags_of,
)
from lineage_stats.exceptions import LineageStatsError

if TYPE_CHECKING:
    from lineage_stats.export import Exporter, RunResult
    from lineage_stats.export._exporter import Payload
    from lineage_stats.trace import Trace

UNUSABLE = 2


def _complete_exporter(incomplete: str) -> list[str]:
    from lineage_stats.export import available_exporters

    return [name for name in available_exporters() if name.startswith(incomplete)]


def export(
    run: RunArgument,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="NAME",
            help="openlineage, opentelemetry, mlflow, or one of another package.",
            autocompletion=_complete_exporter,
        ),
    ],
    destination: Annotated[
        str | None,
        typer.Option(
            "--destination",
            "-o",
            metavar="WHERE",
            help="A file of events (openlineage), or the id of a run (mlflow).",
            show_default="as the library is set up",
        ),
    ] = None,
    scored: Annotated[
        bool, typer.Option(help="Hold the run against its baseline, and tell what is found.")
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; write what would be sent to stdout.")
    ] = False,
    baseline: BaselineOption = None,
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    tag: HealthyTagOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send a run, with what was found out about it, to another system."""
    exporter = _exporter(to)
    if not dry_run and not exporter.has_receiver(destination):
        raise typer.BadParameter(
            f"Nobody would get what is sent to {to}: name where to, set its library up by its own "
            "variables (MLFLOW_RUN_ID; for spans, run under opentelemetry-instrument), or look at "
            "it with --dry-run.",
            param_hint="'--destination'",
        )
    trace = find_run(run, directory, pipeline=pipeline)
    with working("Exporting"):
        result = _result(trace, baseline, directory, tags_of(tag), scored=scored)
        payload = exporter.to_payload(result)
        if not dry_run:
            _send(exporter, payload, destination)
    if as_json or dry_run:
        emit_json(payload)
    if not dry_run:
        where = f" in {destination}" if destination else ""
        note(f"Run {trace.run_id} was handed to {exporter.name}{where}.")


def _send(exporter: Exporter, payload: Payload, destination: str | None) -> None:
    try:
        exporter.send(payload, destination)
    except (LineageStatsError, OSError):
        raise
    except Exception as error:  # noqa: BLE001  # of another package, which may raise anything
        note(f"lineage-stats: {exporter.name} did not take the run: {error}")
        raise typer.Exit(UNUSABLE) from None


def _exporter(name: str) -> Exporter:
    from lineage_stats.export import available_exporters

    known = available_exporters()
    if name not in known:
        raise typer.BadParameter(f"There is no exporter '{name}'. There are: {', '.join(known)}.")
    return known[name]


def _result(
    trace: Trace, baseline: Path | None, directory: Path, tags: dict[str, str], *, scored: bool
) -> RunResult:
    from lineage_stats.export import RunResult
    from lineage_stats.report import build_report, render_html

    found = judge(trace, baseline, directory, tags) if scored else Judgement()
    page = render_html(build_report(trace, repository=directory, **found))
    return RunResult(trace, page=page, **found)
