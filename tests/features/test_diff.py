"""A difference of two runs says what differs, and nothing else."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from lineage_stats.features import diff_runs
from lineage_stats.trace import DataRef, Operation, Trace
from tests.strategies import MERGE, METRIC, InjectedFault, make_trace, traces


def step(name, i=1, scope="f", **fields):
    return Operation(f"{scope}/{name}#{i}", name, scope=scope, occurrence=i, **fields)


def chain(*names):
    return Trace("r", "p", tuple(step(name, start_ns=i) for i, name in enumerate(names)))


def kinds(diff):
    return [(change.kind, change.operation) for change in diff]


@given(traces())
def test_a_run_does_not_differ_from_itself(run):
    diff = diff_runs(run, run)
    assert (diff.changes, diff.n_same) == ((), len(run))


@given(traces(pipeline="p"), traces(pipeline="p"))
def test_any_two_runs_can_be_compared(one, other):
    diff = diff_runs(one, other)
    json.dumps(diff.to_dict(), allow_nan=False)
    assert len(diff.to_frame()) == len(diff)
    assert len(diff.of("added")) - len(diff.of("removed")) == len(other) - len(one)


def test_a_step_that_was_put_in_is_one_change():
    diff = diff_runs(chain("a", "b", "c"), chain("a", "new", "b", "c"))
    assert kinds(diff) == [("added", "f/new#1")]
    assert diff.n_same == 3


def test_a_step_that_was_taken_out_is_one_change():
    assert kinds(diff_runs(chain("a", "b", "c"), chain("a", "c"))) == [("removed", "f/b#1")]


def test_the_one_step_that_moved_is_named():
    diff = diff_runs(chain("a", "b", "c", "d"), chain("b", "c", "a", "d"))
    assert kinds(diff) == [("moved", "f/a#1")]


def test_other_parents_parameters_code_and_schema_are_told():
    one, two = DataRef("d1", "table", 5, 2, "s"), DataRef("d2", "table", 5, 2, "s")
    before = (
        step("a", outputs=(one,)),
        step("b", outputs=(two,)),
        step("c", inputs=(one,), outputs=(DataRef("d3", "table", 5, 2, "s"),),
             facts={"param[how]": "left", "code": "pandas 2", "statement": "1"}),
    )  # fmt: skip
    after = (
        *before[:2],
        replace(before[2], inputs=(two,), outputs=(DataRef("d3", "table", 5, 2, "t"),),
                facts={"param[how]": "inner", "code": "pandas 3", "statement": "2"}),
    )  # fmt: skip
    schemas = {"s": (("x", "int64"), ("y", "object")), "t": (("x", "int64"), ("y", "category"))}
    diff = diff_runs(Trace("1", "p", before, schemas=schemas),
                     Trace("2", "p", after, schemas=schemas))  # fmt: skip
    found = {change.kind: (change.name, change.before, change.after) for change in diff}
    assert found == {
        "parents": ("", "f/a#1", "f/b#1"),
        "parameter": ("how", "left", "inner"),
        "code": ("code", "pandas 2", "pandas 3"),
        "schema": ("columns", "y object", "y category"),
    }


def test_healthy_runs_hardly_differ_and_a_fault_shows():
    fault = InjectedFault("rows_lost", MERGE, severity=0.4)
    assert len(diff_runs(make_trace(0), make_trace(1))) < 3
    diff = diff_runs(make_trace(0), make_trace(1, fault=fault))
    assert diff.of("rows")[0].operation == MERGE
    assert diff.of("rows")[0].location == "churn.py:16"
    assert diff.of("metric")[0].operation == METRIC


def with_mean(value, sd=1.0):
    features = {"mean[x]": value, "sd[x]": sd, "max[x]": value + 3 * sd, "cpu": value}
    return Trace("r", "p", (step("a", features=features),))


def test_numbers_are_compared_on_the_scale_of_their_column():
    assert not diff_runs(with_mean(100.0), with_mean(100.1)).changes
    (change,) = diff_runs(with_mean(100.0), with_mean(101.0)).changes
    assert (change.name, change.size) == ("mean[x]", 1.0)
    assert diff_runs(with_mean(100.0), with_mean(100.1), tolerance=0.05).changes


def test_the_run_itself_is_compared():
    before = Trace("1", "p", environment={"package:pandas": "2.3", "pid": "1", "git_commit": "a"})
    after = Trace("2", "p", environment={"package:pandas": "3.1", "pid": "2", "git_commit": "b"},
                  status="failed")  # fmt: skip
    diff = diff_runs(before, after)
    assert [(c.kind, c.name, c.before, c.after) for c in diff] == [
        ("environment", "git_commit", "a", "b"),
        ("environment", "pandas", "2.3", "3.1"),
        ("status", "run", "ok", "failed"),
    ]
    assert "environment pandas: 2.3 -> 3.1" in diff.summary()


def test_a_negative_tolerance_is_refused():
    with pytest.raises(ValueError, match="must be a float of at least 0"):
        diff_runs(with_mean(1.0), with_mean(1.0), tolerance=-1)
