"""Expressions of plans, brought to one form."""

from __future__ import annotations

import pytest

from lineage_stats.hooks._pyspark._text import (
    aliased,
    conjuncts,
    equal_pair,
    implies,
    normal,
    not_null,
    resolved,
)


@pytest.mark.parametrize(
    ("written", "run"),
    [
        ("(v#9 > cast(cast(10 as decimal(2,0)) as decimal(23,1)))", "(v#9 > 10.0)"),
        ("NOT (k#8L = cast(3 as bigint))", "NOT (k#8L = 3)"),
        ("(v#9 * cast(2 as decimal(1,0)))", "(v#9 * 2)"),
        ("upper(cast(a#1 as string))", "upper(a#1)"),
    ],
)
def test_a_condition_is_the_same_before_and_after_it_is_optimised(written: str, run: str) -> None:
    assert normal(written) == normal(run)


@pytest.mark.parametrize(
    ("one", "other"),
    [("(a#1 > 10)", "(a#1 > 11)"), ("(a#1 > 10)", "(a#2 > 10)"), ("(a#1 = 1.5)", "(a#1 = 15)")],
)
def test_different_conditions_stay_different(one: str, other: str) -> None:
    assert normal(one) != normal(other)


def test_what_cannot_be_taken_apart_is_left_alone() -> None:
    assert normal("cast(a#1 as") == "cast(#1 as"
    assert conjuncts("(a AND") == ["(a AND"]
    assert conjuncts("((a OR b) AND c)") == ["(a OR b)", "c"]


def test_only_what_stands_outside_of_parentheses_is_joined_by_and() -> None:
    assert conjuncts("NOT ((#1 > 1) AND (#2 > 1))") == ["NOT ((#1 > 1) AND (#2 > 1))"]


def test_computed_columns_are_replaced_by_how() -> None:
    assert resolved("(#3 > 1)", {"3": "(#2 * 2)", "2": "#1"}) == "((#1 * 2) > 1)"


def test_definitions_in_a_circle_end() -> None:
    assert "#1" in resolved("#1", {"1": "(#1 + 1)"})


def test_aliases() -> None:
    assert aliased("(v#9 * 2) AS w#14L") == ("(v#9 * 2)", "w", "14")
    assert aliased("v#9") is None
    assert equal_pair("(#1 = #2)") == ("1", "2")
    assert equal_pair("(#1 = 2)") is None
    assert not_null("isnotnull(#1)") == "#1"


@pytest.mark.parametrize(
    ("condition", "implied"),
    [
        ("(#1 > 3)", True),
        ("NOT (#1 = 3)", True),
        ("(upper(#1) = A)", True),
        ("#1 IN (1,2)", True),
        ("(#1 <=> 3)", False),
        ("((#1 > 3) OR (#2 > 3))", False),
        ("(coalesce(#1, 0) > 3)", False),
        ("isnull(#1)", False),
        ("(f(#1)#22 > 3)", False),
        ("(#2 > 3)", False),
    ],
)
def test_what_says_that_a_column_is_there(condition: str, implied: bool) -> None:
    assert implies(condition, "#1") is implied
