"""Trace: graph, metrics, round trips."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle

import pytest
from hypothesis import given

from lineage_stats.exceptions import TraceError, UnknownMetricError, UnknownOperationError
from lineage_stats.trace import RUN_FIELDS, DataRef, Operation, Trace
from tests.strategies import (
    AGGREGATE,
    ASSIGN,
    DROPNA,
    FILTER,
    FIT,
    MERGE,
    MERGE_BACK,
    METRIC,
    OPERATION_KEYS,
    PREDICT,
    READ_CUSTOMERS,
    READ_ORDERS,
    SPLIT,
    traces,
)


def metric(key: str, value: float, name: str = "f1") -> Operation:
    return Operation(key, name, "metric", features={"metric_value": value}, metric=name)


@given(traces())
def test_round_trip_through_json(trace: Trace) -> None:
    assert Trace.from_dict(json.loads(json.dumps(trace.to_dict()))) == trace


@given(traces())
def test_round_trip_through_pickle(trace: Trace) -> None:
    _ = trace.edges, trace.metrics
    assert pickle.loads(pickle.dumps(trace)) == trace


@given(traces())
def test_parents_come_first_and_children_mirror_them(trace: Trace) -> None:
    position = {key: i for i, key in enumerate(trace.keys)}
    for parent, child in trace.edges:
        assert position[parent] < position[child]
        assert parent in trace.parents(child)
        assert child in trace.children(parent)


@given(traces())
def test_ancestors_and_descendants_mirror_each_other(trace: Trace) -> None:
    for key in trace.keys:
        assert key not in trace.ancestors(key)
        assert all(key in trace.descendants(above) for above in trace.ancestors(key))
        assert set(trace.parents(key)) <= set(trace.ancestors(key))


def test_graph_of_the_churn_pipeline(trace: Trace) -> None:
    assert trace.keys == OPERATION_KEYS
    assert trace.parents(MERGE) == (READ_ORDERS, READ_CUSTOMERS)
    assert trace.parents(MERGE_BACK) == (ASSIGN, AGGREGATE)
    assert trace.children(SPLIT) == (FIT, PREDICT, METRIC)
    assert trace.ancestors(FILTER) == (READ_ORDERS, READ_CUSTOMERS, MERGE, DROPNA)
    assert trace.descendants(FIT) == (PREDICT, METRIC)
    assert trace.ancestors(METRIC) == tuple(k for k in OPERATION_KEYS if k != METRIC)


def test_keys_and_operations_are_in_order(trace: Trace) -> None:
    assert [op.key for op in trace] == list(trace.keys)
    assert len(trace) == 12
    assert trace.operation(FIT).kind == "fit"


def test_two_operations_of_one_key_are_an_error() -> None:
    trace = Trace("r1", "p", (Operation("k", "n"), Operation("k", "n")))
    with pytest.raises(TraceError, match="Trace r1 holds two operations of one key"):
        trace.operation("k")


def test_unknown_operation_names_those_there_are() -> None:
    trace = Trace("r1", "p", (Operation("a", "n"), Operation("b", "n")))
    with pytest.raises(UnknownOperationError, match=r"no operation 'c'. It has: a, b\.$"):
        trace.parents("c")
    with pytest.raises(UnknownOperationError, match="It has: none"):
        Trace("r1", "p").operation("c")


def test_data_from_outside_and_made_later_give_no_edge() -> None:
    late = DataRef("late")
    reader = Operation("a", "n", inputs=(DataRef("outside"), late))
    maker = Operation("b", "n", outputs=(late,))
    assert Trace("r", "p", (reader, maker)).edges == ()


def test_an_operation_that_reads_twice_has_one_parent() -> None:
    ref = DataRef("d")
    trace = Trace(
        "r", "p", (Operation("a", "n", outputs=(ref,)), Operation("b", "n", inputs=(ref, ref)))
    )
    assert trace.parents("b") == ("a",)


def test_metrics_of_one_name_are_numbered() -> None:
    trace = Trace("r", "p", (metric("a", 0.5), metric("b", 0.25, "auc"), metric("c", 0.75)))
    assert trace.metrics == {"f1": 0.5, "auc": 0.25, "f1#2": 0.75}
    assert trace.metric_operation("f1#2").key == "c"


def test_a_metric_that_is_missing_says_what_failed() -> None:
    failed = Operation("b", "merge", status="failed", error="KeyError", file="m.py", line=7)
    trace = Trace("r", "p", (metric("a", 0.5), failed), status="failed")
    with pytest.raises(UnknownMetricError, match=r"It has: f1\. b \(m\.py:7\) failed: KeyError"):
        trace.metric_operation("auc")


def test_unknown_metric_names_those_there_are() -> None:
    with pytest.raises(UnknownMetricError, match=r"has no metric 'auc'. It has: f1\.$"):
        Trace("r", "p", (metric("a", 0.5),)).metric_operation("auc")
    with pytest.raises(UnknownMetricError, match="It has: none"):
        Trace("r", "p").metric_operation("auc")


def test_columns_behind_a_reference(trace: Trace) -> None:
    table = trace.operation(READ_ORDERS).outputs[0]
    assert trace.columns(table) == (("amount", "float64"), ("customer", "float64"))
    assert trace.columns(DataRef("d")) == ()
    assert trace.columns(DataRef("d", schema="unknown")) == ()


def test_times() -> None:
    trace = Trace("r", "p", start_ns=1_700_000_000_000_000_000, end_ns=1_700_000_001_500_000_000)
    assert trace.start.isoformat() == "2023-11-14T22:13:20+00:00"
    assert trace.duration == 1.5
    assert Trace("r", "p", start_ns=5, end_ns=0).duration == 0.0


def test_repr_is_one_line() -> None:
    trace = Trace("r1", "p", (metric("a", 0.51239),), status="failed", complete=False)
    assert repr(trace) == "<Trace r1 of 'p': 1 operations, failed, incomplete, f1=0.5124>"
    assert repr(Trace("r1", "p")) == "<Trace r1 of 'p': 0 operations, ok>"


def test_frame_has_one_row_per_operation(trace: Trace) -> None:
    frame = trace.to_frame()
    assert tuple(frame.index) == trace.keys
    assert frame.loc[MERGE, "rows_in"] == trace.operation(READ_ORDERS).outputs[0].rows
    assert frame.loc[METRIC, "value"] == trace.metrics["f1_score"]
    assert math.isnan(frame.loc[MERGE, "value"])
    assert frame.loc[MERGE, "location"] == "churn.py:16"


def test_frame_of_an_empty_run_has_the_same_columns(trace: Trace) -> None:
    assert list(Trace("r", "p").to_frame().columns) == list(trace.to_frame().columns)


def test_history_is_no_part_of_identity(trace: Trace) -> None:
    other = dataclasses.replace(trace, history=lambda: None)  # type: ignore[arg-type, return-value]  # any callable
    assert other == trace
    assert "history" not in repr(other)
    assert "history" not in trace.to_dict()


def test_run_fields_are_fields_of_a_trace() -> None:
    assert {name for name, _ in RUN_FIELDS} < {f.name for f in dataclasses.fields(Trace)}


def test_trace_is_immutable_and_hashable(trace: Trace) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.run_id = "other"  # type: ignore[misc]  # what is tested
    assert hash(trace) == hash(Trace.from_dict(trace.to_dict()))
