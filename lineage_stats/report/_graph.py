"""The lineage graph of a run as plain data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lineage_stats.trace import Operation, Trace

HEALTHY, UNUSUAL, FLAGGED, CAUSE = range(4)


def graph_record(
    trace: Trace,
    *,
    cause: str | None = None,
    metric: str | None = None,
    scores: Mapping[str, float] | None = None,
    unusual: Collection[str] = (),
    flagged: Collection[str] = (),
    origins: Collection[str] = (),
    features: Mapping[str, tuple[int, list[dict[str, Any]]]] | None = None,
) -> dict[str, Any]:
    """Return nodes and edges of a run, and what is remarkable about them.

    Parameters
    ----------
    trace : Trace
        The run.
    cause : str, default=None
        Key of the operation that is the likely cause.
    metric : str, default=None
        Key of the operation that computed the metric; the ways to it from `cause` are marked.
    scores : mapping of str to float, default=None
        Highest anomaly score by operation key.
    unusual, flagged, origins : collection of str, default=()
        Keys of operations; origins are flagged ones without a flagged one upstream.
    features : mapping of str to (int, list of dict), default=None
        What `feature_records` returned.

    Returns
    -------
    dict
        The ``graph`` of a report.
    """
    way = _way(trace, cause, metric)
    scores = scores or {}
    features = features or {}
    levels = dict.fromkeys(trace.keys, HEALTHY)
    levels.update(dict.fromkeys(unusual, UNUSUAL) | dict.fromkeys(flagged, FLAGGED))
    if cause is not None:
        levels[cause] = CAUSE
    nodes = [
        {
            "operation": op.key,
            "name": op.name,
            "kind": op.kind,
            "scope": op.scope,
            "location": op.location,
            "rows": op.outputs[0].rows if op.outputs else None,
            "metric": op.metric,
            "score": scores.get(op.key),
            "level": levels[op.key],
            "origin": op.key in origins,
            "on_path": op.key in way,
            "title": _title(op, scores.get(op.key)),
            "status": op.error or op.status,
            "duration": op.duration_ns / 1e9,
            "n_features": features.get(op.key, (0, []))[0],
            "features": features.get(op.key, (0, []))[1],
        }
        for op in trace
    ]
    edges = [{"from": a, "to": b, "on_path": a in way and b in way} for a, b in trace.edges]
    return {"nodes": nodes, "edges": edges}


def _way(trace: Trace, cause: str | None, metric: str | None) -> set[str]:
    """Return the keys on any way from cause to metric, both included; none without a way."""
    if cause is None or metric is None or cause == metric:
        return set()
    between = set(trace.descendants(cause)) & set(trace.ancestors(metric))
    joined = cause in trace.ancestors(metric)
    return between | {cause, metric} if joined else set()


def _title(op: Operation, score: float | None) -> str:
    lines = [op.key, f"kind: {op.kind}"]
    for label, refs in (("rows in", op.inputs), ("rows out", op.outputs)):
        known = [f"{ref.rows:,}" for ref in refs if ref.rows is not None]
        if known:
            lines.append(f"{label}: {', '.join(known)}")
    if op.metric_value is not None:
        lines.append(f"{op.metric}: {op.metric_value:.4g}")
    if score is not None:
        lines.append(f"anomaly score: {score:.3g}")
    if op.status == "failed":
        lines.append(f"failed: {op.error}")
    return "\n".join([*lines, *([op.location] if op.location else [])])
