"""The answer in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lineage_stats.report._format import format_number, format_range

Record = Mapping[str, Any]


def verdict_sentence(
    state: str,
    run: Record,
    metrics: Sequence[Record],
    anomalies: Sequence[Record],
    attribution: Record | None,
) -> str:
    """Return what a reader must know, if they read only one sentence.

    Parameters
    ----------
    state : {"healthy", "anomalous", "unscored"}
        Outcome of the scoring.
    run, metrics, anomalies, attribution : mapping or sequence of mapping
        Parts of a report; see `REPORT_SCHEMA`.

    Returns
    -------
    str
        A sentence: first what happened to the metric, then where to look.
    """
    found = [_metric_clause(metrics, attribution), _cause_clause(anomalies, attribution)]
    clauses = [clause for clause in found if clause]
    if state == "anomalous":
        return _sentence("; ".join(clauses) or "the run differs from healthy ones")
    if run["status"] == "failed":
        return "The run failed before its end."
    if state == "healthy":
        return _healthy_sentence(metrics)
    return _unscored_sentence(run, metrics)


def _metric_clause(metrics: Sequence[Record], attribution: Record | None) -> str:
    if attribution is not None:
        return (
            f"{attribution['metric']} is {format_number(attribution['observed'])} where healthy "
            f"runs have {format_number(attribution['expected'])}"
        )
    outside = [metric for metric in metrics if metric["outside"]]
    if outside:
        metric = outside[0]
        side = "below" if metric["value"] < metric["band"]["low"] else "above"
        return (
            f"{metric['name']} is {format_number(metric['value'])}, {side} its healthy band "
            f"{format_range(metric['band']['low'], metric['band']['high'])}"
        )
    return ""


def _cause_clause(anomalies: Sequence[Record], attribution: Record | None) -> str:
    shares = [s for s in attribution["shares"] if s["value"] > 0] if attribution else []
    if attribution and shares:
        top = shares[0]
        part = min(top["value"] / attribution["drop"], 1.0) if attribution["drop"] else 0.0
        return f"{part:.0%} of the change comes from {top['operation']}{_at(top)}"
    if anomalies:
        top = anomalies[0]
        return (
            f"most unusual is {top['feature']} of {top['operation']}{_at(top)}: "
            f"{format_number(top['value'])}, healthy is {format_range(top['low'], top['high'])}"
        )
    return ""


def _at(record: Record) -> str:
    return f" ({record['location']})" if record["location"] else ""


def _healthy_sentence(metrics: Sequence[Record]) -> str:
    known = [m for m in metrics if m["value"] is not None and m["band"]]
    if not known:
        return "Every measurement lies in its healthy range."
    metric = known[0]
    return (
        f"{_capital(metric['name'])} is {format_number(metric['value'])}, in its healthy band "
        f"{format_range(metric['band']['low'], metric['band']['high'])}, and no operation stands "
        "out."
    )


def _unscored_sentence(run: Record, metrics: Sequence[Record]) -> str:
    named = ", ".join(f"{m['name']} {format_number(m['value'])}" for m in metrics)
    text = f"{run['n_operations']} operations of {run['pipeline']} were recorded"
    return f"{text}; {named}." if named else f"{text}."


def _sentence(text: str) -> str:
    return f"{_capital(text)}."


def _capital(text: str) -> str:
    """Begin with a capital where the first word is no identifier."""
    first = text.partition(" ")[0]
    return text if "_" in first or not first.isalpha() else text[:1].upper() + text[1:]
