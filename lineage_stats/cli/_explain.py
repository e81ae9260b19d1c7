"""``lineage-stats explain``: divides the drop of a metric among operations."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage_stats.cli._baseline import BaselineOption, find_baseline
from lineage_stats.cli._console import emit_json, emit_text, note, working
from lineage_stats.cli._find import find_run
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    DirectoryOption,
    HealthyTagOption,
    JsonOption,
    PipelineOption,
    RunArgument,
    tags_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lineage_stats.attribution import Attribution
    from lineage_stats.trace import Trace


def explain(
    run: RunArgument,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Metric to explain.", show_default="the one that is worst off"
        ),
    ] = None,
    greater_is_better: Annotated[
        bool | None,
        typer.Option(
            "--greater-is-better/--less-is-better",
            help="Which way the metric is better; needs --metric.",
            show_default="as the metric's name says",
        ),
    ] = None,
    baseline: BaselineOption = None,
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    tag: HealthyTagOption = None,
    as_json: JsonOption = False,
) -> None:
    """Divide the drop of a metric among the operations upstream of it."""
    if metric is None and greater_is_better is not None:
        raise typer.BadParameter("Say which metric is meant, with --metric NAME.")
    if metric == "duration" and greater_is_better:
        raise typer.BadParameter("A run that takes longer is never better.")
    trace = find_run(run, directory, pipeline=pipeline)
    found = find_baseline(trace, baseline, directory, tags_of(tag))
    attribution = attribute(trace, metric, found.runs, greater_is_better)
    if metric is None and len(trace.metrics) > 1:
        note(f"Metric: {attribution.metric}, the worst off. Choose another one with --metric.")
    if as_json:
        emit_json(attribution.to_dict())
    else:
        emit_text(_with_folder(attribution, directory))


def _with_folder(attribution: Attribution, directory: Path) -> str:
    """Return the summary, in which the advised command finds the run."""
    text, command = attribution.summary(), attribution.next_step
    if not command or directory == DEFAULT_DIRECTORY:
        return text
    return text.replace(command, f"{command} --dir {shlex.quote(str(directory))}")


def attribute(
    trace: Trace,
    metric: str | None,
    healthy: Sequence[Trace],
    greater_is_better: bool | None = None,
) -> Attribution:
    """Divide the drop of a metric, or of the metric that is worst off.

    Parameters
    ----------
    trace : Trace
        The run.
    metric : str or None
        Name of the metric; None chooses the largest drop in units of its noise.
    healthy : sequence of Trace
        What the run is held against.
    greater_is_better : bool or None, default=None
        Which way the metric is better; None goes by its name.

    Returns
    -------
    Attribution
        The division.

    Raises
    ------
    UnknownMetricError
        If the run has no metric, or none of that name.
    MetricNotWorseError
        If no metric is worse than in healthy runs.
    BaselineError
        If the healthy runs lack the metric.
    """
    with working("Dividing the drop"):
        from lineage_stats.attribution import attribute_root_cause, attribute_worst_metric

        if metric is None:
            return attribute_worst_metric(trace, baseline=healthy)
        return attribute_root_cause(
            trace, metric, baseline=healthy, greater_is_better=greater_is_better
        )
