"""What is known of rows, and what follows from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.hooks._pyspark._rows import (
    ContradictionError,
    Rows,
    Step,
    exactly,
    settle,
)


def chain(*relations: str, last: Rows) -> list[Step]:
    steps = [Step()]
    for relation in relations:
        steps.append(Step(relation, [steps[-1]], limit=10))
    steps[-1].rows = last
    return steps


def test_columns_change_no_rows() -> None:
    steps = chain("same", "same", last=exactly(7))
    settle(steps)
    assert [step.rows.exact for step in steps] == [7, 7, 7]


def test_before_a_filter_there_were_at_least_as_many() -> None:
    steps = chain("fewer", "same", last=exactly(7))
    settle(steps)
    assert steps[0].rows == Rows(7, None)


def test_a_limit_that_was_not_reached_says_how_many_there_were() -> None:
    few, many = chain("limit", last=exactly(4)), chain("limit", last=exactly(10))
    settle(few)
    settle(many)
    assert few[0].rows == exactly(4)
    assert many[0].rows == Rows(10, None)


def test_the_other_part_of_a_union() -> None:
    one, other = Step(rows=exactly(3)), Step()
    union = Step("sum", [one, other], rows=exactly(10))
    settle([one, other, union])
    assert other.rows == exactly(7)


def test_groups_there_are_if_there_are_rows() -> None:
    steps = chain("groups", last=Rows())
    steps[0].rows = exactly(12)
    settle(steps)
    assert steps[1].rows == Rows(1, 12)


def test_statements_that_exclude_each_other() -> None:
    steps = chain("fewer", last=exactly(7))
    steps[0].rows = exactly(6)
    with pytest.raises(ContradictionError):
        settle(steps)


@given(
    st.lists(st.sampled_from(["same", "fewer", "limit", "groups"]), min_size=1, max_size=6),
    st.integers(0, 30),
    st.data(),
)
def test_what_follows_from_the_truth_holds_the_truth(
    relations: list[str], n_rows: int, data: st.DataObject
) -> None:
    steps = chain(*relations, last=Rows())
    truth = [n_rows]
    for relation in relations:
        n = truth[-1]
        if relation == "limit":
            n = min(n, 10)
        elif relation in ("fewer", "groups"):
            n = data.draw(st.integers(min(n, 1) if relation == "groups" else 0, n))
        truth.append(n)
    for step, n in zip(steps, truth, strict=True):
        if data.draw(st.booleans()):
            step.rows = exactly(n)
    settle(steps)
    for step, n in zip(steps, truth, strict=True):
        assert step.rows.low <= n
        assert step.rows.high is None or n <= step.rows.high
