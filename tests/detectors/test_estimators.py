import json

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lineage_stats.detectors._estimators import described, fresh, is_estimator, oddness, restored
from lineage_stats.exceptions import TraceFileError


def test_an_estimator_survives_being_written_down():
    one = IsolationForest(n_estimators=7, max_samples=0.5, random_state=np.int64(3))
    again = restored(described(one))
    assert type(again) is IsolationForest
    assert again.get_params() == one.get_params()


def test_anything_else_stays_as_it_is():
    assert restored(0.01) == 0.01
    assert restored({"a": 1}) == {"a": 1}
    assert not is_estimator(IsolationForest)
    assert is_estimator(IsolationForest())


def test_chance_is_fixed_where_it_is_open():
    assert fresh(IsolationForest(), 4).random_state == 4
    assert fresh(IsolationForest(random_state=9), 4).random_state == 9
    assert fresh(LocalOutlierFactor(), 4).novelty is True


def test_scores_are_higher_for_odd_rows():
    x = np.random.default_rng(0).normal(size=(50, 2))
    for estimator in (IsolationForest(random_state=0), LocalOutlierFactor(novelty=True)):
        odd = oddness(estimator.fit(x), np.array([[0.0, 0.0], [9.0, 9.0]]))
        assert odd[1] > odd[0]


def test_a_class_that_is_not_there_is_said():
    with pytest.raises(TraceFileError, match="no estimator 'Missing'"):
        restored({"estimator": "sklearn.ensemble:Missing", "parameters": {}})


def test_steps_of_a_pipeline_are_estimators_too():
    one = make_pipeline(StandardScaler(), IsolationForest(n_estimators=7))
    again = restored(json.loads(json.dumps(described(one))))
    assert again[1].n_estimators == 7
    with pytest.raises(TypeError, match="'max_samples' of IsolationForest"):
        described(make_pipeline(StandardScaler(), IsolationForest(max_samples=set)))
