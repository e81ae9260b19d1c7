import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from lineage_stats.detectors._shrinkage import VariancePrior, inverse_trigamma


def posterior(variance, df, groups):
    return VariancePrior.fit(variance, df, groups).posterior(variance, df)


@given(st.floats(1e-4, 1e4))
def test_inverse_trigamma_inverts_trigamma(y):
    assert special.polygamma(1, inverse_trigamma(y)) == pytest.approx(y, rel=1e-8)


def test_the_prior_is_recovered():
    """Variances drawn from a scaled inverse chi-squared prior give it back."""
    rng = np.random.default_rng(0)
    prior_df, prior, df, n = 8.0, 2.0, 15, 4000
    true = prior * prior_df / rng.chisquare(prior_df, n)
    observed = true * rng.chisquare(df, n) / df
    variance, posterior_df = posterior(observed, np.full(n, float(df)), np.zeros(n, int))
    assert posterior_df[0] - df == pytest.approx(prior_df, rel=0.15)
    weights = np.array([posterior_df[0] - df, df]) / posterior_df[0]
    assert (variance[0] - weights[1] * observed[0]) / weights[0] == pytest.approx(prior, rel=0.1)
    before, after = np.log(observed / true), np.log(variance / true)
    assert np.mean(after**2) < 0.7 * np.mean(before**2)


@pytest.mark.parametrize(("groups", "n"), [(-1, 40), (0, 9)])
def test_cells_in_their_own_unit_and_small_groups_stay_as_they_are(groups, n):
    variance = np.random.default_rng(1).chisquare(3, n)
    shrunk, df = posterior(variance, np.full(n, 9.0), np.full(n, groups))
    assert np.array_equal(shrunk, variance)
    assert (df == 9).all()


def test_widely_spread_variances_are_hardly_shrunk():
    variance = 10.0 ** np.linspace(-6, 6, 50)
    shrunk, df = posterior(variance, np.full(50, 20.0), np.zeros(50, int))
    assert df[0] < 21
    assert np.allclose(np.log10(shrunk[15:]), np.log10(variance[15:]), atol=0.1)
