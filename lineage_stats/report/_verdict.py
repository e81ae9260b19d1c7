"""The answer in two sentences: what happened, and where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lineage_stats.report._format import format_number, format_range
from lineage_stats.trace import Trace

if TYPE_CHECKING:
    from lineage_stats.attribution import Attribution

Record = Mapping[str, Any]


def metric_sentence(
    state: str, trace: Trace, metrics: Sequence[Record], metric: str | None = None
) -> str:
    """Return what happened to the run, its metrics first.

    Parameters
    ----------
    state : {"healthy", "anomalous", "unscored"}
        Outcome of the scoring.
    trace : Trace
        The run.
    metrics : sequence of mapping
        The ``metrics`` of a report.
    metric : str, default=None
        The metric that matters most; None takes the first outside its band.

    Returns
    -------
    str
        A sentence.
    """
    known = _with_band(metrics, metric)
    clause = _metric_clause(known[0]) if known else ""
    if trace.status == "failed":
        return f"The run failed{f'; {clause}' if clause else ''}."
    if state == "anomalous":
        if known and known[0]["outside"]:
            return f"{clause}."
        return f"The run differs from healthy ones{f', although {clause}' if clause else ''}."
    if state == "healthy":
        return (
            f"{clause or 'Every measurement is as in healthy runs'}, and no operation stands out."
        )
    named = ", ".join(f"{m['name']} {format_number(m['value'])}" for m in metrics)
    count = "1 operation" if len(trace) == 1 else f"{len(trace)} operations"
    was = "was" if len(trace) == 1 else "were"
    return f"{count} of {trace.pipeline} {was} recorded{f': {named}' if named else ''}."


def main_metric(metrics: Sequence[Record], metric: str | None = None) -> str | None:
    """Return the name of the metric that a verdict speaks of; None without one.

    Parameters
    ----------
    metrics : sequence of mapping
        The ``metrics`` of a report.
    metric : str, default=None
        The metric that matters most; None takes the first outside its band.
    """
    first = next(iter([*_with_band(metrics, metric), *metrics]), None)
    return None if first is None else str(first["name"])


def _with_band(metrics: Sequence[Record], metric: str | None) -> list[Record]:
    """Return the metrics that have a healthy band, the most important first."""
    known = [m for m in metrics if m["value"] is not None and m["band"]]
    return sorted(known, key=lambda m: (m["name"] != metric, not m["outside"]))


def _metric_clause(metric: Record) -> str:
    band = metric["band"]
    place = "within"
    if metric["outside"]:
        place = "below" if metric["value"] < band["low"] else "above"
    return (
        f"{metric['name']} is {format_number(metric['value'])}, {place} its healthy range "
        f"{format_range(band['low'], band['high'])}"
    )


def cause_sentence(
    state: str, operations: Sequence[Record], attribution: Attribution | None
) -> str:
    """Return where to look.

    Parameters
    ----------
    state : {"healthy", "anomalous", "unscored"}
        Outcome of the scoring.
    operations : sequence of mapping
        The operations of a score as plain data, most abnormal first.
    attribution : Attribution or None
        Division of the metric's drop.

    Returns
    -------
    str
        A sentence; ``""`` where there is nothing to look for.
    """
    if state != "anomalous":
        return ""
    if attribution is not None and attribution.is_worse:
        return attribution.verdict
    flagged = [op for op in operations if op["flagged"]]
    if not flagged:
        return "Many measurements deviate a little at once; none stands out alone."
    first = flagged[0]
    place = f" ({first['location']})" if first["location"] else ""
    return (
        f"The first to look at is {first['operation']}{place}: {first['feature']} is "
        f"{first['observed']}, expected {first['expected']}."
    )
