"""The closed form of an additive game with Gaussian effects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.attribution import gaussian_allocation, shapley_values

spreads = st.lists(st.floats(0, 50), min_size=1, max_size=8)


@given(st.floats(-1e3, 1e3), spreads, st.floats(0.1, 10))
@settings(deadline=None)
def test_shares_and_chance_sum_to_the_total(total, spread, noise):
    found = gaussian_allocation(total, spread, noise=noise)
    assert found.shares.sum() + found.unexplained == pytest.approx(total, abs=1e-9)


@given(st.floats(0.1, 1e3), spreads, st.floats(0.1, 10))
@settings(deadline=None)
def test_null_players_get_nothing_and_equal_players_the_same(total, spread, noise):
    found = gaussian_allocation(total, [*spread, 0.0, 2.0, 2.0], noise=noise)
    assert found.shares[-3] == 0.0
    assert found.standard_errors[-3] == 0.0
    assert found.shares[-1] == found.shares[-2]


def test_it_is_the_conditional_mean_and_covariance_of_simulated_effects():
    rng = np.random.default_rng(0)
    spread, mean, noise, total = np.array([3.0, 1.0]), np.array([1.0, 0.0]), 1.0, 4.0
    effects = np.column_stack(
        [mean + spread * rng.standard_normal((400_000, 2)), noise * rng.standard_normal(400_000)]
    )
    near = effects[np.abs(effects.sum(axis=1) - total) < 0.1]
    found = gaussian_allocation(total, spread, noise=noise, prior_mean=mean)
    np.testing.assert_allclose(near[:, :2].mean(axis=0), found.shares, atol=0.06)
    np.testing.assert_allclose(near.std(axis=0)[:2], found.standard_errors, atol=0.05)
    assert near[:, 2].std() == pytest.approx(found.unexplained_error, abs=0.05)
    np.testing.assert_allclose(np.cov(near.T), found.covariance, atol=0.1)


def test_shares_are_expected_shapley_values():
    found = gaussian_allocation(10.0, [4.0, 2.0], noise=1.0)
    effects = np.append(found.shares, found.unexplained)
    exact = shapley_values(lambda m: float(effects[m].sum()), 3)
    np.testing.assert_allclose(exact.values, effects)


def test_probability_of_the_largest():
    found = gaussian_allocation(10.0, [8.0, 8.0, 0.0], noise=0.5)
    chance = found.probability_of_largest()
    assert chance.sum() == pytest.approx(1.0)
    assert chance[0] == pytest.approx(0.5, abs=0.05)
    assert chance[2] == 0.0
    np.testing.assert_array_equal(chance, found.probability_of_largest())


def test_without_any_player_chance_wins():
    found = gaussian_allocation(3.0, [0.0, 0.0], noise=1.0)
    assert found.unexplained == 3.0
    assert found.probability_of_largest().tolist() == [0.0, 0.0, 1.0]


def test_impossible_spreads_are_refused():
    with pytest.raises(ValueError, match=r"'noise' parameter .* positive float. Got 0"):
        gaussian_allocation(1.0, [1.0], noise=0)
    with pytest.raises(ValueError, match=r"'prior_sd' parameter .* no negative value"):
        gaussian_allocation(1.0, [-1.0], noise=1.0)
