"""Closed forms against enumeration, and the axioms of the Shapley value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.attribution import (
    link_game_values,
    maximum_game_values,
    product_game_values,
    shapley_values,
)

factors = st.lists(st.floats(-2, 3).map(lambda x: round(x, 3)), min_size=1, max_size=7)
effects = st.lists(st.floats(-2, 2).map(lambda x: round(x, 3)), min_size=1, max_size=7)
heights = st.lists(st.floats(0, 9).map(lambda x: round(x, 1)), min_size=1, max_size=7)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def product_game(a, scale=1.0):
    return lambda members: scale * float(np.prod(np.where(members, a, 1.0)))


def link_game(e, link, start):
    return lambda members: float(link(start + np.sum(np.where(members, e, 0.0))))


def maximum_game(h):
    return lambda members: float(np.max(np.where(members, h, 0.0)))


@given(factors)
def test_products_agree_with_enumeration(a):
    truth = shapley_values(product_game(a, 10.0), len(a)).values
    found = product_game_values(a, scale=10.0)
    np.testing.assert_allclose(found, truth, atol=1e-9 * max(1, np.abs(truth).max()))


@given(effects, st.sampled_from([logistic, np.exp, np.tanh, np.square]), st.floats(-2, 2))
def test_links_agree_with_enumeration(e, link, start):
    truth = shapley_values(link_game(e, link, start), len(e)).values
    found = link_game_values(e, link, start=start)
    np.testing.assert_allclose(found, truth, atol=1e-8 * max(1, np.abs(truth).max()))


@given(heights)
def test_maxima_agree_with_enumeration(h):
    truth = shapley_values(maximum_game(h), len(h)).values
    np.testing.assert_allclose(maximum_game_values(h), truth, atol=1e-9)


@given(st.integers(1, 60), st.integers(0, 2**31))
def test_values_sum_to_the_whole_for_many_players(n, seed):
    rng = np.random.default_rng(seed)
    a, e = rng.uniform(0.5, 1.5, n), rng.normal(0, 2 / np.sqrt(n), n)
    assert product_game_values(a).sum() == pytest.approx(np.prod(a) - 1, abs=1e-9)
    whole = logistic(1 + e.sum()) - logistic(1.0)
    assert link_game_values(e, logistic, start=1.0).sum() == pytest.approx(whole, abs=1e-9)
    assert maximum_game_values(a).sum() == pytest.approx(a.max(), abs=1e-9)


@given(factors, effects, heights)
def test_who_changes_nothing_gets_nothing_and_changes_nothing(a, e, h):
    for values, null in ((product_game_values, 1.0), (maximum_game_values, 0.0)):
        given_players = a if values is product_game_values else h
        more = values([*given_players, null])
        assert more[-1] == 0.0
        np.testing.assert_allclose(more[:-1], values(given_players), atol=1e-9)
    more = link_game_values([*e, 0.0], logistic)
    assert more[-1] == 0.0
    np.testing.assert_allclose(more[:-1], link_game_values(e, logistic), atol=1e-9)


@given(factors, effects, heights)
def test_equal_players_get_equal_values(a, e, h):
    for values in (
        product_game_values([*a, a[0]]),
        link_game_values([*e, e[0]], logistic),
        maximum_game_values([*h, h[0]]),
    ):
        assert values[0] == pytest.approx(values[-1], abs=1e-9)


def test_a_link_of_many_players_is_within_its_series():
    rng = np.random.default_rng(0)
    e = rng.normal(0, 0.5, 14)
    truth = shapley_values(link_game(e, logistic, 1.0), 14, method="exact").values
    np.testing.assert_allclose(link_game_values(e, logistic, start=1.0), truth, atol=1e-9)


def test_nobody():
    assert product_game_values([]).size == maximum_game_values([]).size == 0
    assert link_game_values([], logistic).size == 0
    assert link_game_values([0.0, 0.0], logistic).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: product_game_values([np.nan]), "'factors' parameter of product_game_values"),
        (lambda: product_game_values([[1.0]]), "one-dimensional"),
        (lambda: link_game_values([np.inf], np.exp), "'effects' parameter of link_game_values"),
        (lambda: link_game_values([1.0], np.exp, n_terms=0), "'n_terms' .* from 1 to 4096"),
        (lambda: link_game_values([1.0], np.log), "'link' .* must return a finite number"),
        (lambda: maximum_game_values([-1.0]), "must hold no negative value. Got -1.0|-1"),
    ],
)
def test_parameters_out_of_range_are_named(call, message):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=message):
        call()
