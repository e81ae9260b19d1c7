"""Mechanisms that compete: the right one is found, and only what none explains surprises."""

from __future__ import annotations

import numpy as np
import pytest

from lineage_stats.attribution._mechanism import (
    CONSTANT,
    LINEAR,
    PASS,
    RATIO,
    RIDGE,
    WALK,
    as_normal,
    distance_from_center,
    fit_mechanisms,
    judge,
)

N = 60


def fit(y, x=None, *, entries=None, resolution=0.01):
    """Learn one cell with one input of its name, or with a pool of other inputs."""
    y = np.asarray(y, dtype=float)[:, None]
    first = np.full_like(y, np.nan) if x is None else np.asarray(x, dtype=float)[:, None]
    pool = first if entries is None else np.asarray(entries, dtype=float)
    pools = [] if entries is None else [(np.array([0]), np.arange(pool.shape[1]))]
    missing = np.full_like(y, np.nan)
    return fit_mechanisms(y, first, missing, pool, pools, np.array([resolution]))


def surprise(learnt, y, x=np.nan, entries=None):
    e = np.array([x]) if entries is None else np.asarray(entries, dtype=float)
    found = judge(learnt, np.array([y]), np.array([x]), np.array([np.nan]), e)
    return float(found.surprise[0]), float(found.expected[0]), int(found.mechanism[0])


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def test_what_is_passed_on_does_not_surprise_however_odd_it_is(rng):
    x = rng.normal(50, 5, N)
    learnt = fit(x + rng.normal(0, 0.05, N), x)
    u, expected, _ = surprise(learnt, 500.0, 500.0)
    assert u < 1
    assert expected == pytest.approx(500.0, abs=1)
    assert surprise(learnt, 60.0, 50.0)[0] > 8


def test_a_selectivity_is_a_ratio(rng):
    x = rng.normal(1000, 200, N)
    learnt = fit(0.8 * x * rng.lognormal(0, 0.01, N), x, resolution=1.0)
    assert surprise(learnt, 160.0, 200.0)[0] < 1
    assert learnt.kept[RATIO, 0]
    assert not learnt.kept[CONSTANT, 0]
    assert surprise(learnt, 100.0, 200.0)[0] > 4


def test_a_line_that_is_no_ratio(rng):
    x = rng.normal(10, 3, N)
    learnt = fit(100 - 4 * x + rng.normal(0, 0.1, N), x)
    assert surprise(learnt, 100 - 4 * 14.0, 14.0)[2] == LINEAR
    assert surprise(learnt, 100 - 4 * 14.0, 14.0)[0] < 2
    assert surprise(learnt, 100 - 4 * 9.0, 14.0)[0] > 6


def test_a_new_feature_is_regressed_on_what_goes_with_it(rng):
    entries = rng.normal(0, 1, (N, 8))
    learnt = fit(3 * entries[:, 2] - entries[:, 5] + rng.normal(0, 0.05, N), entries=entries)
    now = rng.normal(0, 1, 8)
    u, _, mechanism = surprise(learnt, 3 * now[2] - now[5], entries=now)
    assert mechanism in (RIDGE, CONSTANT)
    assert u < 2
    assert surprise(learnt, 3 * now[2] - now[5] + 2, entries=now)[0] > 4


def test_the_same_residual_means_less_on_unusual_input(rng):
    x = rng.normal(0, 1, 20)
    learnt = fit(2 * x + rng.normal(0, 1, 20), x)
    usual = surprise(learnt, 2 * 0.1 + 5, 0.1)[0]
    extrapolated = surprise(learnt, 2 * 30.0 + 5, 30.0)[0]
    assert extrapolated < usual / 2


def test_a_constant_that_changes_surprises_by_its_resolution():
    learnt = fit(np.full(N, 7.0), np.full(N, 3.0), resolution=0.5)
    assert surprise(learnt, 7.0, 3.0)[0] == 0.0
    assert 1 < surprise(learnt, 8.0, 3.0)[0] < 3
    assert surprise(learnt, 70.0, 3.0)[0] > 8
    assert np.isfinite(surprise(learnt, 1e12, 3.0)[0])


def test_without_input_now_it_is_judged_as_a_constant(rng):
    x = rng.normal(50, 5, N)
    learnt = fit(x, x)
    u, _, mechanism = surprise(learnt, 50.0, np.nan)
    assert mechanism == CONSTANT
    assert u < 1
    assert np.isnan(surprise(learnt, np.nan, 50.0)[0])


def test_pass_through_is_exact_and_a_noisy_constant_is_not(rng):
    x = rng.normal(50, 5, N)
    assert fit(x, x).exactness[0] > 0.9
    assert fit(rng.normal(50, 5, N), x).exactness[0] < 0.3
    assert fit(x, x).kept[PASS, 0]


def test_what_healthy_runs_did_is_at_most_four_scales_away(rng):
    y = np.where(np.arange(N) < 3, 40.0, 0.0)  # rare, but healthy
    learnt = fit(y, resolution=0.01)
    assert surprise(learnt, 40.0)[0] < 4.5


def test_few_runs_make_less_sure():
    eight = as_normal(np.array([8.0]), np.array([4.0]))
    assert eight < as_normal(np.array([8.0]), np.array([100.0])) < 8
    assert as_normal(np.array([0.0]), np.array([4.0])) == 0


def test_quantiles_are_close_to_those_of_students_t():
    from scipy.stats import norm, t

    for v in (4, 9, 29):
        for x in (1.0, 3.0, 6.0):
            exact = norm.isf(t.sf(x, v))
            assert as_normal(np.array([x]), np.array([float(v)]))[0] == pytest.approx(
                exact, abs=0.1
            )


def test_missing_values_are_left_out(rng):
    y = rng.normal(5, 1, N)
    y[::3] = np.nan
    learnt = fit(y)
    assert learnt.center[CONSTANT, 0] == pytest.approx(np.nanmedian(y))
    assert learnt.n_runs[0] == np.isfinite(y).sum()


def test_a_cell_without_any_value_never_surprises():
    learnt = fit(np.full(N, np.nan))
    assert np.isnan(surprise(learnt, 3.0)[0])


def test_distance_from_the_centre_ignores_the_input(rng):
    x = rng.normal(50, 5, N)
    learnt = fit(x, x)
    assert distance_from_center(learnt, np.array([500.0]))[0] > 20
    np.testing.assert_allclose(
        distance_from_center(learnt, np.array([500.0, 50.0]), np.array([0, 0]))[0],
        distance_from_center(learnt, np.array([500.0]))[0],
    )


def test_many_runs_are_judged_at_once(rng):
    x = rng.normal(50, 5, (N, 1))
    y = x + rng.normal(0, 0.1, (N, 1))
    missing = np.full_like(y, np.nan)
    learnt = fit_mechanisms(y, x, missing, x, [], np.array([0.01]))
    together = judge(learnt, y, x, missing, x).surprise
    alone = [judge(learnt, y[i], x[i], missing[i], x[i]).surprise for i in range(N)]
    np.testing.assert_allclose(together, alone)


def fit_walk(y, time):
    y, time = (np.asarray(a, dtype=float)[:, None] for a in (y, time))
    missing = np.full_like(y, np.nan)
    timed = np.array([True])
    return fit_mechanisms(y, time, missing, missing, [], np.array([0.01]), timed)


def test_what_wanders_is_expected_where_it_was_and_less_and_less_surely(rng):
    time = 86_400.0 * np.arange(N)
    y = np.cumsum(rng.normal(0, 1.0, N))
    learnt = fit_walk(y, time)
    assert learnt.kept[WALK, 0]
    tomorrow, in_a_month = time[-1] + 86_400.0, time[-1] + 30 * 86_400.0
    u, expected, mechanism = surprise(learnt, y[-1] + 8.0, tomorrow)
    assert mechanism == WALK
    assert expected == pytest.approx(y[-1])
    assert u > 5
    assert surprise(learnt, y[-1] + 8.0, in_a_month)[0] < 2
    # Whichever run is told of last, the newest one counts, and a gap in it is passed over.
    order = rng.permutation(N)
    y[-1] = np.nan
    again = fit_walk(y[order], time[order])
    assert again.walk.last[0] == y[-2]
    assert again.walk.gap == 86_400.0


def test_what_varies_from_run_to_run_does_not_wander(rng):
    y = rng.normal(50, 1.0, N)
    learnt = fit_walk(y, 86_400.0 * np.arange(N))
    assert not learnt.kept[WALK, 0]
    # As far from the last run as from all others, and a month later no less odd.
    assert surprise(learnt, 60.0, 86_400.0 * (N + 30))[0] > 5


def test_what_never_changes_does_not_wander_however_much_later_it_is():
    learnt = fit_walk(np.full(N, 5000.0), np.arange(N))  # recorded one after the other
    assert not learnt.kept[WALK, 0]
    assert surprise(learnt, 2500.0, N + 86_400.0)[0] > 8


def test_a_walk_is_known_for_no_longer_than_it_was_seen(rng):
    y = np.cumsum(rng.normal(0, 1.0, N))
    learnt = fit_walk(y, np.arange(N))
    assert surprise(learnt, y[-1] + 100.0, 1e9)[0] == surprise(learnt, y[-1] + 100.0, 2.0 * N)[0]
    assert surprise(learnt, y[-1] + 100.0, 1e9)[0] > 5


def test_without_time_nothing_wanders(rng):
    learnt = fit(np.cumsum(rng.normal(0, 1.0, N)))
    assert not learnt.kept[WALK, 0]
    assert np.isnan(learnt.walk.last[0])
