"""``lineage-stats check``: the gate for CI."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage_stats.cli._baseline import BaselineOption
from lineage_stats.cli._check_runs import Baselines, check_all, runs_to_check
from lineage_stats.cli._console import emit_json, emit_text, note, working
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    JsonOption,
    PipelineOption,
    SameDirectoryOption,
    TagOption,
    directory_of,
    tags_of,
)

if TYPE_CHECKING:
    from lineage_stats.gate import Alert, Alerts, CheckedRun, CheckResult

FOUND = 1


def check(
    traces: Annotated[
        Path | None,
        typer.Argument(
            metavar="TRACES",
            help="Folder of recorded runs, or one run's file.",
            show_default=str(DEFAULT_DIRECTORY),
        ),
    ] = None,
    baseline: BaselineOption = None,
    every: Annotated[
        bool,
        typer.Option("--all", help="Check every run, not only the latest of each pipeline."),
    ] = False,
    audit: Annotated[
        bool, typer.Option(help="Also hold the runs to the rules for any pipeline.")
    ] = True,
    junit: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write JUnit XML.", show_default=False)
    ] = None,
    sarif: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write SARIF 2.1.0.", show_default=False)
    ] = None,
    github: Annotated[
        bool | None,
        typer.Option(help="Annotate for GitHub Actions.", show_default="if it runs there"),
    ] = None,
    remember: Annotated[
        bool,
        typer.Option(help="Keep anomalous runs of a folder out of its baselines, until accepted."),
    ] = True,
    webhook: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="LINEAGE_STATS_WEBHOOK",
            help="Post a message for each root cause that is new.",
        ),
    ] = None,
    cooldown: Annotated[
        float, typer.Option(metavar="HOURS", min=0, help="For how long no cause is told again.")
    ] = 24.0,
    pipeline: PipelineOption = None,
    tag: TagOption = None,
    healthy_tag: Annotated[
        list[str] | None,
        typer.Option(
            "--baseline-tag",
            metavar="KEY=VALUE",
            help="Learn only from runs with this tag; may be repeated.",
        ),
    ] = None,
    same_directory: SameDirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check runs in CI. Exit code 0: passed, 1: something was found, 2: cannot tell.

    Each run is held to rules for any pipeline (a metric has a data source, the commit is known, no
    fit on test rows or before the split), and compared with healthy runs.
    """
    from lineage_stats import gate

    traces = directory_of(traces, same_directory)
    send = None if webhook is None else _sender(webhook)
    runs = runs_to_check(traces, pipeline, tags_of(tag), every=every)
    folder = traces if traces.is_dir() else traces.parent
    baselines = Baselines(baseline, folder, tags_of(healthy_tag), [run.pipeline for run in runs])
    with working("Checking") as show:
        result = gate.check_runs(check_all(runs, baselines, audit=audit, show=show))
    _write(junit, lambda: gate.junit_xml(result))
    _write(sarif, lambda: json.dumps(gate.sarif_log(result), indent=1) + "\n")
    if remember and traces.is_dir():
        _remember(result.runs, traces)
    if github or (github is None and os.environ.get("GITHUB_ACTIONS") == "true"):
        _tell_github(result, quiet=as_json)
    if send is not None:
        _alert(result, gate.Alerts(send, folder / "alerts.json", cooldown=cooldown * 3600))
    if as_json:
        emit_json(result.to_dict())
    else:
        emit_text(result.summary())
    raise typer.Exit(0 if result.passed else FOUND)


def _write(path: Path | None, text: Callable[[], str]) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(), encoding="utf-8")
        note(f"Written: {path}")


def _remember(runs: Iterable[CheckedRun], store: Path) -> None:
    from lineage_stats.gate import STATISTICS
    from lineage_stats.storage import TraceStore

    for run in runs:
        if run.is_anomalous:
            first = next(
                (f for f in run.findings if f.rule in STATISTICS and f.level == "error"), None
            )
            try:
                TraceStore(store).flag(run.trace, first.message if first else "anomalous")
            except OSError as error:
                note(f"Run {run.trace.run_id} could not be flagged: {error.strerror or error}")


def _tell_github(result: CheckResult, *, quiet: bool) -> None:
    """Annotate lines; GitHub reads both streams, and JSON needs stdout for itself."""
    from lineage_stats.gate import github_annotations, github_summary

    for line in github_annotations(result):
        if quiet:
            note(line)
        else:
            emit_text(line)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(github_summary(result) + "\n")


def _sender(url: str) -> Callable[[Alert], None]:
    from lineage_stats import gate

    try:
        return gate.webhook(url)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _alert(result: CheckResult, alerts: Alerts) -> None:
    sent: tuple[Alert, ...] = ()
    try:
        sent = alerts.notify(result)
    except OSError as error:
        note(f"A message could not be sent, and is tried again by the next check: {error}")
    for alert in sent:
        note(f"Told: {alert.title}")
