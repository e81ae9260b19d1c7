"""From suspects to shares and a cure."""

import numpy as np
import pytest

from lineage_stats.attribution.replay._coalitions import Budget, Coalitions
from lineage_stats.attribution.replay._investigate import Plan, investigate
from lineage_stats.attribution.replay._level import Level

LEVEL = Level(center=0.9, limit=0.85, faulty=0.5, greater_is_better=True)
PLAN = Plan(n_suspects=3, thorough=False, max_exact=4, n_permutations=20)


def found(harm, candidates, *, level=LEVEL, plan=PLAN, **options):
    """Investigate an additive game: the metric loses `harm[name]` for each name that is faulty."""
    game = Coalitions(lambda c: 0.9 - sum(harm.get(name, 0.0) for name in c), **options)
    return investigate(game, candidates, level, plan, np.random.default_rng(0)), game


def test_the_first_suspect_is_verified():
    findings, game = found({"a": 0.4}, "abcdefgh")
    assert findings.players == ("a", "b", "c")
    assert findings.cure == ("a",)
    assert findings.cured.mean == pytest.approx(0.9)
    assert len(game.known) == 4


def test_the_set_widens_to_a_culprit_further_down():
    findings, game = found({"g": 0.4}, "abcdefgh")
    assert findings.players == ("g",)
    assert findings.cure == ("g",)
    assert findings.healthy.mean == pytest.approx(0.9)
    assert len(game.known) < 10


def test_it_widens_to_all_that_are_needed():
    findings, _ = found({"b": 0.2, "g": 0.2}, "abcdefgh")
    assert findings.players == ("b", "g")
    np.testing.assert_allclose(findings.division.effects, [-0.2, -0.2])
    assert findings.cure == ("b", "g")


def test_more_than_can_be_enumerated_are_sampled():
    harm = dict.fromkeys("abcdef", 0.4 / 6)
    findings, _ = found(harm, "abcdefgh")
    assert set(findings.players) >= set("abcde")
    assert findings.division.method == "sampled"


def test_where_nothing_helps_the_first_suspects_are_kept_and_nothing_is_verified():
    game = Coalitions(lambda c: 0.5)
    findings = investigate(game, "abcdefgh", LEVEL, PLAN, np.random.default_rng(0))
    assert findings.players == ("a", "b", "c")
    assert not findings.division.effects.any()
    assert findings.cure == ()
    assert findings.all_reverted.mean == 0.5


def test_half_of_the_drop_can_be_found_where_the_rest_has_another_cause():
    game = Coalitions(lambda c: 0.7 - 0.2 * ("h" in c))
    findings = investigate(game, "abcdefgh", LEVEL, PLAN, np.random.default_rng(0))
    assert findings.players == ("h",)
    assert findings.cure == ()
    np.testing.assert_allclose(findings.division.effects, [-0.2])


def test_a_drop_that_does_not_come_back_needs_no_cure():
    findings, _ = found({"a": 0.02}, "abc")
    assert findings.cure == ()


@pytest.mark.parametrize("max_runs", [2, 3, 4, 5])
def test_a_small_budget_gives_what_it_can(max_runs):
    findings, game = found({"g": 0.4}, "abcdefgh", budget=Budget(max_runs=max_runs))
    assert len(game.known) <= max_runs
    assert np.isfinite(findings.division.effects).all()


def test_a_healthy_version_that_breaks_down_widens_nothing():
    def run(coalition):
        if not coalition:
            raise KeyError("new column")
        return 0.5

    findings = investigate(Coalitions(run), "abcd", LEVEL, PLAN, np.random.default_rng(0))
    assert findings.players == ("a", "b", "c")
    assert findings.all_reverted.crashed
