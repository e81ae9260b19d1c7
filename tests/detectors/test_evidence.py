from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from lineage_stats.detectors import detect_changes
from lineage_stats.detectors._bocpd import NormalInverseGamma, run_length_filter
from lineage_stats.detectors._evidence import (
    Likelihood,
    Sums,
    _EndsOfBlock,
    forward,
    most_probable_path,
)
from lineage_stats.detectors._series import _begins

PRIOR = NormalInverseGamma(mean=0.3, kappa=0.7, alpha=1.2, beta=0.8)


def series(n, seed=0, step=0.0):
    x = np.random.default_rng(seed).normal(size=n)
    x[n // 2 :] += step
    return x[:, None]


def made(x, prior=PRIOR):
    return Sums.of(x - prior.mean), Likelihood(len(x), prior)


def test_the_marginal_likelihood_is_a_product_of_predictives():
    x = series(6)
    logs, kappa, alpha = 0.0, PRIOR.kappa, PRIOR.alpha
    mean, beta = PRIOR.mean, PRIOR.beta
    for value in x[:, 0]:
        scale = np.sqrt(beta * (kappa + 1) / (alpha * kappa))
        logs += stats.t.logpdf(value, 2 * alpha, mean, scale)
        beta += kappa * (value - mean) ** 2 / (2 * (kappa + 1))
        mean, kappa, alpha = (kappa * mean + value) / (kappa + 1), kappa + 1, alpha + 0.5
    sums, likelihood = made(x)
    found = likelihood(*sums.between(np.array([0]), np.array([6])))
    assert found.sum() == pytest.approx(logs)


@pytest.mark.parametrize("step", [0.0, 4.0, 400.0])
@pytest.mark.parametrize("gap", [False, True])
def test_it_agrees_with_the_filter_over_run_lengths(step, gap):
    x = series(150, step=step)
    if gap:
        x[40:43] = np.nan
    sums, likelihood = made(x)
    found = forward(sums, likelihood, 0.01, least_weight=0, most=1)
    exact = run_length_filter(x, hazard=0.01, lag=7, prior=PRIOR)
    assert _begins(sums, likelihood, 0.01, found, 7) == pytest.approx(exact.lagged[:, 0], abs=1e-6)
    assert found.run_length[-1] == exact.posterior[1:, 0].argmax() + 1


def test_giving_up_improbable_segments_changes_next_to_nothing():
    x = series(600, step=2.0)
    x[450:] -= 3
    sums, likelihood = made(x)
    exact = forward(sums, likelihood, 0.004, least_weight=0, most=1)
    pruned = forward(sums, likelihood, 0.004, least_weight=1e-6, most=200)
    assert pruned.log_evidence == pytest.approx(exact.log_evidence, abs=0.05)
    assert np.array_equal(pruned.run_length, exact.run_length)


HAZARD = 0.1
EVERY_DIVISION = [[t for t in range(1, 9) if code >> (t - 1) & 1] for code in range(2**8)]


def joint(starts, x):
    """Return the log probability density of values that are divided so."""
    sums, likelihood = made(x)
    edges = [0, *starts, len(x)]
    logs = len(starts) * np.log(HAZARD) + (len(x) - 1 - len(starts)) * np.log1p(-HAZARD)
    for a, b in pairwise(edges):
        logs += likelihood(*sums.between(np.array([a]), np.array([b]))).sum()
    return logs


def test_the_evidence_is_the_sum_over_all_divisions():
    x = series(9, seed=3, step=2.0)
    found = forward(*made(x), HAZARD, least_weight=0, most=1)
    logs = [joint(starts, x) for starts in EVERY_DIVISION]
    assert found.log_evidence[-1] == pytest.approx(np.logaddexp.reduce(logs), rel=1e-12)
    assert found.log_evidence[0] == 0.0


def test_the_most_probable_path_is_the_best_of_all():
    x = series(9, seed=3, step=5.0)
    best = max(EVERY_DIVISION, key=lambda starts: joint(starts, x))
    assert most_probable_path(*made(x), HAZARD).tolist() == best


def test_columns_change_together():
    x = np.concatenate([series(80, 1, 1.2), series(80, 2, 1.2)], axis=1)
    sums, likelihood = Sums.of(x), Likelihood(80, NormalInverseGamma())
    one = Sums.of(x[:, :1])
    both = forward(sums, likelihood, 0.01, least_weight=0, most=1)
    alone = forward(one, likelihood, 0.01, least_weight=0, most=1)
    assert _begins(sums, likelihood, 0.01, both, 10)[38:43].sum() > (
        _begins(one, likelihood, 0.01, alone, 10)[38:43].sum()
    )


@pytest.mark.parametrize("readout", ["run_length", "posterior", "tail"])
def test_one_huge_value_leaves_the_others_their_evidence(readout):
    x = np.random.default_rng(0).normal(size=200)
    x[20], x[100:] = 1e8, 0.3
    found = detect_changes(x, standardize=False, readout=readout)
    assert np.isfinite(found.log_evidence)
    assert np.isfinite(found.probability).all()
    assert (found.run_length >= 1).all()


@pytest.mark.parametrize("scale", [1.0, 1e5, 1e8])
def test_huge_values_leave_the_least_scale_to_the_prior(scale):
    rng = np.random.default_rng(4)
    y = rng.normal(size=(150, 1))
    y[75] = scale
    sums, likelihood = Sums.of(y), Likelihood(150, NormalInverseGamma(alpha=1.0, beta=1.0))
    found = forward(sums, likelihood, 0.01, least_weight=0.0, most=0)
    assert np.isfinite(found.log_evidence).all()
    logs = _EndsOfBlock(sums, likelihood).logs(np.arange(76, 128), 127, 150)
    first = np.arange(76, 128)[:, None]
    direct = likelihood(*sums.between(first, np.arange(128, 151))).sum(axis=-1)
    np.testing.assert_allclose(logs, direct, rtol=1e-6 if scale < 1e8 else 1e-9)
