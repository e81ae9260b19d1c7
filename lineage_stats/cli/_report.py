"""``lineage-stats report``: everything about a run on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lineage_stats.cli._baseline import BaselineOption
from lineage_stats.cli._console import emit_json, note, working
from lineage_stats.cli._find import find_run
from lineage_stats.cli._judge import judge
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    DirectoryOption,
    HealthyTagOption,
    JsonOption,
    PipelineOption,
    RunArgument,
    tags_of,
)

FORMS = (".html", ".txt", ".json")


def _check_ending(path: Path) -> Path:
    if path.suffix.lower() not in FORMS:
        raise typer.BadParameter(f"It must end in {', '.join(FORMS)}. Got '{path}' instead.")
    return path


def report(
    run: RunArgument,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Page to write (.html, .txt, .json).",
            callback=_check_ending,
        ),
    ] = Path("report.html"),
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Metric to explain.", show_default="the one that is worst off"
        ),
    ] = None,
    baseline: BaselineOption = None,
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    tag: HealthyTagOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one page about a run: verdict, causes, abnormal operations, lineage."""
    from lineage_stats.report import build_report, save_report

    trace = find_run(run, directory, pipeline=pipeline)
    results = judge(trace, baseline, directory, tags_of(tag), metric=metric)
    with working("Writing the page"):
        path = save_report(trace, output, repository=directory, **results)
    note(f"Written: {path}")
    if as_json:
        emit_json(build_report(trace, repository=directory, **results))
