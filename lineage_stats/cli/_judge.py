"""All that a baseline says of a run, for commands that pass it on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from lineage_stats.cli._baseline import find_baseline
from lineage_stats.cli._console import note, working
from lineage_stats.cli._explain import attribute
from lineage_stats.exceptions import (
    BaselineError,
    MetricNotWorseError,
    NoTracesError,
    UnknownMetricError,
)

if TYPE_CHECKING:
    from lineage_stats.attribution import Attribution
    from lineage_stats.cli._baseline import Baseline
    from lineage_stats.detectors import TraceScore
    from lineage_stats.trace import Trace


class Judgement(TypedDict, total=False):
    """What is known; arguments of `lineage_stats.report.build_report`."""

    score: TraceScore
    attribution: Attribution


def judge(
    trace: Trace,
    baseline: Path | None,
    directory: Path,
    tags: dict[str, str],
    *,
    metric: str | None = None,
) -> Judgement:
    """Score a run and divide its worst drop, as far as that can be done.

    Parameters
    ----------
    trace : Trace
        The run.
    baseline, directory, tags : object
        What it is held against, as of `find_baseline`. Where no baseline is named and none can be
        made, a note says why.
    metric : str, default=None
        Metric to explain; None takes the one that is worst off, if chance alone does not make it.

    Returns
    -------
    Judgement
        The score and the attribution; what there is none of is not in it.

    Raises
    ------
    NoTracesError
        If there is no baseline of that name.
    BaselineError
        If the baseline that was named cannot be used.
    MetricNotWorseError
        If the metric that was named is not worse.
    UnknownMetricError
        If the run lacks the metric that was named.
    """
    try:
        found = find_baseline(trace, baseline, directory, tags)
    except (BaselineError, NoTracesError) as error:
        if baseline is not None:
            raise
        note(f"Not scored: {error}")
        return {}
    with working("Scoring"):
        judged: Judgement = {"score": found.detector.score(trace)}
    if (attribution := _drop(trace, metric, found)) is not None:
        judged["attribution"] = attribution
    return judged


def _drop(trace: Trace, metric: str | None, found: Baseline) -> Attribution | None:
    if (healthy := found.runs_at_hand) is None:
        return None
    from lineage_stats.attribution._attribute import is_drop_possible

    if metric is None and not any(is_drop_possible(trace, m, healthy) for m in trace.metrics):
        return None
    try:
        attribution = attribute(trace, metric, healthy)
    except (MetricNotWorseError, UnknownMetricError, BaselineError):
        if metric is not None:
            raise
        return None  # no metric that can be compared is worse
    return attribution if metric is not None or attribution.is_worse else None
