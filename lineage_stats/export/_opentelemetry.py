"""Runs as spans of OpenTelemetry: one for the run, one below it for each operation."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import lineage_stats
from lineage_stats._optional import import_optional
from lineage_stats.export._exporter import Exporter, Payload, RunResult, as_result
from lineage_stats.trace import DataRef, Operation, Trace


class OpenTelemetryExporter(Exporter):
    """Sends a run as spans, by OpenTelemetry's API alone.

    Notes
    -----
    Where spans go is up to the provider that the program has set up; without one they go nowhere.
    The span of the run has the operations' spans below it, each with links to those whose data it
    read. Where ``TRACEPARENT`` was in the environment of the run, its span belongs to that trace,
    so that several processes and hosts join one.

    Examples
    --------
    >>> from lineage_stats.export import OpenTelemetryExporter
    >>> from lineage_stats.trace import Operation, Trace
    >>> read = Operation("load/read_csv#1", "read_csv", "source")
    >>> spans = OpenTelemetryExporter().to_payload(Trace("r1", "churn", (read,)))["spans"]
    >>> [span["name"] for span in spans]
    ['churn', 'read_csv']
    """

    name: ClassVar[str] = "opentelemetry"
    library: ClassVar[str] = "opentelemetry.trace"

    def to_payload(self, run: RunResult | Trace) -> Payload:
        """Return the spans, that of the run first; parameters are those of `Exporter`.

        Parameters
        ----------
        run : RunResult or Trace
            The run, with or without what was found out about it.

        Returns
        -------
        mapping of str to object
            ``traceparent`` (or None) and ``spans``, each with name, start_ns, end_ns, attributes,
            error (or None), and links: positions of other spans.
        """
        result = as_result(run)
        trace = result.trace
        position = {key: i for i, key in enumerate(trace.keys, start=1)}
        abnormal = _abnormal(result)
        spans = [_run_span(result)]
        for op in trace:
            links = [position[key] for key in trace.parents(op.key)]
            spans.append(_span(op, links, abnormal.get(op.key, {})))
        return {"traceparent": trace.environment.get("traceparent"), "spans": spans}

    def has_receiver(self, destination: Any = None) -> bool:
        """Return whether a provider of spans is set up; parameters are those of `send`.

        Raises
        ------
        MissingDependencyError
            If the package ``opentelemetry-api`` is not installed.
        """
        api = _api()
        provider = api.get_tracer_provider() if destination is None else destination
        return not isinstance(provider, api.ProxyTracerProvider | api.NoOpTracerProvider)

    def send(self, payload: Payload, destination: Any = None) -> None:
        """Make and end the spans, with the times of the run.

        Parameters
        ----------
        payload : mapping of str to object
            What `to_payload` returned.
        destination : TracerProvider, default=None
            Provider of the spans; None takes the program's own.

        Raises
        ------
        MissingDependencyError
            If the package ``opentelemetry-api`` is not installed.
        """
        api = _api()
        provider = api.get_tracer_provider() if destination is None else destination
        tracer = provider.get_tracer("lineage_stats", lineage_stats.__version__)
        made: list[Any] = []
        for record in payload["spans"]:
            above = _remote(payload) if not made else api.set_span_in_context(made[0])
            span = tracer.start_span(
                record["name"],
                context=above,
                attributes=record["attributes"],
                links=[api.Link(made[i].get_span_context()) for i in record["links"]],
                start_time=record["start_ns"],
            )
            if record["error"] is not None:
                span.set_status(api.Status(api.StatusCode.ERROR, record["error"]))
            made.append(span)
        # The run ends last.
        for span, record in reversed(list(zip(made, payload["spans"], strict=True))):
            span.end(end_time=record["end_ns"])


def _api() -> Any:
    return import_optional("opentelemetry.trace", extra="otel", purpose="Sending to OpenTelemetry")


def _remote(payload: Payload) -> Any:
    """Return the context that the run was started in; None outside of any."""
    if payload["traceparent"] is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": payload["traceparent"]})


def _run_span(result: RunResult) -> dict[str, Any]:
    trace = result.trace
    attributes: dict[str, Any] = {
        "lineage_stats.run_id": trace.run_id,
        "lineage_stats.pipeline": trace.pipeline,
        "lineage_stats.operations": len(trace),
        "lineage_stats.complete": trace.complete,
        **{f"lineage_stats.metric.{k}": v for k, v in trace.metrics.items() if math.isfinite(v)},
        **{f"lineage_stats.tag.{k}": v for k, v in trace.tags.items()},
    }
    if commit := trace.environment.get("git_commit"):
        attributes["vcs.ref.head.revision"] = commit
    if result.score is not None:
        attributes["lineage_stats.anomalous"] = result.score.flagged
        attributes["lineage_stats.p_value"] = float(result.score.p_value)
    if result.attribution is not None:
        attributes["lineage_stats.verdict"] = result.attribution.verdict
    failed = None if trace.status in ("ok", "running") else f"the run {trace.status}"
    last = max((op.start_ns + op.duration_ns for op in trace), default=trace.start_ns)
    return {
        "name": trace.pipeline,
        "start_ns": trace.start_ns,
        "end_ns": max(trace.end_ns, last) if trace.status == "running" else trace.end_ns,
        "attributes": attributes,
        "links": [],
        "error": failed,
    }


def _span(op: Operation, links: list[int], abnormal: dict[str, Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "lineage_stats.operation": op.key,
        "lineage_stats.kind": op.kind,
        "code.function.name": op.scope or None,
        "code.file.path": op.file,
        "code.line.number": op.line,
        "lineage_stats.rows_in": _rows(op.inputs),
        "lineage_stats.rows_out": _rows(op.outputs),
        "lineage_stats.metric.name": op.metric,
        "lineage_stats.metric.value": _finite(op.metric_value),
        "error.type": op.error,
        **abnormal,
    }
    failed = op.status == "failed"
    return {
        "name": op.name,
        "start_ns": op.start_ns,
        "end_ns": op.start_ns + op.duration_ns,
        "attributes": {k: v for k, v in attributes.items() if v is not None and v != []},
        "links": links,
        "error": (op.error or "failed") if failed else None,
    }


def _abnormal(result: RunResult) -> dict[str, dict[str, Any]]:
    """Return what marks the operations that a detector flagged."""
    if result.score is None:
        return {}
    return {
        record["operation"]: {
            "lineage_stats.anomalous": True,
            "lineage_stats.feature": record["feature"],
        }
        for record in result.score.to_dict()["operations"]
        if record["flagged"]
    }


def _rows(refs: tuple[DataRef, ...]) -> list[int]:
    return [ref.rows for ref in refs if ref.rows is not None]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
