"""The metric of a run that is worst off."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from lineage_stats.attribution._attribute import attribute_root_cause, drop_of
from lineage_stats.attribution._attribution import Attribution
from lineage_stats.attribution._baseline import MechanismBaseline
from lineage_stats.attribution._healthy import resolve_baseline
from lineage_stats.exceptions import (
    BaselineError,
    FewRunsWarning,
    MetricNotWorseError,
    UnknownMetricError,
)
from lineage_stats.trace import Trace, TraceSet


def attribute_worst_metric(
    trace: Trace,
    *,
    baseline: TraceSet | Iterable[Trace] | MechanismBaseline | Any | None = None,
) -> Attribution:
    """Divide the drop of the metric that is worst off among the operations upstream of it.

    Parameters
    ----------
    trace : Trace
        The run.
    baseline : TraceSet, iterable of Trace, fitted detector or MechanismBaseline, default=None
        Healthy runs of the same pipeline, as of `attribute_root_cause`.

    Returns
    -------
    Attribution
        That of the metric with the largest drop in units of its noise; one outside of its healthy
        range comes before all that are within theirs.

    Raises
    ------
    UnknownMetricError
        If the run recorded no metric.
    MetricNotWorseError
        If no metric is worse than the median of the healthy runs.
    BaselineError
        If there is no baseline, or it is of another pipeline or lacks all metrics.
    TooFewRunsError
        If there are fewer than two healthy runs.

    Warns
    -----
    FewRunsWarning
        If there are fewer than ten healthy runs.

    Examples
    --------
    >>> from lineage_stats.attribution import attribute_worst_metric
    >>> from lineage_stats.trace import DataRef, Operation, Trace
    >>> def run(i, rows, scores):
    ...     table = DataRef("d", "table", rows=rows)
    ...     load = Operation("main/read_csv#1", "read_csv", "source", outputs=(table,))
    ...     tests = [Operation(f"main/{name}#1", name, "metric", inputs=(table,), metric=name,
    ...                        features={"metric_value": score}) for name, score in scores.items()]
    ...     return Trace(f"r{i}", "demo", (load, *tests), start_ns=i)
    >>> healthy = [run(i, 1000 + i % 7, {"f1_score": 0.8 + 0.01 * (i % 3), "r2_score": 0.9})
    ...            for i in range(20)]
    >>> bad = run(20, 300, {"f1_score": 0.5, "r2_score": 0.91})
    >>> attribute_worst_metric(bad, baseline=healthy).metric
    'f1_score'
    """
    if not trace.metrics:
        how = "" if trace.status == "ok" else f" has the status {trace.status}, and"
        raise UnknownMetricError(f"Run {trace.run_id}{how} recorded no metric: nothing to explain.")
    learnt = resolve_baseline(trace, baseline)
    drops, reasons = {}, []
    for metric in trace.metrics:
        try:
            drops[metric] = drop_of(trace, metric, learnt)
        except (MetricNotWorseError, BaselineError) as error:
            reasons.append(error)
    if not drops:
        raise reasons[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewRunsWarning)  # was given
        return attribute_root_cause(trace, max(drops, key=drops.__getitem__), baseline=learnt)
