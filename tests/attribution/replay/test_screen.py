"""Players that change nothing."""

import numpy as np

from lineage_stats.attribution.replay._coalitions import Coalitions
from lineage_stats.attribution.replay._screen import fill_in, find_null_groups, missing_masks
from lineage_stats.attribution.replay._view import View


def view_of(value, players):
    return View(Coalitions(value), players, frozenset())


def test_a_culprit_that_comes_first_clears_the_others_at_once():
    view = view_of(lambda c: -float("a" in c), "abcd")
    assert find_null_groups(view) == [0b1110]
    assert missing_masks(view, 0b0001) == []


def test_harmless_players_before_the_culprit_are_found_one_by_one():
    view = view_of(lambda c: -float("c" in c), "abcd")
    assert find_null_groups(view) == [0b0001, 0b0010]
    assert missing_masks(view, 0b1100) == [0b0100, 0b1000]
    view = view_of(lambda c: -float("b" in c) - float("c" in c), "abc")
    assert find_null_groups(view) == [0b001]


def test_who_only_matters_together_with_another_is_kept():
    view = view_of(lambda c: -float("a" in c and "b" in c), "abc")
    assert 0b001 not in find_null_groups(view)
    assert 0b010 not in find_null_groups(view)


def test_small_effects_of_those_left_out_keep_the_sum():
    worth = np.full((1, 8), np.nan)
    worth[0, [0, 1, 6, 7]] = [0.9, 0.5, 0.902, 0.501]
    passable = np.isfinite(worth[0])
    fill_in(worth, passable, [0b110])
    assert passable.all()
    effect = (0.002 + 0.001) / 4
    np.testing.assert_allclose(worth[0, [2, 4]], 0.9 + effect)
    np.testing.assert_allclose(worth[0, [3, 5]], 0.501 - effect)


def test_what_needs_a_broken_coalition_is_broken():
    worth = np.full((1, 8), np.nan)
    worth[0, [0, 7, 4, 3, 1]] = [0.9, 0.5, 0.9, 0.5, 0.7]  # 2 breaks down, 4 is nobody's
    passable = np.isfinite(worth[0])
    fill_in(worth, passable, [0b100])
    assert passable.tolist() == [True, True, False, True, True, True, False, True]
