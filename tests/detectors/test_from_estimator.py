import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import OneClassSVM

from lineage_stats.detectors import FromEstimator, load_detector
from tests.strategies import make_trace, make_traces

FOREST = IsolationForest(n_estimators=20)


@pytest.fixture(scope="module")
def runs():
    return np.random.default_rng(0).normal(size=(60, 6))


class Distance(BaseEstimator):
    """As PyOD does: higher for odd rows, with the scores of the fitted ones as an attribute."""

    def fit(self, X, y=None):
        self.center_ = X.mean(axis=0)
        self.decision_scores_ = self.decision_function(X)
        return self

    def decision_function(self, X):
        return np.linalg.norm(X - self.center_, axis=1)


@pytest.mark.parametrize(
    "estimator", [FOREST, LocalOutlierFactor(), EllipticEnvelope(), Distance()], ids=repr
)
def test_the_estimator_alone_finds_what_it_can(estimator):
    flagged = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        new = rng.normal(size=(300, 6))
        detector = FromEstimator(estimator, judge_cells=False).fit(rng.normal(size=(60, 6)))
        flagged.append((detector.predict(new) < 0).mean())
    assert np.mean(flagged) < 0.02
    assert detector.predict(np.full((1, 6), 25.0)).tolist() == [-1]
    alarms = set(detector._p_values(detector._runs(new)).alarms)
    assert alarms == {"whole run", "many cells", "present", *detector.calibration_.families}


def test_single_cells_have_a_say_unless_told_otherwise(runs):
    new = np.zeros((1, 6))
    new[0, 2] = 40.0
    assert FromEstimator(FOREST).fit(runs).predict(new).tolist() == [-1]
    assert FromEstimator(FOREST, judge_cells=False).fit(runs).predict(new).tolist() == [1]


def test_equal_seeds_give_equal_scores(runs):
    one, other = (FromEstimator(FOREST).fit(runs).score_samples(runs[:5]) for _ in range(2))
    assert np.array_equal(one, other)
    third = FromEstimator(FOREST, random_state=1, judge_cells=False).fit(runs)
    assert not np.array_equal(third.score_samples(runs[:5]), one)


def test_the_estimator_given_stays_unfitted(runs):
    estimator = IsolationForest(n_estimators=5)
    FromEstimator(estimator).fit(runs)
    assert not hasattr(estimator, "estimators_")


def test_traces_are_judged_and_saved(tmp_path):
    detector = FromEstimator(FOREST).fit(make_traces(40))
    loaded = load_detector(detector.save(tmp_path / "saved"))
    new = make_trace(900)
    assert loaded.score(new).to_dict() == detector.score(new).to_dict()
    assert type(loaded.estimator) is IsolationForest
    assert loaded.estimator.n_estimators == 20


def test_no_module_is_imported_because_a_file_names_it(runs, tmp_path):
    folder = FromEstimator(FOREST).fit(runs).save(tmp_path / "saved")
    file = folder / "detector.json"
    record = json.loads(file.read_text())
    record["parameters"]["estimator"]["estimator"] = "antigravity:open"
    file.write_text(json.dumps(record))
    with pytest.raises(ValueError, match="Import that module first"):
        load_detector(folder)


def test_what_cannot_be_saved_without_pickle_is_said(runs, tmp_path):
    svm = OneClassSVM(kernel=lambda a, b: a @ b.T)
    with pytest.raises(TypeError, match="'kernel' of OneClassSVM"):
        FromEstimator(svm).fit(runs).save(tmp_path / "saved")


@pytest.mark.parametrize("estimator", [None, 3, IsolationForest, BaseEstimator()])
def test_other_things_are_refused(estimator, runs):
    with pytest.raises(ValueError, match="'estimator' parameter of FromEstimator"):
        FromEstimator(estimator).fit(runs)
