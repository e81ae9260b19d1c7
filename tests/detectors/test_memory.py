import numpy as np
import pytest
from scipy import stats

from lineage_stats.detectors import ZScoreDetector
from lineage_stats.detectors._memory import effective_runs, remembering, walk_correlation


def autoregressive(rng, n, m, r):
    x = np.empty((n, m))
    x[0] = rng.normal(size=m)
    for i in range(1, n):
        x[i] = r * x[i - 1] + np.sqrt(1 - r**2) * rng.normal(size=m)
    return x


def test_independent_runs_count_fully():
    n, shown, _ = effective_runs(np.random.default_rng(0).normal(size=(80, 2000)))
    assert np.isfinite(n).mean() < 0.001
    assert np.array_equal(shown, np.isfinite(n))


@pytest.mark.parametrize("r", [0.7, 0.9])
def test_runs_that_resemble_the_last_one_count_less(r):
    n, shown, _ = effective_runs(autoregressive(np.random.default_rng(0), 400, 300, r))
    assert shown.all()
    assert np.median(n) == pytest.approx(400 * (1 - r) / (1 + r), rel=0.15)


def test_one_outlier_neither_makes_nor_hides_a_memory():
    rng = np.random.default_rng(0)
    x = np.c_[rng.normal(size=60), autoregressive(rng, 60, 1, 0.95)]
    x[30] += 1000
    assert effective_runs(x).shown.tolist() == [False, True]


def test_few_runs_missing_values_and_constants_are_left_alone():
    x = np.c_[np.full(40, np.nan), np.full(40, 3.0)]
    assert np.isinf(effective_runs(x[:5]).effective).all()
    assert np.isinf(effective_runs(x).effective).all()


@pytest.mark.parametrize("n_runs", [8, 10, 14, 20])
def test_few_runs_show_together_what_no_cell_shows_alone(n_runs):
    rng = np.random.default_rng(0)
    x = autoregressive(rng, n_runs, 400, 0.9)
    n, shown, _ = effective_runs(x)
    assert np.isfinite(n).mean() > 0.5
    assert np.isfinite(n).mean() > shown.mean()
    assert n.min() >= 3


def test_a_common_cause_is_no_memory():
    """Cells that move together look alike in every order of the runs."""
    rng = np.random.default_rng(0)
    believed = [
        np.isfinite(effective_runs(rng.normal(size=(20, 1)) + rng.normal(size=(20, 300)))[0]).mean()
        for _ in range(40)
    ]
    assert np.mean(believed) < 0.05


def test_a_steady_cell_among_many_that_wander_keeps_its_scale():
    rng = np.random.default_rng(0)
    x = np.c_[autoregressive(rng, 40, 200, 0.9), rng.normal(size=(40, 200))]
    n = effective_runs(x).effective
    assert np.isfinite(n[:200]).mean() > 0.9
    assert np.isfinite(n[200:]).mean() < 0.2


def wander_all_but_one(n_runs):
    """Cells that wander, one of which did not by chance, and what is known of that one."""
    rng = np.random.default_rng(0)
    x = np.cumsum(rng.normal(size=(n_runs, 400)), axis=0)
    x[:, 0] = np.tile([0.1, -0.1, 0.2, -0.2], n_runs)[:n_runs]
    found = effective_runs(x)
    assert np.isinf(found.effective[0])
    return float(found.wanders[0])


def test_after_few_runs_a_cell_may_wander_that_has_not_shown_it():
    few, more = wander_all_but_one(10), wander_all_but_one(24)
    assert 1e-3 < few < 0.5
    assert more < 1e-4
    independent = effective_runs(np.random.default_rng(1).normal(size=(10, 400)))
    assert not independent.wanders.any()


def test_among_cells_that_wander_one_that_hardly_does_may_where_steps_tell():
    x = np.cumsum(np.random.default_rng(0).normal(size=(20, 300)), axis=0)
    x[:, :20] = np.random.default_rng(1).normal(size=(20, 20))
    found, walks_alone = effective_runs(x, by_steps=np.ones(300, dtype=bool)), effective_runs(x)
    unknown = np.flatnonzero(np.isinf(found.effective))
    assert len(unknown) > 5
    assert np.median(found.wanders[unknown]) > 0.1
    assert (found.wanders[unknown] >= walks_alone.wanders[unknown]).all()


def test_a_metric_may_wander_whatever_the_others_do():
    x = np.random.default_rng(0).normal(size=(120, 200))
    metric = np.arange(200) < 2
    few, many = (effective_runs(x[:n], metric, metric).wanders for n in (20, 120))
    assert (few[2:] == 0).all()
    assert (few[:2] > 1e-3).all()
    assert (few[:2] < 0.3).all()
    assert (many[:2] < 1e-3).all()


def test_a_cell_that_may_wander_is_judged_by_its_step_as_well():
    wanders, step = np.array([0.4]), np.array([[2.0]])
    for effective in (np.inf, 5.0):
        score = remembering(np.array([[4.0]]), np.array([effective]), wanders, step)
        p = 0.4 * stats.norm.sf(2) + 0.6 * stats.norm.sf(4)
        assert stats.norm.sf(score) == pytest.approx(p)


@pytest.mark.parametrize("n", [8, 10, 15, 20, 40])
def test_correlations_of_walks_are_as_stated(n):
    y = np.cumsum(np.random.default_rng(n).normal(size=(n, 20_000)), axis=0)
    y -= y.mean(axis=0)
    r = (y[1:] * y[:-1]).sum(axis=0) / np.square(y).sum(axis=0)
    mean, deviation = walk_correlation(np.array(float(n)))
    assert r.mean() == pytest.approx(mean, abs=0.02)
    assert r.std() == pytest.approx(deviation, abs=0.02)


def test_a_cell_that_may_wander_is_as_rare_as_the_mixture():
    wider = remembering(np.array([[20.0, -20.0, 0.5]]), np.full(3, np.inf), np.array([0.1, 0.1, 0]))
    p = 0.1 * stats.t.sf(20 / np.sqrt((1 + 1 / 3) / (1 - 1 / 3)), 2)
    assert stats.norm.sf(wider[0, 0]) == pytest.approx(p)
    assert wider[0, 1] == -wider[0, 0]
    assert wider[0, 2] == 0.5


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
