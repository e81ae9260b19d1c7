"""``lineage-stats check``: the gate for CI."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from lineage_stats.cli._baseline import BaselineOption, find_baseline
from lineage_stats.cli._console import emit_json, emit_text, note, working
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    JsonOption,
    PipelineOption,
    TagOption,
    tags_of,
)
from lineage_stats.exceptions import BaselineError, NoTracesError, TooFewRunsError

if TYPE_CHECKING:
    from lineage_stats.cli._baseline import Baseline
    from lineage_stats.gate import Alert, CheckedRun, CheckResult
    from lineage_stats.trace import Trace, TraceSet

FOUND = 1


def check(
    traces: Annotated[
        Path, typer.Argument(metavar="TRACES", help="Folder of recorded runs, or one run's file.")
    ] = DEFAULT_DIRECTORY,
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
        bool, typer.Option(help="Keep anomalous runs out of later baselines, until accepted.")
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
    as_json: JsonOption = False,
) -> None:
    """Check runs in CI. Exit code 0: passed, 1: something was found, 2: cannot tell.

    Each run is held to rules for any pipeline (a metric has a data source, the commit is known, no
    fit on test rows or before the split), and compared with healthy runs.
    """
    from lineage_stats import gate

    known = _load(traces, pipeline)
    runs = list(known) if every else _latest(known)
    folder = traces if traces.is_dir() else traces.parent
    with working("Checking") as show:
        result = gate.check_runs(
            _check_all(runs, _Options(baseline, folder, tags_of(tag), audit), show)
        )
    _write(junit, lambda: gate.junit_xml(result))
    _write(sarif, lambda: json.dumps(gate.sarif_log(result), indent=1) + "\n")
    if remember and traces.is_dir():
        _remember(result.runs, traces)
    if github or (github is None and os.environ.get("GITHUB_ACTIONS") == "true"):
        _tell_github(result, quiet=as_json)
    if webhook is not None:
        _alert(result, webhook, folder, cooldown)
    if as_json:
        emit_json(result.to_dict())
    else:
        emit_text(result.summary())
    raise typer.Exit(0 if result.passed else FOUND)


class _Options(NamedTuple):
    """What the runs are held against."""

    baseline: Path | None
    folder: Path
    tags: dict[str, str]
    audit: bool


def _load(traces: Path, pipeline: str | None) -> TraceSet:
    from lineage_stats.storage import load_traces

    if not traces.exists():
        raise NoTracesError(
            f"There is no '{traces}'. Name the folder that the pipeline recorded to."
        )
    return load_traces(traces, pipeline=pipeline)


def _latest(runs: Iterable[Trace]) -> list[Trace]:
    return list({run.pipeline: run for run in runs if run.status != "running"}.values())


def _check_all(
    runs: Sequence[Trace], options: _Options, show: Callable[[int, int], None]
) -> list[CheckedRun]:
    from lineage_stats.gate import check_run

    found = []
    baselines: dict[str, Baseline | None] = {}
    for i, trace in enumerate(runs):
        show(i, len(runs))
        one = _baseline_of(trace, options, baselines)
        detector = None if one is None else one.detector
        healthy = None if one is None else _runs_of(one)
        found.append(check_run(trace, detector=detector, healthy=healthy, audit=options.audit))
    return found


def _baseline_of(
    trace: Trace, options: _Options, known: dict[str, Baseline | None]
) -> Baseline | None:
    """Return what a run is held against; nothing where none was named and there are too few runs.

    A saved one serves all runs of its pipeline. One from a folder is learned anew for each run,
    from those before it, or from those in the folder that was named.
    """
    if trace.pipeline in known:
        return known[trace.pipeline]
    try:
        found = find_baseline(trace, options.baseline, options.folder, options.tags)
    except (TooFewRunsError, NoTracesError) as error:
        if options.baseline is not None:
            raise
        note(f"Not compared with healthy runs: {error}")
        return None
    fitted_on = found.detector.pipeline_
    if fitted_on != trace.pipeline:
        if known:
            note(f"'{trace.pipeline}' is not compared: the baseline is of '{fitted_on}'.")
            return None
        raise BaselineError(
            f"The baseline '{options.baseline}' is of pipeline '{fitted_on}', run {trace.run_id} "
            f"of '{trace.pipeline}'. Choose the runs with --pipeline {fitted_on}."
        )
    if found.known_runs is None:
        known[trace.pipeline] = found
        _note_quarantined(found)
    return found


def _runs_of(baseline: Baseline) -> Sequence[Trace] | None:
    """Return the runs behind a baseline; nothing where CI has only what was learned from them."""
    try:
        return baseline.runs()
    except NoTracesError:
        note("The runs behind the baseline are not here: a drop is not divided among operations.")
        return None


def _note_quarantined(baseline: Baseline) -> None:
    from lineage_stats.storage import TraceStore

    gone = {e.run_id for e in TraceStore(baseline.directory).baseline_events()
            if e.verdict == "quarantined"}  # fmt: skip
    if behind := sorted(gone.intersection(baseline.detector.run_ids_)):
        note(f"The baseline was learned from {', '.join(behind)}, quarantined since. Fit it again.")


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
            first = next((f for f in run.findings if f.rule in STATISTICS), None)
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


def _alert(result: CheckResult, url: str, folder: Path, hours: float) -> None:
    from lineage_stats import gate

    alerts = gate.Alerts(gate.webhook(url), folder / "alerts.json", cooldown=hours * 3600)
    sent: tuple[Alert, ...] = ()
    try:
        sent = alerts.notify(result)
    except OSError as error:
        note(f"A message could not be sent: {error}")
    for alert in sent:
        note(f"Told: {alert.title}")
