"""Axioms of the Shapley value, and honest standard errors where it is sampled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lineage_stats.attribution import shapley_values

worths = st.floats(-100, 100, allow_nan=False).map(lambda x: round(x, 3))


@st.composite
def games(draw, max_players=6):
    n = draw(st.integers(1, max_players))
    return n, draw(arrays(np.float64, 2**n, elements=worths))


def game_of(table):
    return lambda members: table[int(members @ (1 << np.arange(len(members))))]


@given(games(), st.sampled_from(["exact", "permutation"]))
@settings(deadline=None, max_examples=60)
def test_values_sum_to_the_worth_of_all(game, method):
    n, table = game
    found = shapley_values(game_of(table), n, method=method, n_permutations=6)
    assert found.values.sum() == pytest.approx(table[-1] - table[0], abs=1e-9)
    assert found.method == method


@given(games(max_players=5), st.data())
@settings(deadline=None, max_examples=40)
def test_players_that_can_be_exchanged_get_the_same(game, data):
    n, table = game
    if n < 2:
        return
    i, j = data.draw(st.permutations(range(n)))[:2]
    swap = np.arange(n)
    swap[[i, j]] = swap[[j, i]]

    def symmetric(members):
        return game_of(table)(members) + game_of(table)(members[swap])

    values = shapley_values(symmetric, n).values
    assert values[i] == pytest.approx(values[j], abs=1e-9)


@given(games(max_players=5), st.sampled_from(["exact", "permutation"]))
@settings(deadline=None, max_examples=40)
def test_a_player_without_influence_gets_exactly_nothing(game, method):
    n, table = game
    inner = game_of(table)
    found = shapley_values(lambda m: inner(m[:-1]), n + 1, method=method, n_permutations=6)
    assert found.values[-1] == 0.0


@given(st.integers(1, 5), st.data())
@settings(deadline=None, max_examples=40)
def test_values_of_a_sum_of_games_are_sums_of_values(n, data):
    a, b = (data.draw(arrays(np.float64, 2**n, elements=worths)) for _ in "ab")
    both = shapley_values(game_of(a + b), n).values
    apart = shapley_values(game_of(a), n).values + shapley_values(game_of(b), n).values
    np.testing.assert_allclose(both, apart, atol=1e-9)


def product_game(factors):
    return lambda members: float(np.prod(np.where(members, factors, 1.0)))


def test_sampling_agrees_with_enumeration_within_its_standard_errors():
    factors = np.array([0.3, 0.9, 1.4, 0.7, 1.1, 0.5, 1.2, 0.8])
    truth = shapley_values(product_game(factors), 8, method="exact").values
    inside = []
    for seed in range(60):
        found = shapley_values(
            product_game(factors), 8, method="permutation", n_permutations=24, random_state=seed
        )
        inside.append(np.abs(found.values - truth) <= 2 * found.standard_errors)
    assert 0.85 <= np.mean(inside) <= 0.99


def test_an_order_and_its_reverse_are_better_than_two_orders():
    factors = np.array([0.3, 0.9, 1.4, 0.7, 1.1, 0.5])
    game = product_game(factors)
    truth = shapley_values(game, 6).values
    rng = np.random.default_rng(1)

    def plain():
        total = np.zeros(6)
        for _ in range(20):
            members = np.zeros(6, dtype=bool)
            for i in rng.permutation(6):
                before = game(members)
                members[i] = True
                total[i] += game(members) - before
        return total / 20

    paired = [
        shapley_values(game, 6, method="permutation", n_permutations=20, random_state=s).values
        for s in range(60)
    ]
    error = np.mean((np.array(paired) - truth) ** 2)
    assert error < 0.8 * np.mean([(plain() - truth) ** 2 for _ in range(60)])


def test_each_coalition_is_evaluated_once():
    calls = []
    found = shapley_values(lambda m: calls.append(m.tobytes()) or float(m.sum()), 4)
    assert found.n_evaluations == len(calls) == len(set(calls)) == 16


def test_few_players_are_enumerated_and_many_sampled():
    assert shapley_values(lambda m: float(m.sum()), 10).method == "exact"
    many = shapley_values(lambda m: float(m.sum()), 11, n_permutations=4)
    assert many.method == "permutation"
    np.testing.assert_allclose(many.values, 1.0)
    np.testing.assert_allclose(many.standard_errors, 0.0, atol=1e-12)


def test_the_same_seed_gives_the_same_values_and_leaves_the_global_generator_alone():
    game = product_game(np.linspace(0.5, 1.5, 12))
    before = np.random.get_state()[1].copy()  # noqa: NPY002  # that it stays is tested
    one, two = (shapley_values(game, 12, n_permutations=8, random_state=3).values for _ in "ab")
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002  # as above


def test_no_players():
    found = shapley_values(lambda m: 3.0, 0)
    assert found.values.shape == (0,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_players": -1}, "'n_players' parameter of shapley_values must be a non-negative int"),
        ({"method": "quick"}, "'method' parameter .* Got 'quick' instead"),
        ({"n_permutations": 2}, "'n_permutations' parameter .* at least 4"),
        ({"n_players": 21, "method": "exact"}, "'permutation' for more than 20 players"),
    ],
)
def test_parameters_out_of_range_are_named(options, message):
    options = {"n_players": 3, **options}
    with pytest.raises(ValueError, match=message):
        shapley_values(lambda m: 0.0, **options)


def test_a_worth_that_is_no_number_is_refused_with_its_coalition():
    with pytest.raises(ValueError, match=r"returned nan for the coalition \[1\]"):
        shapley_values(lambda m: float("nan") if m[1] and not m[0] else 0.0, 2)


def test_it_says_what_it_is():
    assert repr(shapley_values(lambda m: float(m.sum()), 2)) == (
        "<ShapleyResult: 2 players, exact, 4 evaluations, total 2>"
    )
