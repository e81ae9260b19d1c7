"""What calls of scikit-learn mean: fits, predictions, metrics, splits and their edges."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris, make_classification
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, SGDClassifier
from sklearn.metrics import (
    classification_report,
    confusion_matrix,
    f1_score,
    mean_squared_error,
    roc_curve,
)
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    train_test_split,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from tests.probes import Doubler, data
from tests.recording import recording


def test_a_small_pipeline_has_the_right_edges():
    x, y = data()
    with recording() as run:
        table = pd.DataFrame(x, columns=list("abc"))
        target = pd.Series(y)
        x_train, x_test, y_train, y_test = train_test_split(table, target, random_state=0)
        scaler = StandardScaler().fit(x_train)
        model = LogisticRegression().fit(scaler.transform(x_train), y_train)
        predicted = model.predict(scaler.transform(x_test))
        f1_score(y_test, predicted)
        model.score(scaler.transform(x_test), y_test)
        trace = run.trace
    short = {op.key: op.key.rpartition("/")[2] for op in trace}
    assert {short[op.key]: [short[p] for p in trace.parents(op.key)] for op in trace} == {
        "DataFrame#1": [],
        "Series#1": [],
        "train_test_split#1": ["DataFrame#1", "Series#1"],
        "StandardScaler.fit#1": ["train_test_split#1"],
        "StandardScaler.transform#1": ["StandardScaler.fit#1", "train_test_split#1"],
        "LogisticRegression.fit#1": ["StandardScaler.transform#1", "train_test_split#1"],
        "StandardScaler.transform#2": ["StandardScaler.fit#1", "train_test_split#1"],
        "LogisticRegression.predict#1": [
            "LogisticRegression.fit#1",
            "StandardScaler.transform#2",
        ],
        "f1_score#1": ["train_test_split#1", "LogisticRegression.predict#1"],
        "StandardScaler.transform#3": ["StandardScaler.fit#1", "train_test_split#1"],
        "LogisticRegression.score#1": [
            "LogisticRegression.fit#1",
            "StandardScaler.transform#3",
            "train_test_split#1",
        ],
    }
    assert set(trace.metrics) == {"f1_score", "LogisticRegression.score"}


CV_OPTIONS = {"l1_ratios": (0.0,), "use_legacy_attributes": False}
if CV_OPTIONS.keys() - inspect.signature(LogisticRegressionCV).parameters.keys():
    CV_OPTIONS = {}  # scikit-learn before 1.8, where nothing needs to be said

# Each is one operation, however much happens inside.
COMPOSITE = {
    "GridSearchCV.fit": lambda x, y: GridSearchCV(SVC(), {"C": [1, 2]}, cv=2).fit(x, y),
    "Pipeline.fit": lambda x, y: make_pipeline(StandardScaler(), SVC()).fit(x, y),
    "cross_val_score": lambda x, y: cross_val_score(SVC(), x, y, cv=2),
    "cross_validate": lambda x, y: cross_validate(make_pipeline(Doubler(), SVC()), x, y, cv=2),
    "LogisticRegressionCV.fit": lambda x, y: LogisticRegressionCV(
        Cs=2, cv=2, scoring="accuracy", **CV_OPTIONS
    ).fit(x, y),
    "MLPClassifier.fit": lambda x, y: MLPClassifier(2, max_iter=500, tol=1.0).fit(x, y),
    "ColumnTransformer.fit_transform": lambda x, y: ColumnTransformer(
        [("s", StandardScaler(), [0])]
    ).fit_transform(x),
    "classification_report": lambda x, y: classification_report(y, y),
    "confusion_matrix": lambda x, y: confusion_matrix(y, y),
    "SGDClassifier.partial_fit": lambda x, y: SGDClassifier().partial_fit(x, y, classes=[0, 1]),
    "make_classification": lambda x, y: make_classification(20),
    "load_iris": lambda x, y: load_iris(as_frame=True),
    "roc_curve": lambda x, y: roc_curve(y, x[:, 0]),
}


@pytest.mark.parametrize("name", COMPOSITE)
def test_one_call_is_one_operation(name):
    x, y = data()
    with recording() as run:
        COMPOSITE[name](x, y)
        assert run.names == [name]


def test_parameters_of_models_are_facts():
    x, y = data()
    with recording() as run:
        LogisticRegression(C=0.5).fit(x, y)
        (op,) = run.operations
    assert op.facts["param[C]"] == "0.5"
    assert op.facts["code"].startswith("scikit-learn ") or op.facts["code"].startswith("sklearn ")


def test_the_code_of_the_users_models_is_a_fact():
    with recording() as run:
        Doubler().fit(np.zeros((2, 1)))
        (op,) = run.operations
    assert op.facts["code"].startswith("Doubler ~")


def test_models_whose_parameters_cannot_be_read_are_recorded():
    class Odd(BaseEstimator):
        def __init__(self, *args):
            pass

        def fit(self, X, y=None):
            return self

    x, y = data()
    with recording(strict=False) as run:
        assert isinstance(Odd(1).fit(x, y), Odd)
        assert run.names == ["Odd.fit"]


def test_metrics_know_their_values():
    with recording() as run:
        value = mean_squared_error([1.0, 2.0], [1.0, 4.0])
        trace = run.trace
    assert trace.metrics == {"mean_squared_error": value}


def test_lists_are_fine():
    with recording() as run:
        model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        assert model.predict([[0.0]]).tolist() == [0]
        assert run.parents("LogisticRegression.predict") == ["LogisticRegression.fit"]


def test_a_model_fitted_again_is_another_version():
    x, y = data()
    with recording() as run:
        model = LogisticRegression()
        model.fit(x, y)
        model.fit(x, 1 - y)
        model.predict(x)
        trace = run.trace
        assert [trace.keys.index(k) for k in trace.parents(trace.keys[-1])] == [1]


def test_a_failed_fit_is_recorded():
    with recording() as run:
        with pytest.raises(ValueError, match="NaN"):
            LogisticRegression().fit([[np.nan]], [0])
        (op,) = run.operations
    assert (op.status, op.error) == ("failed", "ValueError")


def test_a_splitter_is_one_operation_and_all_folds_come_from_it():
    with recording() as recorded:
        x, y = pd.DataFrame({"x": np.arange(12.0)}), pd.Series([0, 1] * 6)
        for train, _ in StratifiedKFold(3).split(x, y):
            x.iloc[train].dropna()
        names = ["DataFrame", "Series", "StratifiedKFold.split"]
        assert recorded.names == [*names, *["DataFrame.iloc[]", "DataFrame.dropna"] * 3]
        assert recorded.parents("StratifiedKFold.split") == ["DataFrame"]
        assert recorded.parents("DataFrame.iloc[]") == ["DataFrame", "StratifiedKFold.split"]
        split = recorded.operations[2]
        assert [ref.rows for ref in split.outputs] == [8, 4]
        assert split.facts["param[n_splits]"] == "3"


class Boost(ClassifierMixin, BaseEstimator):
    """Stands in for a classifier of another library, as those of XGBoost and LightGBM."""

    def __init__(self, rounds=3):
        self.rounds = rounds

    def fit(self, X, y, eval_set=None):
        self.classes_ = np.unique(y)
        self.shares_ = np.full(len(self.classes_), 1 / len(self.classes_))
        return self

    def predict_proba(self, X):
        return np.tile(self.shares_, (len(X), 1))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def test_an_estimator_of_another_library_comes_for_free():
    with recording() as recorded:
        x, y = pd.DataFrame({"x": [1.0, 2.0]}), np.array([0, 1])
        model = Boost(rounds=5).fit(x, y, eval_set=[(x, y)])
        model.predict(x)
        model.predict_proba(x)
        model.score(x, y)
        assert recorded.names[1:] == [
            "Boost.fit", "Boost.predict", "Boost.predict_proba", "Boost.score",
        ]  # fmt: skip
        assert recorded.operations[1].facts["param[rounds]"] == "5"
        assert sorted(recorded.parents("Boost.score")) == ["Boost.fit", "DataFrame"]


class OwnSVC(SVC):
    pass


def test_who_fits_copies_of_an_estimator_tells_its_parameters():
    x, y = data()
    with recording() as run:
        cross_val_score(make_pipeline(StandardScaler(), SVC(C=3.0)), x, y, cv=2)
        cross_val_predict(OwnSVC(), x, y, cv=2)
        cross_val_score(estimator=SVC(C=4.0), X=x, y=y, cv=2)
    pipeline, own, named = (op.facts for op in run.operations)
    assert pipeline["param[estimator]"] == "Pipeline"
    assert pipeline["param[estimator__svc]"] == "SVC"
    assert pipeline["param[estimator__svc__C]"] == "3.0"
    assert pipeline["param[cv]"] == "2"
    assert own["param[estimator]"].startswith("OwnSVC ~")
    assert named["param[estimator__C]"] == "4.0"


def test_the_code_of_the_users_models_is_a_fact_also_inside_of_others():
    x, y = data()
    with recording() as run:
        model = make_pipeline(Doubler(), LogisticRegression()).fit(x, y)
        GridSearchCV(model, {"logisticregression__C": [1.0]}, cv=2).fit(x, y)
        cross_val_score(model, x, y, cv=2)
        fit, search, scores = run.operations
    assert fit.facts["code[doubler]"].startswith("Doubler ~")
    code = fit.facts["code[doubler]"]
    assert search.facts["code[estimator__doubler]"] == code
    assert scores.facts["code[estimator__doubler]"] == code
    assert not any(name.startswith("code[log") for name in fit.facts)
