"""Shares of a replayed game: exact, with players left out, sampled, cut short."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lineage_stats.attribution import shapley_values
from lineage_stats.attribution.replay._coalitions import Budget, Coalitions
from lineage_stats.attribution.replay._divide import divide, with_the_worst
from lineage_stats.attribution.replay._view import View

NAMES = "abcdefgh"
worths = st.floats(-1, 1, allow_nan=False).map(lambda x: round(x, 4))


def view_of(value, n, **options):
    """Return a view on a game; `value` takes a set of names."""
    return View(Coalitions(value, **options), NAMES[:n], frozenset({"other"}))


def divided(view, **options):
    given_options = {
        "thorough": False, "max_exact": 4, "n_permutations": 20, "greater_is_better": True,
        "rng": np.random.default_rng(0), **options,
    }  # fmt: skip
    return divide(view, **given_options)


def table_game(table):
    def value(coalition):
        assert "other" in coalition
        return table[sum(1 << i for i, name in enumerate(NAMES) if name in coalition)]

    return value


@given(st.integers(1, 4), st.booleans(), st.data())
@settings(max_examples=60)
def test_shares_are_exact_and_sum_to_the_whole(n, thorough, data):
    table = data.draw(arrays(np.float64, 2**n, elements=worths))
    found = divided(view_of(table_game(table), n), thorough=thorough)
    assert found.effects.sum() == pytest.approx(table[-1] - table[0], abs=1e-9)
    truth = shapley_values(lambda m: table[int(m @ (1 << np.arange(n)))], n).values
    if found.method == "exact":
        np.testing.assert_allclose(found.effects, truth, atol=1e-9)
    assert not found.standard_errors.any()


@given(st.integers(2, 5), st.data())
@settings(max_examples=60)
def test_players_that_change_nothing_are_left_out_without_loss(n, data):
    """Additive games of few players that matter, among others that do not."""
    effects = np.zeros(n)
    for i in data.draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=2)):
        effects[i] = data.draw(st.sampled_from([-0.3, 0.2, 0.5]))
    table = np.array([effects @ (mask >> np.arange(n) & 1) for mask in range(2**n)])
    view = view_of(table_game(table), n)
    found = divided(view, max_exact=5)
    np.testing.assert_allclose(found.effects, effects, atol=1e-9)


def test_one_culprit_that_is_tried_first_takes_four_runs():
    view = view_of(lambda c: 0.5 if "a" in c else 0.9, 4)
    found = divided(view)
    assert len(view.game.known) == 4
    assert found.method == "screened"
    np.testing.assert_allclose(found.effects, [-0.4, 0, 0, 0])


def test_two_that_cancel_each_other_are_not_taken_for_nothing():
    view = view_of(lambda c: 0.9 - 0.4 * ("a" in c) - 0.3 * (("b" in c) ^ ("c" in c)), 3)
    found = divided(view, thorough=True)
    assert found.effects.sum() == pytest.approx(-0.4)
    assert found.effects[1] == pytest.approx(found.effects[2])


def renamed(coalition):
    """A function that was renamed (a), a call of it (b), and a fault (c)."""
    if ("a" in coalition) != ("b" in coalition):
        raise NameError("no such function")
    return 0.6 if "c" in coalition else 0.9


def test_pieces_that_only_run_together_take_nothing_from_the_culprit():
    found = divided(view_of(renamed, 3))
    np.testing.assert_allclose(found.effects, [0, 0, -0.3], atol=1e-12)
    assert found.coupled == ((0, 1),)


def test_what_needs_another_piece_is_judged_with_it():
    def value(coalition):
        if "b" in coalition and "a" not in coalition:
            raise NameError("pandas")  # a is its import
        return 0.9 - 0.3 * ("b" in coalition) - 0.1 * ("c" in coalition)

    found = divided(view_of(value, 3))
    np.testing.assert_allclose(found.effects, [0, -0.3, -0.1], atol=1e-12)
    assert found.coupled == ()


def test_where_no_order_runs_the_worst_value_stands_in():
    def value(coalition):
        if "a" in coalition:
            raise ValueError("broken")
        return 0.9 - 0.2 * ("b" in coalition)

    found = divided(view_of(value, 2))
    # None and a: 0.9 and the worst, 0.7; with b 0.7 in any case.
    np.testing.assert_allclose(found.effects, [-0.1, -0.1])


def test_where_everything_breaks_down_nobody_gets_anything():
    def value(coalition):
        raise ValueError("broken")

    assert divided(view_of(value, 2)).effects.tolist() == [0.0, 0.0]


def test_the_worst_is_the_largest_loss():
    worth = np.array([1.0, np.nan, 3.0])
    assert with_the_worst(worth, True).tolist() == [1.0, 1.0, 3.0]
    assert with_the_worst(worth, False).tolist() == [1.0, 3.0, 3.0]


def test_seeds_give_standard_errors_that_hold():
    def value(coalition, seed):
        noise = np.random.default_rng([seed, len(coalition)]).normal(0, 0.01)
        return 0.9 - 0.3 * ("a" in coalition) + noise

    found = divided(view_of(value, 2, n_repeats=8), thorough=True)
    assert (found.standard_errors > 0).all()
    assert abs(found.effects[0] + 0.3) < 4 * found.standard_errors[0]


@pytest.mark.parametrize("max_runs", [2, 3, 4, 5, 6, 7])
def test_a_spent_budget_still_divides_the_whole(max_runs):
    def value(coalition):
        return 0.9 - 0.3 * ({"b", "c"} <= coalition) - 0.1 * ("a" in coalition)

    view = view_of(value, 3, budget=Budget(max_runs=max_runs))
    found = divided(view, thorough=True)
    assert found.method == "partial"
    assert found.effects.sum() == pytest.approx(-0.4, abs=1e-9)


def test_without_any_run_nothing_is_divided():
    view = view_of(len, 2, budget=Budget(max_runs=0))
    assert divided(view).effects.tolist() == [0.0, 0.0]


def test_many_players_are_sampled_until_the_first_is_clear():
    view = view_of(lambda c: 0.9 - 0.5 * ("c" in c) - 0.02 * ("a" in c) * ("b" in c), 6)
    found = divided(view)
    assert found.method == "sampled"
    assert found.effects.sum() == pytest.approx(-0.52, abs=1e-9)
    assert found.effects[2] == pytest.approx(-0.5)
    assert len(view.game.known) < 40


def test_sampled_shares_are_within_their_standard_errors():
    factors = np.array([0.3, 0.9, 1.4, 0.7, 1.1, 0.5])

    def value(coalition):
        return float(
            np.prod([f for f, name in zip(factors, NAMES, strict=False) if name in coalition])
        )

    truth = shapley_values(lambda m: float(np.prod(np.where(m, factors, 1.0))), 6).values
    inside = []
    for seed in range(40):
        found = divided(view_of(value, 6), n_permutations=24, rng=np.random.default_rng(seed))
        inside.append(np.abs(found.effects - truth) <= 2.5 * found.standard_errors + 1e-12)
    assert np.mean(inside) > 0.8


def test_sampling_stops_with_the_budget():
    view = view_of(lambda c: float(len(c)), 6, budget=Budget(max_runs=14))
    found = divided(view)
    np.testing.assert_allclose(found.effects, 1.0)
    nothing = divided(view_of(lambda c: float(len(c)), 6, budget=Budget(max_runs=3)))
    assert nothing.method == "partial"


def test_a_player_that_breaks_sampled_runs_down_counts_as_the_worst():
    def value(coalition):
        if "f" in coalition:
            raise ValueError
        return 0.9 - 0.2 * ("a" in coalition)

    found = divided(view_of(value, 6))
    assert found.effects.argmin() in (0, 5)
    assert found.effects[1:5].tolist() == [0.0] * 4


def test_nobody_to_divide_among():
    assert divided(view_of(len, 0)).effects.size == 0
