"""The promise: as many healthy runs are flagged as were asked for, and faults are found."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lineage_stats.detectors import (
    BayesianChangePointDetector,
    RobustMADDetector,
    ZScoreDetector,
)
from lineage_stats.detectors._calibration import Calibration, runs_needed
from tests.strategies import make_traces

RATES = (0.01, 0.05, 0.1)


def gaussian(rng, n):
    return rng.normal(size=(n, 100))


def heavy(rng, n):
    return rng.standard_t(5, size=(n, 100))


def lognormal(rng, n):
    return np.exp(0.4 * rng.normal(size=(n, 100)))


def correlated(rng, n):
    return np.sqrt(0.9) * rng.normal(size=(n, 1)) + np.sqrt(0.1) * rng.normal(size=(n, 100))


def factors(rng, n):
    loadings = 0.8 * np.random.default_rng(5).normal(size=(12, 100))
    return rng.normal(size=(n, 12)) @ loadings + 0.3 * rng.normal(size=(n, 100))


def few(rng, n):
    return rng.normal(size=(n, 3))


def mixture(rng, n):
    """Constants, counts with a common factor, rare counts and nulls, slow days, metrics, means."""
    fixed = np.random.default_rng(3)
    day = rng.normal(0, 0.05, (n, 1))
    spike = np.where(rng.random((n, 40)) < 0.003, rng.uniform(2, 5, (n, 40)), 1)
    noise = rng.normal(0, 0.15, (n, 1)) + rng.normal(0, 0.15, (n, 40))
    nulls = np.r_[np.full(15, 0.0003), fixed.uniform(0.001, 0.2, 25)]
    blocks = {
        "rows_out": np.round(np.exp(fixed.uniform(5, 11, 30) + day + rng.normal(0, 0.01, (n, 30)))),
        "columns_out": np.full((n, 40), 7.0),
        "distinct": rng.poisson(fixed.uniform(0.05, 12, 20), (n, 20)).astype(float),
        "nulls": rng.binomial(1000, nulls, (n, 40)) / 1000,
        "duration": np.exp(fixed.normal(-3, 1, 40) + noise) * spike,
        "metric_value": 0.8 + 0.01 * rng.normal(size=(n, 8)),
        "mean": fixed.normal(0, 50, 100) + fixed.uniform(0.1, 10, 100) * factors(rng, n),
    }
    columns = {
        (f"op{j % 10}", f"{name}[c{j}]"): block[:, j]
        for name, block in blocks.items()
        for j in range(block.shape[1])
    }
    frame = pd.DataFrame(columns)
    frame.columns = pd.MultiIndex.from_tuples(frame.columns)
    return frame


FAMILIES = [gaussian, heavy, lognormal, correlated, factors, few, mixture]
DETECTORS = [RobustMADDetector, ZScoreDetector, BayesianChangePointDetector]


@pytest.fixture(scope="module")
def recorded():
    return [list(make_traces(240, seed=seed)) for seed in range(3)]


def shares_flagged(detector, healthy, new):
    p = 10 ** detector.fit(healthy).score_samples(new)
    return np.array([(p < rate).mean() for rate in RATES])


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("cls", DETECTORS, ids=lambda c: c.__name__)
def test_the_asked_rate_is_kept_on_average_over_histories(cls, family):
    """Eight histories of 40 runs, 200 new healthy runs each: near the rate, neither silent."""
    shares = np.mean(
        [
            shares_flagged(cls(), family(rng := np.random.default_rng(s), 40), family(rng, 200))
            for s in range(8)
        ],
        axis=0,
    )
    assert (shares <= np.array([0.035, 0.095, 0.165])).all(), shares
    assert (shares >= np.array([0.0, 0.015, 0.045])).all(), shares


@pytest.mark.parametrize("cls", DETECTORS, ids=lambda c: c.__name__)
def test_the_asked_rate_is_kept_on_recorded_pipelines(cls, recorded):
    """200 healthy runs after 40, three times: the binomial 95 % interval holds most shares.

    A rate learned from 40 runs is itself uncertain by about a third, so not all of them.
    """
    inside, shares = [], []
    for traces in recorded:
        shares.append(shares_flagged(cls(), traces[:40], traces[40:]))
        for share, rate in zip(shares[-1], RATES, strict=True):
            low, high = stats.binom.ppf([0.025, 0.975], 200, rate)
            inside.append(low <= round(200 * share) <= high)
    assert np.mean(inside) >= 0.65
    assert (np.mean(shares, axis=0) <= np.array([0.018, 0.07, 0.135])).all()
    assert (np.mean(shares, axis=0) >= np.array([0.002, 0.025, 0.06])).all()


@pytest.mark.parametrize(
    ("cls", "least"), [(ZScoreDetector, 0.85), (RobustMADDetector, 0.75)]
)  # fmt: skip
def test_power_for_one_cell_in_a_thousand(cls, least):
    """8 standard deviations in one of 1,000 Gaussian cells, 20 healthy runs."""
    found, alarms = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        detector = cls().fit(rng.normal(size=(20, 1000)))
        new = rng.normal(size=(100, 1000))
        alarms.append((detector.predict(new) < 0).mean())
        new[np.arange(100), rng.integers(0, 1000, 100)] += 8
        found.append((detector.predict(new) < 0).mean())
    assert np.mean(found) >= least
    assert np.mean(alarms) <= 0.03


@pytest.mark.parametrize("cls", DETECTORS, ids=lambda c: c.__name__)
def test_many_small_deviations_are_found(cls):
    """200 of 1,000 cells moved by 2 standard deviations: no single one stands out."""
    rng = np.random.default_rng(0)
    detector = cls().fit(rng.normal(size=(20, 1000)))
    new = rng.normal(size=(50, 1000))
    new[:, :200] += 2
    assert (detector.predict(new) < 0).mean() >= 0.95


@pytest.mark.parametrize("cls", [RobustMADDetector, ZScoreDetector])
def test_one_bad_run_in_ten_does_not_blind(cls):
    rng = np.random.default_rng(1)
    healthy = rng.normal(size=(40, 300))
    for run in range(4):
        healthy[run, rng.choice(300, 30, replace=False)] += 10
    detector = cls().fit(healthy)
    assert detector.screened_run_ids_ == ("0", "1", "2", "3")
    new = rng.normal(size=(100, 300))
    assert (detector.predict(new) < 0).mean() <= 0.04
    new[np.arange(100), rng.integers(0, 300, 100)] += 10
    assert (detector.predict(new) < 0).mean() >= 0.95


def test_the_mad_bears_bad_values_that_screening_cannot_see():
    """One run in ten is 10 standard deviations off in the very cell that fails later."""
    rng = np.random.default_rng(2)
    healthy = rng.normal(size=(40, 50))
    healthy[::10, 7] += 10
    new = np.zeros((1, 50))
    new[0, 7] = 9.0
    robust = RobustMADDetector(screen_runs=False).fit(healthy)
    naive = ZScoreDetector(screen_runs=False).fit(healthy)
    assert robust.baseline_["scale"][7] < 1.5
    assert naive.baseline_["scale"][7] > 2.5
    assert robust.score(new)[0] > naive.score(new)[0]


def test_runs_needed():
    assert runs_needed(0.01) == 20
    assert runs_needed(0.1) == 20
    assert runs_needed(0.001) == 200


def test_cell_level_inverts_adjust():
    rng = np.random.default_rng(0)
    kinds = ["real"] * 5 + ["duration"] * 3 + [""] * 2
    group = np.array([-1] * 8 + [0, 0])
    scores = rng.normal(size=(50, 10))
    scores[:, 8:] = np.nan
    calibration = Calibration.fit(
        scores, kinds, ("schema",), np.array([2.0]), group, np.ones((50, 1))
    )
    for rate in RATES:
        level = calibration.cell_level(rate)
        assert calibration.adjust(level[None])[0] == pytest.approx(rate, rel=1e-6)


def test_a_run_is_as_improbable_as_its_most_improbable_alarm():
    rng = np.random.default_rng(1)
    group = np.array([-1] * 8 + [0, 0])
    kinds = ["real"] * 5 + ["duration"] * 3 + [""] * 2
    scores, news = rng.normal(size=(50, 10)), np.full((30, 10), np.nan)
    news[:, 8:] = 10.0 ** -rng.uniform(0, 5, size=(30, 2))
    calibration = Calibration.fit(
        scores, kinds, ("schema",), np.array([2.0]), group, np.ones((50, 1))
    )
    new = rng.normal(size=(30, 10)) * np.linspace(1, 4, 30)[:, None]
    found = calibration.p_values(new, news, np.geomspace(1, 1e-3, 30))
    assert set(found.alarms) == {"real", "duration", "many cells", "schema", "present"}
    alone = [calibration.run_p_values(name, alarm) for name, alarm in found.alarms.items()]
    assert found.run == pytest.approx(np.min(alone, axis=0), rel=1e-12)


def test_durations_weigh_little():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.lognormal(size=(40, 2)))
    X.columns = pd.MultiIndex.from_tuples([("a", "duration"), ("a", "mean[x]")])
    detector = ZScoreDetector().fit(X)
    slow, far = detector.calibration_.adjust(np.full((1, 2), 1e-4))[0]
    assert slow > 5 * far
