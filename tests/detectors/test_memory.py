import numpy as np
import pytest
from scipy import stats

from lineage_stats.detectors import ZScoreDetector
from lineage_stats.detectors._memory import effective_runs, remembering


def autoregressive(rng, n, m, r):
    x = np.empty((n, m))
    x[0] = rng.normal(size=m)
    for i in range(1, n):
        x[i] = r * x[i - 1] + np.sqrt(1 - r**2) * rng.normal(size=m)
    return x


def test_independent_runs_count_fully():
    n = effective_runs(np.random.default_rng(0).normal(size=(80, 2000)))
    assert np.isfinite(n).mean() < 0.001


@pytest.mark.parametrize("r", [0.7, 0.9])
def test_runs_that_resemble_the_last_one_count_less(r):
    n = effective_runs(autoregressive(np.random.default_rng(0), 400, 300, r))
    assert np.isfinite(n).all()
    assert np.median(n) == pytest.approx(400 * (1 - r) / (1 + r), rel=0.15)


def test_one_outlier_neither_makes_nor_hides_a_memory():
    rng = np.random.default_rng(0)
    x = np.c_[rng.normal(size=60), autoregressive(rng, 60, 1, 0.95)]
    x[30] += 1000
    assert np.isfinite(effective_runs(x)).tolist() == [False, True]


def test_few_runs_missing_values_and_constants_are_left_alone():
    x = np.c_[np.full(40, np.nan), np.full(40, 3.0)]
    assert np.isinf(effective_runs(x[:5])).all()
    assert np.isinf(effective_runs(x)).all()


def test_scores_of_the_others_stay_as_they_are():
    scores = np.array([[3.0, 3.0, np.nan]])
    wider = remembering(scores, np.array([np.inf, 8.0, 8.0]))
    assert wider[0, 0] == 3.0
    scale = np.sqrt((1 + 1 / 8) / (1 - 1 / 8))
    assert stats.norm.sf(wider[0, 1]) == pytest.approx(stats.t.sf(3.0 / scale, 7))
    assert np.isnan(wider[0, 2])


def test_a_cell_that_wanders_raises_few_alarms():
    rng = np.random.default_rng(0)
    flagged = []
    for _ in range(20):
        x = autoregressive(rng, 70, 40, 0.95)
        flagged.append(ZScoreDetector().fit(x[:60]).predict(x[60:]) < 0)
    assert np.mean(flagged) <= 0.05
