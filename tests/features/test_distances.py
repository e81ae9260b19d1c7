import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.features import quantile_distances, share_distances

quantiles = st.lists(st.floats(-1e3, 1e3), min_size=5, max_size=5).map(sorted)


def test_a_shift_by_known_amounts():
    ks, wasserstein, psi = quantile_distances([1, 2, 3, 4, 5], [0, 1, 2, 3, 4])
    assert ks == pytest.approx(0.25)
    assert wasserstein == pytest.approx(1)
    expected = (0.0005 - 0.25) * np.log(0.0005 / 0.25)
    assert psi == pytest.approx(expected, rel=1e-12)


def test_against_a_numerical_integral():
    q, p = np.array([0, 1, 1.5, 4, 9.0]), np.array([-1, 1, 2, 3, 11.0])
    levels = np.linspace(0, 1, 200_001)
    at = (0, 0.25, 0.5, 0.75, 1)
    moved = np.abs(np.interp(levels, at, q) - np.interp(levels, at, p)).mean()
    x = np.linspace(-2, 12, 200_001)
    apart = np.abs(np.interp(x, q, at) - np.interp(x, p, at)).max()
    ks, wasserstein, _ = quantile_distances(q, p)
    assert wasserstein == pytest.approx(moved, abs=1e-4)
    assert ks == pytest.approx(apart, abs=1e-3)


@given(quantiles, quantiles)
def test_what_a_distance_is(q, p):
    ks, wasserstein, psi = quantile_distances(q, p)
    back = quantile_distances(p, q)
    assert 0 <= ks <= 1
    assert wasserstein >= 0
    assert psi >= 0
    assert ks == pytest.approx(back[0], abs=1e-12)
    assert wasserstein == pytest.approx(back[1], abs=1e-9)
    assert np.allclose(quantile_distances(q, q), 0)


@given(quantiles, quantiles, st.floats(0.1, 10), st.floats(-10, 10))
def test_units_do_not_matter(q, p, scale, shift):
    q, p = np.array(q), np.array(p)
    one = quantile_distances(q, p)
    other = quantile_distances(q * scale + shift, p * scale + shift)
    assert other[1] == pytest.approx(one[1] * scale, rel=1e-6, abs=1e-9)


def test_many_at_once_and_missing_ones():
    q = np.arange(20.0).reshape(4, 5)
    q[2, 3] = np.nan
    ks, wasserstein, psi = quantile_distances(q, q[0])
    assert ks.shape == (4,)
    assert np.isnan([ks[2], wasserstein[2], psi[2]]).all()
    assert np.isfinite(wasserstein[[0, 1, 3]]).all()


def test_shares():
    assert share_distances([0.2, 0.8], [0.2, 0.8]) == 0
    expected = 0.1 * np.log(0.5 / 0.4) + 0.1 * np.log(0.6 / 0.5)
    assert share_distances([0.5, 0.5], [0.4, 0.6]) == pytest.approx(expected)
    assert np.isfinite(share_distances([1, 0], [0.5, 0.5]))
