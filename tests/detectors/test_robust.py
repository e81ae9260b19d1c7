import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lineage_stats.detectors._robust import (
    NORMAL_MAD,
    _of_few_runs,
    _of_many_runs,
    mad_df,
    mad_factor,
    median_and_mad,
    student_cut,
)

tables = hnp.arrays(
    float, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.one_of(st.just(np.nan), st.integers(-5, 5).map(float), st.floats(-1e6, 1e6)),
)  # fmt: skip


@given(tables)
def test_median_and_mad_are_those_of_numpy(X):
    center, mad, n = median_and_mad(X)
    for j, column in enumerate(X.T):
        known = column[np.isfinite(column)]
        assert n[j] == len(known)
        if not len(known):
            assert np.isnan(center[j])
            assert np.isnan(mad[j])
            continue
        assert center[j] == pytest.approx(np.median(known), rel=1e-12, abs=1e-9)
        assert mad[j] == pytest.approx(np.median(np.abs(known - np.median(known))), abs=1e-9)


@given(tables)
def test_many_runs_are_measured_as_few_are(X):
    assert_same(_of_many_runs(X), _of_few_runs(X))


@pytest.mark.parametrize("missing", [0.0, 0.01, 0.5])
@pytest.mark.parametrize("shape", [(1999, 3), (2001, 2), (3100, 41), (2500, 0)])
def test_tables_of_many_runs_are_too(shape, missing):
    rng = np.random.default_rng(shape[0])
    X = rng.normal(size=shape) * 10.0 ** rng.integers(-3, 4, size=shape[1])
    X[:, ::3] = np.round(X[:, ::3])
    X[rng.random(shape) < missing] = np.nan
    X[rng.random(shape) < missing / 2] = -np.inf
    X[:, 1:2] = np.nan
    assert_same(median_and_mad(X), _of_few_runs(X))
    assert_same(median_and_mad(np.asfortranarray(X)), _of_few_runs(X))


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one, other, equal_nan=True)


@pytest.mark.parametrize("n", [5, 7, 10, 12, 20, 33, 60])
def test_a_new_value_exceeds_the_cut_as_often_as_it_should(n):
    """0.1 % of new Gaussian values, whatever the number of healthy ones."""
    rng = np.random.default_rng(n)
    samples = rng.normal(size=(n, 60_000))
    new = rng.normal(size=(8, 60_000))
    center, mad, _ = median_and_mad(samples)
    size = np.full(1, float(n))
    cut = student_cut(mad_df(size)) * mad_factor(size)
    beyond = np.abs(new - center) > cut * NORMAL_MAD * mad
    assert 0.0007 < beyond.mean() < 0.0014


def test_published_cut_offs_are_reproduced():
    """A rule of 3.5 flags 12 % of healthy values at n = 5, and about 1 % at n = 20."""
    n = np.array([5.0, 20.0])
    from scipy import stats

    share = 2 * stats.t.sf(3.5 / mad_factor(n), mad_df(n))
    assert share == pytest.approx([0.12, 0.0105], rel=0.2)


@pytest.mark.parametrize("shape", [(7, 1), (1, 7), (6, 3), (2000, 2)])
def test_what_is_measured_stays_as_it_is(shape):
    X = np.random.default_rng(0).normal(size=shape)
    before = X.copy()
    median_and_mad(X)
    assert (before == X).all()
