import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lineage_stats.detectors._tails import (
    LearnedTail,
    any_of,
    effective_number,
    nominal_p_value,
    normal_score,
)


@given(st.floats(-30, 30), st.floats(2, 200))
def test_normal_score_keeps_the_p_value(z, df):
    score = normal_score(np.array([z]), df)
    assert nominal_p_value(score)[0] == pytest.approx(2 * stats.t.sf(abs(z), df), rel=1e-9)
    assert score[0] * z >= 0


def test_scores_too_large_for_a_double_stay_finite():
    assert np.isfinite(normal_score(np.array([1e30, -1e30]), 1000.0)).all()


@pytest.mark.parametrize(
    ("draw", "tail"),
    [
        (lambda rng, n: rng.normal(size=n), lambda x: 2 * stats.norm.sf(x)),
        (lambda rng, n: rng.standard_t(5, n), lambda x: 2 * stats.t.sf(x, 5)),
        (lambda rng, n: rng.laplace(size=n), lambda x: np.exp(-x)),
    ],
    ids=["normal", "t5", "laplace"],
)
def test_learned_tails_are_about_right_far_out(draw, tail):
    learned = LearnedTail.fit(draw(np.random.default_rng(0), 20_000))
    x = np.array([1.0, 2.0, 4.0, 6.0])
    ratio = np.log10(learned.p_values(x) / tail(x))
    assert (np.abs(ratio) < [0.05, 0.05, 0.3, 0.8]).all()


def test_the_p_value_is_never_below_the_nominal_one_and_falls():
    learned = LearnedTail.fit(0.1 * np.random.default_rng(0).normal(size=500))
    x = np.linspace(0, 12, 200)
    p = learned.p_values(x)
    assert (p >= nominal_p_value(x)).all()
    assert (np.diff(p) <= 1e-15).all()
    assert np.isnan(learned.p_values(np.array([np.nan]))[0])


def test_few_scores_leave_the_nominal_p_value():
    learned = LearnedTail.fit(np.random.default_rng(0).standard_t(2, 99))
    assert learned.p_values(np.array([3.0])) == pytest.approx(2 * stats.norm.sf(3.0))


@pytest.mark.parametrize("tests", [1, 5, 100])
def test_effective_number_of_independent_tests(tests):
    p = np.random.default_rng(tests).random((4000, tests)).min(axis=1)
    assert effective_number(p, 1000) == pytest.approx(tests, rel=0.08)


def test_effective_number_of_copies_is_one_and_few_runs_give_the_largest():
    p = np.random.default_rng(0).random(2000)
    assert effective_number(p, 1000) == pytest.approx(1, rel=0.1)
    assert effective_number(p[:7], 1000) == 1000
    assert effective_number(np.ones(50), 1000) == 1


def test_any_of_is_one_minus_the_power():
    assert any_of(np.array([0.0, 0.1, 1.0]), 3) == pytest.approx([0, 1 - 0.9**3, 1])
    assert any_of(np.array([1e-20]), 5)[0] == pytest.approx(5e-20)


def test_no_score_is_impossible_because_none_was_so_large_yet():
    """A tail with an end would say of anything beyond that end that it cannot be."""
    scores = np.random.default_rng(0).uniform(0, 12, size=2000)
    p = LearnedTail.fit(scores).p_values(np.array([12.0, 12.5, 14.0]))
    assert (p > [1e-5, 1e-5, 1e-7]).all()


def test_tails_of_older_files_are_of_scores_that_are_not_squared():
    new = LearnedTail.fit(4 * np.random.default_rng(0).normal(size=2000)).to_arrays()
    old = LearnedTail.from_arrays({**new, "pareto": np.array([0.0, 1.0])})
    p = old.p_values(new["knots"][-1:] + np.array([0.0, 0.5]))
    assert p[1] / p[0] == pytest.approx(np.exp(-0.5))
