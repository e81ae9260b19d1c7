"""``lineage-stats report``: everything about a run on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lineage_stats.cli._baseline import BaselineOption, find_baseline
from lineage_stats.cli._console import emit_json, note, working
from lineage_stats.cli._explain import attribute
from lineage_stats.cli._find import find_run
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    DirectoryOption,
    JsonOption,
    PipelineOption,
    RunArgument,
    TagOption,
    tags_of,
)
from lineage_stats.exceptions import MetricNotWorseError, TooFewRunsError, UnknownMetricError


def report(
    run: RunArgument,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="PATH", help="Page to write (.html, .txt, .json)."),
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
    tag: TagOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one page about a run: verdict, causes, abnormal operations, lineage."""
    from lineage_stats.report import build_report, save_report

    trace = find_run(run, directory, pipeline=pipeline)
    results: dict[str, Any] = {}
    try:
        found = find_baseline(trace, baseline, directory, tags_of(tag))
        results["score"] = found.detector.score(trace)
        attribution = attribute(trace, metric, found)
        if attribution.is_worse or metric is not None:
            results["attribution"] = attribution
    except TooFewRunsError as error:
        if baseline is not None:
            raise
        note(f"Not scored: {error}")
    except (MetricNotWorseError, UnknownMetricError):
        if metric is not None:
            raise
    with working("Writing the page"):
        path = save_report(trace, output, **results)
    note(f"Written: {path}")
    if as_json:
        emit_json(build_report(trace, **results))
