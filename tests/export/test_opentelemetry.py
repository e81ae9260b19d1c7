"""Spans have the times, the links and the parents of the run."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from lineage_stats.exceptions import MissingDependencyError
from lineage_stats.export import OpenTelemetryExporter
from lineage_stats.trace import Operation, Trace
from tests.strategies import MERGE, READ_CUSTOMERS, READ_ORDERS, make_trace

EXPORTER = OpenTelemetryExporter()
REMOTE = f"00-{'ab' * 16}-{'cd' * 8}-01"


@pytest.fixture
def send():
    """Send a run to memory; return its spans by name, that of the run under ``"run"``."""

    def export(run):
        memory = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(memory))
        EXPORTER.export(run, provider)
        spans = memory.get_finished_spans()
        provider.shutdown()
        return {
            span.attributes.get("lineage_stats.operation", "run"): span for span in spans
        }, spans

    return export


def test_one_span_for_the_run_and_one_for_each_operation(send):
    trace = make_trace(0)
    named, spans = send(trace)
    assert set(named) == {"run", *trace.keys}
    assert len(spans) == len(trace) + 1
    root = named["run"]
    assert root.parent is None
    assert (root.name, root.start_time, root.end_time) == ("churn", trace.start_ns, trace.end_ns)
    assert spans[-1] is root  # ends last
    for op in trace:
        span = named[op.key]
        assert span.parent.span_id == root.context.span_id
        assert span.context.trace_id == root.context.trace_id
        assert span.start_time == op.start_ns
        assert span.end_time == op.start_ns + op.duration_ns


def test_an_operation_is_linked_to_those_it_read_from(send):
    named, _ = send(make_trace(0))
    linked = {link.context.span_id for link in named[MERGE].links}
    assert linked == {named[key].context.span_id for key in (READ_ORDERS, READ_CUSTOMERS)}
    assert named[MERGE].attributes["code.line.number"] == 16
    assert len(named[MERGE].attributes["lineage_stats.rows_in"]) == 2


def test_processes_of_one_trace_join_it(send):
    run = replace(make_trace(0), environment={"traceparent": REMOTE})
    named, spans = send(run)
    assert {span.context.trace_id for span in spans} == {int("ab" * 16, 16)}
    assert named["run"].parent.span_id == int("cd" * 8, 16)
    assert named["run"].parent.is_remote


def test_what_was_found_out_is_on_the_spans(send, result):
    named, _ = send(result)
    assert named["run"].attributes["lineage_stats.anomalous"] is True
    assert named["run"].attributes["lineage_stats.metric.f1_score"] > 0
    assert "DataFrame.merge" in named["run"].attributes["lineage_stats.verdict"]
    assert named[MERGE].attributes["lineage_stats.anomalous"] is True


def test_failures_are_failures(send):
    bad = Operation("f/a#1", "a", status="failed", error="KeyError", start_ns=5, duration_ns=2)
    named, _ = send(Trace("r", "p", (bad,), start_ns=1, end_ns=9, status="failed"))
    assert named["f/a#1"].status.status_code is StatusCode.ERROR
    assert named["f/a#1"].attributes["error.type"] == "KeyError"
    assert named["run"].status.status_code is StatusCode.ERROR


def test_a_run_that_goes_on_ends_with_its_last_operation(send):
    op = Operation("f/a#1", "a", start_ns=5, duration_ns=20)
    named, _ = send(Trace("r", "p", (op,), start_ns=1, end_ns=2, status="running"))
    assert named["run"].end_time == 25


def test_without_a_provider_nothing_happens():
    EXPORTER.export(make_trace(0))
    assert not EXPORTER.has_receiver()
    assert EXPORTER.has_receiver(TracerProvider())


def test_only_the_api_is_needed(run_python):
    code = """
import sys
sys.modules["opentelemetry.sdk"] = None
from lineage_stats.export import OpenTelemetryExporter
from lineage_stats.trace import Trace
OpenTelemetryExporter().export(Trace("r", "p"))
"""
    run_python(code)


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with pytest.raises(MissingDependencyError, match=r"lineage-stats\[otel\]"):
        EXPORTER.send(EXPORTER.to_payload(make_trace(0)))
