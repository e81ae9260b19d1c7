"""TraceBuilder: records that arrive one by one."""

from __future__ import annotations

from lineage_stats.trace import DataRef, Operation, TraceBuilder

RUN = {"run_id": "r1", "pipeline": "p", "start_ns": 100, "tags": {"a": "b"}}


def test_an_unfinished_run_is_running_and_incomplete() -> None:
    builder = TraceBuilder(RUN)
    builder.add(Operation("k", "n", start_ns=110, duration_ns=7))
    trace = builder.build()
    assert (trace.status, trace.complete) == ("running", False)
    assert trace.end_ns == 117
    assert trace.tags == {"a": "b"}


def test_a_finished_run_takes_over_the_last_fields() -> None:
    builder = TraceBuilder(RUN)
    builder.finish({"status": "failed", "end_ns": 500, "tags": {"c": "d"}, "problems": ["x"]})
    trace = builder.build()
    assert (trace.status, trace.complete, trace.end_ns) == ("failed", True, 500)
    assert trace.tags == {"c": "d"}
    assert trace.problems == ("x",)


def test_a_finished_run_may_still_be_incomplete() -> None:
    builder = TraceBuilder(RUN)
    builder.finish({"complete": False})
    assert not builder.build().complete


def test_operations_are_ordered_by_start() -> None:
    builder = TraceBuilder(RUN)
    for start in (30, 10, 20):
        builder.add(Operation(f"k{start}", "n", start_ns=start))
    assert builder.build().keys == ("k10", "k20", "k30")


def test_an_operation_that_comes_again_replaces_the_first() -> None:
    builder = TraceBuilder(RUN)
    builder.add(Operation("k", "n", features={"calls": 1.0}))
    builder.add(Operation("k", "n", features={"calls": 2.0}))
    (op,) = builder.build()
    assert op.features == {"calls": 2.0}


def test_schemas_become_pairs_of_text() -> None:
    builder = TraceBuilder(RUN)
    builder.add_schema("s", [[1, "int64"], ["a", "object"]])
    trace = builder.build()
    assert trace.columns(DataRef("d", schema="s")) == (("1", "int64"), ("a", "object"))


def test_an_empty_run_ends_when_it_began() -> None:
    assert TraceBuilder(RUN).build().end_ns == 100


def test_the_builder_leaves_what_it_was_given_alone() -> None:
    run = dict(RUN)
    builder = TraceBuilder(run)
    builder.finish({"status": "ok"})
    assert run == RUN
