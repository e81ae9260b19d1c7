"""One digest of what a model has learned."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from typing import NamedTuple
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import Bunch

from lineage_stats.hooks import _models
from lineage_stats.hooks._models import learned_facts
from tests.probes import data
from tests.recording import recording

MODELS = {
    "linear": lambda: LogisticRegression(),
    "forest": lambda: RandomForestClassifier(3, random_state=0),
    "pipeline": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
}


def learned(model):
    return learned_facts(model).get("model[learned]")


@pytest.mark.parametrize("name", MODELS)
def test_equal_data_gives_equal_digests_and_other_data_others(name):
    X, y = data()
    one, two, other = (MODELS[name]().fit(x, y) for x in (X, X.copy(), X[::-1] * 2))
    assert learned(one) == learned(two) != learned(other)
    assert learned(one).startswith("blake2b:")


def test_a_search_learns_no_times():
    X, y = data()
    one, two = (GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2) for _ in range(2))
    for search in (one, two):
        search.fit(X, y)
    one.refit_time_, one.cv_results_["mean_fit_time"] = 3600.0, np.array([3600.0, 3600.0])
    assert learned(one) == learned(two)
    two.cv_results_["mean_test_score"] = np.array([0.0, 1.0])
    assert learned(one) != learned(two)


def test_what_has_learned_nothing_has_none():
    assert learned_facts(LogisticRegression()) == learned_facts(object()) == {}


def test_categories_and_sparse_arrays_count():
    encoders = [OneHotEncoder().fit([[a], ["b"]]) for a in ("a", "a", "c")]
    assert learned(encoders[0]) == learned(encoders[1]) != learned(encoders[2])

    class Sparse(BaseEstimator):
        def __init__(self, value=1):
            self.value = value
            self.matrix_ = sp.csr_matrix([[0, value]])

    assert learned(Sparse(1)) == learned(Sparse(1)) != learned(Sparse(2))


class Odd(BaseEstimator):
    def __init__(self, value=None):
        self.value_ = value


def test_large_and_deep_values_are_sampled(monkeypatch):
    monkeypatch.setattr(_models, "MAX_BYTES", 800)
    values = [np.arange(100.0), np.arange(101.0), np.arange(10_000.0), np.ones((400, 4)).T,
              np.zeros(3, dtype="i4,f8"), list(range(1001)), [[[[[1]]]]], object()]  # fmt: skip
    marks = [learned(Odd(value)).partition(":")[0] for value in values]
    assert marks == ["blake2b", *["blake2b-sampled"] * 7]
    assert len({learned(Odd(value)) for value in values}) == 8


def test_a_large_forest_is_sampled():
    X, y = data()
    forest = RandomForestClassifier(60, max_depth=1, random_state=0).fit(X, y)
    assert learned(forest).startswith("blake2b-sampled:")


class Angry:
    def __getattr__(self, name):
        raise ZeroDivisionError


def test_an_odd_attribute_stops_nothing():
    assert learned(Odd(Angry())).startswith("blake2b-sampled:")


def test_a_fit_tells_what_was_learned():
    X, y = data()
    with recording() as run:
        for name in MODELS:
            MODELS[name]().fit(X, y)
        operations = run.operations
    found = [op.facts.get("model[learned]") for op in operations]
    assert all(text.startswith("blake2b:") for text in found)
    assert len(set(found)) == 3


class Touchy:
    """An attribute that minds being asked."""

    def __getattr__(self, name):
        raise AssertionError(f"asked for {name}")


class Counted(list):
    def __iter__(self):
        raise AssertionError("iterated")

    def __len__(self):
        raise AssertionError("counted")


class Remote(BaseEstimator):
    def __init__(self, client=None):
        self.client = client

    def fit(self, X, y=None):
        self.client_ = self.client
        self.own_ = {"deep": [self.client]}
        self.steps = self.client
        self.scale_ = np.float64(2.0)
        return self


@pytest.mark.parametrize("kind", [Touchy, Counted])
def test_attributes_of_other_classes_are_not_asked(kind):
    with recording(features="full") as run:
        Remote(kind()).fit(pd.DataFrame({"a": [1, 2]}), [0, 1])
    facts = run.trace.operations[-1].facts
    assert facts["param[client]"] == f"<{kind.__name__}>"
    assert "model[learned]" in facts
    assert not run.trace.problems


def test_mocks_are_not_called():
    client = MagicMock()
    with recording(features="full"):
        Remote(client).fit(pd.DataFrame({"a": [1, 2]}), [0, 1])
        make_pipeline(StandardScaler(), Remote(client)).fit(pd.DataFrame({"a": [1, 2]}), [0, 1])
    assert client.mock_calls == []


class Row(NamedTuple):
    low: float
    high: float


class Learned(BaseEstimator):
    def __init__(self, value):
        self.value_ = value


@pytest.mark.parametrize("other", [Row(1.0, 3.0), OrderedDict(a=2), Bunch(a=2), [1, 2]])
def test_usual_collections_are_read(other):
    one, same, changed = (learned(Learned(v)) for v in (Row(1.0, 2.0), Row(1.0, 2.0), other))
    assert one == same != changed
    assert changed.startswith("blake2b:")


def test_arrays_of_subclasses_are_as_they_were():
    model = Learned(np.ma.masked_array([1.0, 2.0], mask=[False, True]))
    before = pickle.dumps(model)
    assert learned(model) != learned(Learned(np.ma.masked_array([3.0, 2.0], mask=[False, True])))
    assert learned(model) != learned(Learned(np.ma.masked_array([1.0, 2.0])))
    assert learned(model) == learned(Learned(np.ma.masked_array([1.0, 9.0], mask=[False, True])))
    assert pickle.dumps(model) == before
