"""Steps of a renamed function are the same steps."""

from __future__ import annotations

import pytest

from lineage_stats.attribution._match import keys_in_run, match_moved
from lineage_stats.trace import DataRef, Operation, Trace, align


def trace(*operations):
    made = [
        Operation(f"{scope}/{name}#{n}", name, scope=scope, occurrence=n, facts={"call": call})
        for scope, name, n, call in operations
    ]
    return Trace("r", "p", tuple(made))


def keys(reference, other):
    return match_moved(reference, other, align([reference, other], reference=0).mappings[1])


def test_a_renamed_function_keeps_its_steps():
    old = trace(("clean", "query", 1, "a"), ("clean", "merge", 1, "b"), ("main", "read", 1, "c"))
    new = trace(("tidy", "query", 1, "a"), ("tidy", "merge", 1, "b"), ("main", "read", 1, "c"))
    assert keys(old, new) == {
        "tidy/query#1": "clean/query#1", "tidy/merge#1": "clean/merge#1",
        "main/read#1": "main/read#1",
    }  # fmt: skip


def test_a_step_more_is_matched_by_its_call():
    old = trace(("clean", "query", 1, "a"), ("clean", "query", 2, "b"))
    new = trace(("tidy", "query", 1, "x"), ("tidy", "query", 2, "b"), ("tidy", "query", 3, "a"))
    assert keys(old, new) == {
        "tidy/query#1": "tidy/query#1", "tidy/query#2": "clean/query#2",
        "tidy/query#3": "clean/query#1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("calls", "first"), [("ba", "f/query#2"), ("bc", "f/query#1"), ("bb", "f/query#1")]
)
def test_steps_in_another_order_are_told_by_their_calls(calls, first):
    old = trace(("f", "query", 1, "a"), ("f", "query", 2, "b"))
    new = trace(("f", "query", 1, calls[0]), ("f", "query", 2, calls[1]))
    found = keys(old, new)
    assert found["f/query#1"] == first
    assert sorted(found.values()) == ["f/query#1", "f/query#2"]


def test_steps_of_another_name_stay_new():
    old, new = trace(("f", "query", 1, "a")), trace(("f", "sample", 1, "a"))
    assert keys(old, new) == {"f/sample#1": "f/sample#1"}


def test_a_method_of_another_class_is_the_same_step_if_its_call_is():
    old = trace(("f", "Forest.predict", 1, "a"), ("f", "Forest.fit", 1, "b"))
    new = trace(("f", "Linear.predict", 1, "a"), ("f", "Linear.fit", 1, "x"))
    assert keys(old, new) == {
        "f/Linear.predict#1": "f/Forest.predict#1", "f/Linear.fit#1": "f/Linear.fit#1"
    }  # fmt: skip


def test_functions_of_the_same_call_stay_apart():
    old, new = trace(("f", "read_csv", 1, "a")), trace(("f", "concat", 1, "a"))
    assert keys(old, new) == {"f/concat#1": "f/concat#1"}


def flow(*steps, columns=()):
    """Make a run of steps, each of which reads what some others made.

    `columns` names the one column that a step makes.
    """
    made = [
        Operation(
            f"f/{name}#1", name, scope="f", occurrence=1,
            inputs=tuple(DataRef(f"of {parent}", "table") for parent in parents),
            outputs=(DataRef(f"of {name}", "table", schema=dict(columns).get(name)),),
        )
        for name, *parents in steps
    ]  # fmt: skip
    schemas = {column: ((column, "float64"),) for column in dict(columns).values()}
    return Trace("r", "p", tuple(made), schemas=schemas)


def test_what_stands_where_a_step_stood_replaced_it():
    old = flow(("read",), ("GroupBy.mean", "read"), ("reset", "GroupBy.mean"), ("fit", "reset"))
    new = flow(("read",), ("GroupBy.count", "read"), ("reset", "GroupBy.count"), ("fit", "reset"))
    assert keys(old, new)["f/GroupBy.count#1"] == "f/GroupBy.mean#1"


@pytest.mark.parametrize(
    "steps",
    [
        (("read",), ("other",), ("drop", "other"), ("sort", "drop"), ("fit", "sort")),
        (("read",), ("drop", "read"), ("sort", "read"), ("fit", "sort")),
        (("drop",), ("sort", "drop"), ("fit", "sort")),
    ],
    ids=["reads something else", "is read by others", "reads nothing"],
)
def test_a_new_step_elsewhere_replaces_none(steps):
    old = flow(("read",), ("other",), ("clip", "read"), ("sort", "clip"), ("fit", "sort"))
    assert keys(old, flow(*steps))["f/drop#1"] == "f/drop#1"


def test_of_two_steps_that_stood_alike_none_is_replaced():
    two = flow(("read",), ("a", "read"), ("b", "read"), ("join", "a", "b"))
    one = flow(("read",), ("c", "read"), ("join", "c"))
    assert keys(two, one)["f/c#1"] == "f/c#1"
    assert keys(one, two)["f/a#1"] == "f/a#1"
    assert keys(one, two)["f/b#1"] == "f/b#1"


def test_of_two_steps_the_one_that_makes_the_same_column_replaced_it():
    old = flow(("read",), ("clip", "read"), ("join", "clip"), columns={"clip": "a"})
    new = flow(
        ("read",), ("fill", "read"), ("round", "read"), ("join", "fill", "round"),
        columns={"fill": "c", "round": "a"},
    )  # fmt: skip
    found = keys(old, new)
    assert (found["f/round#1"], found["f/fill#1"]) == ("f/clip#1", "f/fill#1")


def test_keys_of_the_run_are_told_apart_from_those_of_steps_that_it_lacks():
    old = trace(("f", "fillna", 1, "a"), ("f", "fillna", 2, "b"), ("f", "drop", 1, "c"))
    new = trace(("f", "fillna", 1, "b"), ("f", "query", 1, "d"))
    aligned = keys(old, new)
    assert keys_in_run(aligned, [*old.keys, "f/query#1"]) == {
        "f/fillna#1": "f/fillna#1-", "f/fillna#2": "f/fillna#1", "f/drop#1": "f/drop#1",
        "f/query#1": "f/query#1",
    }  # fmt: skip
