import numpy as np
import pytest

from lineage_stats.detectors import RobustMADDetector, ZScoreDetector
from lineage_stats.detectors._lending import sample_spread


def test_sample_spread_leaves_missing_values_out():
    x = np.array([[1.0, 5.0], [3.0, np.nan], [5.0, 9.0]])
    found = sample_spread(x)
    assert found.center.tolist() == [3.0, 7.0]
    assert found.variance.tolist() == [4.0, 8.0]
    assert found.df.tolist() == [2.0, 1.0]
    assert found.leverage == pytest.approx([4 / 3, 3 / 2])


@pytest.mark.parametrize("cls", [RobustMADDetector, ZScoreDetector])
def test_cells_without_a_group_are_left_out_by_a_fit_without_the_run(cls):
    x = np.random.default_rng(0).normal(size=(12, 3))
    alone = np.full(3, -1)
    scores = cls()._score_left_out(x, alone)
    for i in range(12):
        baseline = cls()._fit_baseline(np.delete(x, i, axis=0), alone)
        baseline = {name: baseline[name] for name in ("center", "scale", "df")}
        assert scores[i] == pytest.approx(cls()._score_baseline(x[i : i + 1], baseline)[0])


@pytest.mark.parametrize("cls", [RobustMADDetector, ZScoreDetector])
def test_what_cells_have_in_common_is_learned_once(cls):
    """On an odd day a whole group moves: it is as odd to the others as it would be to all."""
    rng = np.random.default_rng(1)
    day = rng.normal(0, 1, size=(20, 1))
    day[7] = 3.5
    x = day + 0.3 * rng.normal(size=(20, 200))
    scores = cls()._score_left_out(x, np.zeros(200, dtype=int))
    baseline = cls()._fit_baseline(np.delete(x, 7, axis=0), np.zeros(200, dtype=int))
    apart = cls()._score_baseline(x[7:8], baseline)[0]
    assert np.abs(scores[7]).mean() < np.abs(apart).mean()
    assert np.isnan(cls()._score_left_out(x[:2], np.zeros(200, dtype=int))).all()
