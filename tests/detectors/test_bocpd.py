"""The filter against the paper's recursion, written out with loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lineage_stats.detectors._bocpd import change_points, run_length_filter


def naive_filter(x, hazard):
    """Return P(run length | data) after each value, with every segment refitted from scratch."""
    posterior, history = np.array([1.0]), [np.array([1.0])]
    for t, value in enumerate(x):
        likelihood = []
        for r in range(t + 1):
            segment = x[t - r : t]
            kappa, alpha, mean = 1.0 + r, 0.5 + r / 2, segment.sum() / (1.0 + r)
            beta = 0.5 + (((segment - segment.mean()) ** 2).sum() if r else 0.0) / 2
            beta += (r * segment.mean() ** 2 / (2 * (1 + r))) if r else 0.0
            scale = np.sqrt(beta * (kappa + 1) / (alpha * kappa))
            likelihood.append(stats.t.pdf(value, 2 * alpha, mean, scale))
        joint = posterior * likelihood
        posterior = np.concatenate([[hazard * joint.sum()], (1 - hazard) * joint])
        posterior /= posterior.sum()
        history.append(posterior)
    return history


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(2, 25), st.floats(0.001, 0.5))
def test_posterior_is_that_of_the_recursion(seed, n, hazard):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)) + 4 * (np.arange(n)[:, None] > n // 2)
    found = run_length_filter(x, hazard=hazard, lag=3)
    for series in range(3):
        history = naive_filter(x[:, series], hazard)
        assert found.posterior[:, series] == pytest.approx(history[-1], rel=1e-8, abs=1e-12)
        lagged = [history[t + 3][3] if 0 < t <= n - 3 else 0.0 for t in range(n)]
        assert found.lagged[:, series] == pytest.approx(lagged, rel=1e-8, abs=1e-12)


def test_missing_values_add_nothing():
    x = np.random.default_rng(1).normal(size=(20, 2))
    x[5:9, 1] = np.nan
    found = run_length_filter(x, hazard=0.004, lag=3)
    assert np.isfinite(found.posterior).all()
    assert found.posterior.sum(axis=0) == pytest.approx(1)


def test_change_points_are_peaks_at_least_a_lag_apart():
    lagged = np.zeros((40, 2))
    lagged[[10, 11, 30], 0] = [0.4, 0.5, 0.9]
    lagged[5, 1] = 0.2
    series, position = change_points(lagged, threshold=0.3, lag=10)
    assert series.tolist() == [0, 0]
    assert position.tolist() == [11, 30]


def test_extreme_values_do_not_break_the_filter():
    x = np.array([[0.0], [1e150], [0.0], [-1e150], [1.0], [1.0]])
    found = run_length_filter(x, hazard=0.01, lag=2)
    assert np.isfinite(found.posterior).all()
