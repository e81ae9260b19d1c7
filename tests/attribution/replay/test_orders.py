"""Averages over the orders that can be gone through."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lineage_stats.attribution import shapley_values
from lineage_stats.attribution.replay._orders import spread_over_orders, values_over_orders

worths = st.floats(-100, 100, allow_nan=False).map(lambda x: round(x, 3))


@st.composite
def games(draw, max_players=5):
    n = draw(st.integers(1, max_players))
    return n, draw(arrays(np.float64, 2**n, elements=worths))


def everywhere(worth):
    return np.ones(len(worth), dtype=bool)


@given(games())
def test_without_gaps_these_are_the_shapley_values(game):
    n, worth = game
    truth = shapley_values(lambda m: worth[int(m @ (1 << np.arange(n)))], n).values
    np.testing.assert_allclose(values_over_orders(worth, everywhere(worth)), truth, atol=1e-9)


@given(games(), st.data())
def test_with_gaps_these_are_the_means_over_the_remaining_orders(game, data):
    n, worth = game
    passable = np.array(data.draw(st.lists(st.booleans(), min_size=2**n, max_size=2**n)))
    passable[[0, -1]] = True
    added = []
    for order in itertools.permutations(range(n)):
        masks = [0]
        for player in order:
            masks.append(masks[-1] | 1 << player)
        if passable[masks].all():
            added.append(np.diff(worth[masks])[np.argsort(order)])
    found = values_over_orders(np.where(passable, worth, np.nan), passable)
    if not added:
        assert found is None
    else:
        np.testing.assert_allclose(found, np.mean(added, axis=0), atol=1e-9)
        assert found.sum() == pytest.approx(worth[-1] - worth[0], abs=1e-9)


def test_without_a_begin_or_an_end_there_is_no_order():
    worth = np.array([0.0, 1.0])
    assert values_over_orders(worth, np.array([False, True])) is None
    assert values_over_orders(worth, np.array([True, False])) is None


def test_the_spread_is_half_of_how_much_the_additions_differ():
    worth = np.array([0.0, 1.0, 2.0, 7.0])
    np.testing.assert_allclose(spread_over_orders(worth, everywhere(worth)), [2.0, 2.0])
    known = np.array([True, True, False, True])
    np.testing.assert_allclose(spread_over_orders(worth, known), [0.0, 0.0])
