import numpy as np
import pytest
from scipy import stats

from lineage_stats.detectors import RobustMADDetector, load_detector
from lineage_stats.detectors._reached import Reached


def test_what_more_than_one_in_ten_have_reached_is_no_news():
    x = np.arange(40.0)[:, None]
    reached = Reached.fit(x)
    assert (reached.low[0], reached.high[0]) == (4, 35)
    scores = reached.bound(np.full((3, 1), 9.0), np.array([[35.0], [36.0], [np.nan]]))
    assert scores[:, 0] == pytest.approx([stats.norm.isf(5 / 41), 9, 9])
    assert reached.bound(np.array([[-0.5]]), np.array([[20.0]])) == -0.5


def test_few_values_have_reached_nothing():
    x = np.array([[1.0, np.nan], [2.0, np.nan], [3.0, 5.0]])
    scores = np.full((1, 2), 7.0)
    assert Reached.fit(x).bound(scores, np.array([[2.0, 5.0]])).tolist() == [[7, 7]]


def test_a_second_level_that_healthy_runs_had_raises_no_alarm(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 300))
    x[34:, 0] += 25
    new = rng.normal(size=(2, 300))
    new[0, 0] = 25
    new[1, 0] = -200
    detector = RobustMADDetector().fit(x)
    assert detector.predict(new).tolist() == [1, -1]
    path = detector.save(tmp_path / "detector.json")
    assert load_detector(path).predict(new).tolist() == [1, -1]


def test_older_files_know_nothing_of_it():
    nothing = Reached.of({"center": np.zeros(3)})
    scores = np.full((2, 3), 5.0)
    assert np.array_equal(nothing.bound(scores, np.zeros((2, 3))), scores)
