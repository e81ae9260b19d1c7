"""The training score of linear models, without asking them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import (
    ElasticNet,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.tree import DecisionTreeClassifier

from lineage_stats.features._linear_fit import linear_fit_score
from lineage_stats.hooks._measures import measure_fit
from lineage_stats.hooks._provider import Call, Target

IRIS = load_iris(as_frame=True)
NAMES = pd.Series(IRIS.target_names[IRIS.target], index=IRIS.data.index)
DIABETES = load_diabetes(as_frame=True)


def score_of(model, x, y):
    return linear_fit_score(vars(model), x, y)


@pytest.mark.parametrize("model", [LinearRegression(), Ridge(), ElasticNet(alpha=0.01)], ids=repr)
@pytest.mark.parametrize("form", ["frame", "array", "list"])
def test_of_a_regression_it_is_the_models_own(model, form):
    x, y = DIABETES.data, DIABETES.target
    if form != "frame":
        x, y = x.to_numpy(), y.to_numpy() if form == "array" else y.tolist()
    assert score_of(model.fit(x, y), x, y) == pytest.approx(model.score(x, y))


@pytest.mark.parametrize(
    "model", [LogisticRegression(max_iter=500), RidgeClassifier(), SGDClassifier(random_state=0)],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("labels", ["numbers", "names", "two"])
def test_of_a_classifier_it_is_the_models_own(model, labels):
    x = IRIS.data
    y = {"numbers": IRIS.target, "names": NAMES, "two": NAMES == "setosa"}[labels]
    assert score_of(model.fit(x, y), x, y) == pytest.approx(model.score(x, y))


def test_columns_of_several_dtypes_keep_their_order():
    x = DIABETES.data.assign(
        age=lambda d: (d["age"] * 1000).astype(int), sex=lambda d: d["sex"] > 0
    )
    model = LinearRegression().fit(x, DIABETES.target)
    assert score_of(model, x, DIABETES.target) == pytest.approx(model.score(x, DIABETES.target))


@pytest.mark.parametrize("spoilt", ["nulls", "text", "fewer", "rows", "many targets"])
def test_what_it_cannot_tell_is_none(spoilt):
    x, y = DIABETES.data, DIABETES.target
    model = LinearRegression().fit(x, y)
    x, y = {
        "nulls": (x.mask(x > 0.1), y),
        "text": (x.assign(age="old"), y),
        "fewer": (x.drop(columns="age"), y),
        "rows": (x, y.head(9)),
        "many targets": (x, pd.concat([y, y], axis=1)),
    }[spoilt]
    assert score_of(model, x, y) is None


def test_a_long_table_is_sampled():
    x = np.random.default_rng(0).normal(size=(5000, 3))
    y = x @ [1.0, 2.0, 3.0] + np.random.default_rng(1).normal(size=5000)
    model = LinearRegression().fit(x, y)
    assert score_of(model, x, y) == pytest.approx(model.score(x, y), abs=0.02)


@pytest.mark.parametrize("model", [DecisionTreeClassifier(), PoissonRegressor()], ids=repr)
def test_only_models_that_predict_their_sum_are_scored(model):
    model.fit(IRIS.data, IRIS.target)
    call = Call(Target("", "fit"), (model,), {}, model, lambda: {"X": IRIS.data, "y": IRIS.target})
    assert "fit_score" not in measure_fit(call)
