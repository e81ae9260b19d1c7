"""The truth of shares is the Shapley value."""

import itertools

import pytest
from corpus.shares import shares, versions
from hypothesis import given
from hypothesis import strategies as st

NAMES = ("a", "b", "c")


def test_versions_are_all_subsets():
    found = list(versions(NAMES))
    assert found[0] == ()
    assert found[-1] == NAMES
    assert len(set(found)) == 8


@given(st.lists(st.floats(-1, 1), min_size=8, max_size=8))
def test_shares_are_means_over_all_orders_and_add_up(values):
    worse = dict(zip(map(frozenset, versions(NAMES)), values, strict=True))
    found = shares(NAMES, worse)
    orders = list(itertools.permutations(NAMES))
    for name in NAMES:
        added = [
            worse[frozenset(order[: order.index(name) + 1])]
            - worse[frozenset(order[: order.index(name)])]
            for order in orders
        ]
        assert found[name] == pytest.approx(sum(added) / len(orders))
    assert sum(found.values()) == pytest.approx(worse[frozenset(NAMES)] - worse[frozenset()])


def test_one_change_answers_for_everything():
    assert shares(["a"], {frozenset(): 0.0, frozenset("a"): 0.25}) == {"a": 0.25}
