"""From results to a report: a plain dictionary that a program can read as well as a template."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lineage_stats.exceptions import LineageStatsError
from lineage_stats.report._changes import diff_record
from lineage_stats.report._code import code_record
from lineage_stats.report._columns import column_records
from lineage_stats.report._evidence import evidence_record
from lineage_stats.report._features import feature_records
from lineage_stats.report._graph import graph_record
from lineage_stats.report._history import MAX_RUNS, NOT_NUMERIC, runs_record, since_record
from lineage_stats.report._match import OperationMatcher
from lineage_stats.report._metrics import Band, metric_records
from lineage_stats.report._schema import REPORT_VERSION
from lineage_stats.report._verdict import cause_sentence, main_metric, metric_sentence
from lineage_stats.trace import Trace, healthy_runs

if TYPE_CHECKING:
    from lineage_stats.attribution import Attribution
    from lineage_stats.detectors import TraceScore

UNUSUAL_P_VALUE = 0.05

Record = dict[str, Any]


def build_report(
    trace: Trace,
    *,
    score: TraceScore | None = None,
    attribution: Attribution | None = None,
    history: Iterable[Trace] | None = None,
    repository: str | os.PathLike[str] | None = None,
) -> Record:
    """Bring what is known of a run into one plain dictionary.

    Parameters
    ----------
    trace : Trace
        The run.
    score : TraceScore, default=None
        What a detector says of it.
    attribution : Attribution, default=None
        What divides the drop of one of its metrics.
    history : iterable of Trace, default=None
        Runs to draw the metrics of; the trace itself and later ones are passed over. None takes
        those of the store that the trace was loaded from, if there is one.
    repository : path-like, default=None
        A folder of the git repository of the pipeline.

    Returns
    -------
    dict
        As `REPORT_SCHEMA` says; JSON can hold it.

    Raises
    ------
    ValueError
        If `score` or `attribution` is of another run.

    Notes
    -----
    What changed in the code between the last healthy run and this one is asked of git: in
    `repository`, in the current folder and in those of the recorded files, as far as their paths
    are absolute. Where none has both commits, the report says so.

    Examples
    --------
    >>> from lineage_stats.report import build_report
    >>> from lineage_stats.trace import Trace
    >>> build_report(Trace("r1", "churn"))["verdict"]["state"]
    'unscored'
    """
    for name, result in (("score", score), ("attribution", attribution)):
        if result is not None and result.run_id != trace.run_id:
            raise ValueError(
                f"The '{name}' parameter of build_report must be of run {trace.run_id}. "
                f"Got one of run {result.run_id} instead."
            )
    scored: Record = score.to_dict() if score is not None else {"cells": [], "operations": []}
    state = _state(score, attribution)
    earlier = _earlier(trace, history)
    healthy = healthy_runs(earlier, before=trace)
    last = healthy[-1] if healthy else None
    runs = [*earlier[1 - MAX_RUNS :], trace]
    metrics = metric_records(trace, earlier, _bands(trace, scored, attribution))
    anomalies, series, n_series = _anomalies(scored, runs)
    diff = diff_record(last, trace)
    evidence = None
    if state == "anomalous":
        n_runs, changes = scored.get("n_runs"), diff["changes"] if diff else ()
        code = code_record(last, trace, directory=repository)
        evidence = evidence_record(
            anomalies, attribution, n_runs=n_runs, changes=changes, code=code
        )
    return {
        "report_version": REPORT_VERSION,
        "verdict": {
            **_verdict(trace, state, scored, attribution, metrics),
            "evidence": evidence,
        },
        "run": _run(trace),
        "metrics": metrics,
        "attribution": None if attribution is None else _attribution(attribution),
        "anomalies": anomalies,
        "graph": {
            **_graph(trace, scored, attribution, metrics),
            "data": column_records(trace),
        },
        "history": {
            "runs": runs_record(runs, [run.run_id for run in healthy]),
            "n_runs": len(earlier) + 1,
            "series": series,
            "n_series": n_series,
        },
        "changes": _changes(scored),
        "diff": diff,
    }


def _verdict(
    trace: Trace,
    state: str,
    scored: Record,
    attribution: Attribution | None,
    metrics: list[Record],
) -> Record:
    named = attribution.metric if attribution is not None else None
    return {
        "state": state,
        "sentence": metric_sentence(state, trace, metrics, named),
        "cause": cause_sentence(state, scored["operations"], attribution),
        "metric": main_metric(metrics, named),
        "p_value": scored.get("p_value"),
        "false_alarm_rate": scored.get("false_alarm_rate"),
        "n_runs": scored.get("n_runs"),
    }


def _state(score: TraceScore | None, attribution: Attribution | None) -> str:
    if score is None and attribution is None:
        return "unscored"
    worse = attribution is not None and attribution.is_worse
    return "anomalous" if worse or (score is not None and score.flagged) else "healthy"


def _earlier(trace: Trace, history: Iterable[Trace] | None) -> list[Trace]:
    if history is None:
        try:
            history = trace.history() if trace.history is not None else ()
        except LineageStatsError:  # the store is gone: the page has no strip then
            history = ()
    mine = [run for run in history if run.pipeline == trace.pipeline]
    return [run for run in mine if run.run_id != trace.run_id and run.start_ns <= trace.start_ns]


def _bands(trace: Trace, scored: Record, attribution: Attribution | None) -> dict[str, Band]:
    """Return the healthy band of each metric that a result gives one."""
    matcher = OperationMatcher(trace)
    name_of = {trace.metric_operation(name).key: name for name in trace.metrics}
    bands: dict[str, Band] = {}
    for cell in scored["cells"]:
        name = name_of.get(matcher.key_of(cell["operation"], cell["location"]) or "")
        ends = (cell["lower"], cell["centre"], cell["upper"])
        if name is not None and cell["feature"] == "metric_value" and None not in ends:
            bands[name] = ends
    if attribution is not None:
        bands[attribution.metric] = (attribution.lower, attribution.center, attribution.upper)
    return bands


def _run(trace: Trace) -> Record:
    return {
        "run_id": trace.run_id,
        "pipeline": trace.pipeline,
        "start": trace.start.isoformat(),
        "duration": trace.duration,
        "status": trace.status,
        "complete": trace.complete,
        "n_operations": len(trace),
        "tags": dict(trace.tags),
        "environment": dict(trace.environment),
        "problems": list(trace.problems),
        "n_inputs": trace.input_coverage.n_inputs,
        "n_unknown_inputs": trace.input_coverage.n_unknown,
        "coverage": str(trace.input_coverage),
    }


def _attribution(attribution: Attribution) -> Record:
    return {
        "metric": attribution.metric,
        "expected": attribution.center,
        "observed": attribution.value,
        "drop": attribution.drop,
        "noise": attribution.noise,
        "n_runs": attribution.n_runs,
        "unexplained": attribution.unexplained,
        "unexplained_error": attribution.unexplained_error,
        "notes": list(attribution.notes),
        "shares": [
            {
                "operation": share.operation,
                "value": share.share,
                "standard_error": share.standard_error,
                "probability": share.probability,
                "reason": share.reason,
                "location": share.location,
            }
            for share in attribution
            if share.share
        ],
    }


def _anomalies(scored: Record, runs: list[Trace]) -> tuple[list[Record], list[Record], int]:
    """Return flagged cells, operation by operation in the order of the score, and their series."""
    rank = {op["operation"]: i for i, op in enumerate(scored["operations"])}
    origins = {op["operation"] for op in scored["operations"] if op["origin"]}
    flagged = [cell for cell in scored["cells"] if cell["flagged"]]
    flagged.sort(key=lambda cell: rank.get(cell["operation"], len(rank)))
    since, series, n_series = since_record(runs, flagged)
    return (
        [
            {**_anomaly(cell), "since": begin, "origin": cell["operation"] in origins}
            for cell, begin in zip(flagged, since, strict=True)
        ],
        series,
        n_series,
    )


def _anomaly(cell: Mapping[str, Any]) -> Record:
    names = ("operation", "feature", "value", "observed", "expected", "score", "p_value")
    numeric = cell["kind"] not in NOT_NUMERIC
    return {
        **{name: cell[name] for name in names},
        "value": cell["value"] if numeric else None,
        "low": cell["lower"],
        "high": cell["upper"],
        "location": cell["location"],
    }


def _graph(
    trace: Trace, scored: Record, attribution: Attribution | None, metrics: list[Record]
) -> Record:
    matcher = OperationMatcher(trace)
    keyed = {matcher.key_of(op["operation"], op["location"]): op for op in scored["operations"]}
    known = {key: op for key, op in keyed.items() if key is not None}
    cause = _cause(known, attribution, matcher)
    return graph_record(
        trace,
        cause=cause,
        metric=_metric_key(trace, cause, attribution, metrics),
        scores={key: op["score"] for key, op in known.items()},
        unusual=[key for key, op in known.items() if op["p_value"] < UNUSUAL_P_VALUE],
        flagged=[key for key, op in known.items() if op["flagged"]],
        origins=[key for key, op in known.items() if op["flagged"] and op["origin"]],
        features=feature_records(trace, scored["cells"]),
    )


def _cause(
    known: Mapping[str, Mapping[str, Any]],
    attribution: Attribution | None,
    matcher: OperationMatcher,
) -> str | None:
    """Return the operation to mark: of the largest share, else the first flagged origin."""
    if attribution is not None and attribution.is_worse and attribution.top is not None:
        return matcher.key_of(attribution.top.operation, attribution.top.location)
    origins = [key for key, op in known.items() if op["flagged"] and op["origin"]]
    return origins[0] if origins else None


def _metric_key(
    trace: Trace, cause: str | None, attribution: Attribution | None, metrics: list[Record]
) -> str | None:
    """Return the metric to which the way is drawn: the attributed one, else one downstream."""
    if attribution is not None:
        return trace.metric_operation(attribution.metric).key
    below = set(trace.descendants(cause)) if cause is not None else set()
    reached = [m for m in metrics if m["operation"] in below]
    reached.sort(key=lambda metric: not metric["outside"])
    return reached[0]["operation"] if reached else None


def _changes(scored: Record) -> Record:
    present = [cell for cell in scored["cells"] if cell["feature"] == "present"]
    return {
        "new": [cell["operation"] for cell in present if cell["expected"] == "new"],
        "missing": [cell["operation"] for cell in present if cell["observed"] == "missing"],
    }
