"""Edges and how they add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.trace import DataRef
from lineage_stats.trace._lineage._frame import (
    RELATIONS,
    UNKNOWN,
    Frame,
    Known,
    composed,
    merged,
    used,
    valued,
)

A, B = ("d1", "a"), ("d1", "b")
relations = st.sampled_from(RELATIONS)


@given(first=relations, second=relations, third=relations)
def test_composing_is_associative_and_stays_in_the_vocabulary(first, second, third):
    left = composed(composed(first, second), third)
    assert left == composed(first, composed(second, third))
    assert left in RELATIONS
    assert composed("identity", first) == composed(first, "identity") == first


def test_what_is_certain_stays_certain():
    sure, unsure = {(A, "derived"): False}, {(A, "derived"): True}
    assert merged(sure, unsure) == merged(unsure, sure) == sure
    assert merged(unsure) == unsure


def test_values_and_choices():
    edges = {(A, "identity"): False, (A, "derived"): True, (B, "filtered-by"): False}
    assert valued(edges, "aggregated") == {(A, "aggregated"): False, (B, "filtered-by"): False}
    assert used(edges, "joined-on") == {(A, "joined-on"): False, (B, "joined-on"): False}


@pytest.fixture
def known():
    found = Known({"s": ("a", "b"), "o": ("0",)})
    found.refs = {
        "d1": DataRef("d1", "table", 3, 2, "s"),
        "d2": DataRef("d2", "table", 3, 2, "s"),
        "d3": DataRef("d3", "column", 3, 1, "o"),
        "m": DataRef("m", "model"),
    }
    return found


def test_inputs_of_recipes(known):
    assert list(known.frame("d1").columns) == ["a", "b"]
    assert known.frame("m").all() == {(("m", None), "identity"): False}
    assert known.frame("?").all() == {(UNKNOWN, "derived"): True}
    one = known.frame(["c", ["d1", "a", "d"], ["d1", "b", "d"]])
    assert one.all() == {(A, "derived"): False, (B, "derived"): False}
    both = known.frame(["t", ["d1", None, "d"], ["d1", "b", "a"]])
    assert both.columns["a"] == {(A, "derived"): False, (B, "aggregated"): False}


def test_a_column_that_is_not_there_may_be_any(known):
    assert known.frame(["c", ["d1", "gone"]]).all() == {
        (A, "identity"): True, (B, "identity"): True,
    }  # fmt: skip


def test_rows_of_other_data_bring_what_chose_them(known):
    known.states["d2"] = Frame(rows={(B, "filtered-by"): False}, token="other")
    frame = known.frame("d1")
    assert frame.alignment(known.frame("d1")) == {}
    assert frame.alignment(known.frame("d2")) == {(B, "filtered-by"): False}
