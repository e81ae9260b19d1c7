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
        "code": ("statement", "", ""),
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


SCHEMAS = {"s": (("x", "float64"),), "t": (("x", "float64"), ("y", "float64"))}


def handing_on(name, rows, mean, schema="s"):
    """A run in which the second and third step hand on what the first one makes."""
    operations, inputs = [], ()
    for i, key in enumerate("abc"):
        made = (DataRef(f"d{i}", "table", rows[i], 2, schema),)
        operations.append(
            step(key, inputs=inputs, outputs=made,
                 features={"mean[x]": mean + 0.01 * i, "sd[x]": 1.0}),
        )  # fmt: skip
        inputs = made
    return Trace(name, "p", tuple(operations), schemas=SCHEMAS)


def test_what_is_handed_on_is_told_where_it_began():
    before = handing_on("1", (100, 90, 80), 1.0)
    after = handing_on("2", (50, 45, 41), 3.0, "t")
    diff = diff_runs(before, after)
    assert [(c.kind, c.operation, c.n_more) for c in diff] == [
        ("schema", "f/a#1", 2), ("rows", "f/a#1", 2), ("profile", "f/a#1", 2),
    ]  # fmt: skip
    assert diff.n_same == 0
    assert "100 -> 50" in diff.summary()
    assert "[and 2 more]" in diff.summary()


def test_what_grows_on_its_way_is_told_again():
    diff = diff_runs(handing_on("1", (100, 90, 80), 1.0), handing_on("2", (100, 45, 10), 1.0))
    assert [(c.operation, c.after, c.n_more) for c in diff.of("rows")] == [
        ("f/b#1", "45", 0), ("f/c#1", "10", 0),
    ]  # fmt: skip


def test_calls_of_one_line_are_told_once():
    def run(name, alpha):
        return Trace(name, "p", tuple(
            replace(step(key), facts={"param[alpha]": alpha}, file="f.py", line=3) for key in "abc"
        ))  # fmt: skip

    (change,) = diff_runs(run("1", "1.0"), run("2", "9.0"))
    assert (change.operation, change.n_more) == ("f/a#1", 2)


def with_facts(name, *keys, **facts):
    return Trace(name, "p", tuple(
        replace(step(key), facts=facts, file="f.py", line=i) for i, key in enumerate(keys)
    ))  # fmt: skip


def test_code_that_is_not_recorded_is_told_unless_it_may_be_recorded_now():
    before, after = with_facts("1", "a", "b", slice="1"), with_facts("2", "a", "b", slice="2")
    assert [c.name for c in diff_runs(before, after)] == ["unrecorded code before it"] * 2
    assert diff_runs(before, with_facts("2", "a", "b", "c", slice="2")).of("code") == ()


def test_code_that_is_not_recorded_is_told_where_it_comes_in():
    def run(name):
        made = (DataRef("d1", "table", 5, 2, "s"),)
        first = replace(step("a", outputs=made, facts={"slice": name}), file="f.py", line=1)
        second = replace(step("b", inputs=made, facts={"slice": name}), file="f.py", line=2)
        return Trace(name, "p", (first, second))

    assert [c.operation for c in diff_runs(run("1"), run("2"))] == ["f/a#1"]


def test_statements_without_a_place_are_told_each():
    one = Trace("1", "p", (step("a", facts={"call": "1"}), step("b", facts={"statement": "1"})))
    two = Trace("2", "p", (step("a", facts={"call": "2"}), step("b", facts={"statement": "2"})))
    assert [c.operation for c in diff_runs(one, two)] == ["f/a#1", "f/b#1"]


def test_a_step_that_was_put_in_hands_on_what_it_was_given():
    before, after = handing_on("1", (100, 90, 80), 1.0), handing_on("2", (50, 45, 40), 1.0)
    a, b, c = after.operations
    made = (DataRef("dz", "table", 50, 2, "s"),)
    new = step("z", inputs=a.outputs, outputs=made)
    after = replace(after, operations=(a, new, replace(b, inputs=made), c))
    assert [(c.operation, c.n_more) for c in diff_runs(before, after).of("rows")] == [("f/a#1", 2)]


def test_a_file_of_another_path_is_told_once():
    def read(name, path):
        facts = {"param[filepath_or_buffer]": path, "file[path]": path}
        return Trace(name, "p", (step("a", facts=facts),))

    assert [c.kind for c in diff_runs(read("1", "a.csv"), read("2", "b.csv"))] == ["source"]
