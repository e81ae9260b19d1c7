"""Estimators that a program takes out of others are known to be fitted by these."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lineage_stats.hooks._fitted_parts import MAX_PARTS, fitted_parts
from tests.recording import recording

X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["a", "b"])
Y = (X["a"] > 0).astype(int).to_numpy()


def of_a_search():
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(X, Y)
    return search.best_estimator_.predict(X)


def last_step():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    return model[-1].predict(model[:-1].transform(X))


def named_step():
    model = make_pipeline(StandardScaler(), LogisticRegression()).set_output(transform="pandas")
    model.fit(X, Y)
    return model["logisticregression"].predict(model.named_steps["standardscaler"].transform(X))


def of_a_search_over_a_pipeline():
    model = make_pipeline(StandardScaler(), LogisticRegression())
    search = GridSearchCV(model, {"logisticregression__C": [1.0]}, cv=2).fit(X, Y)
    best = search.best_estimator_
    return best.named_steps["logisticregression"].predict(best[:1].transform(X))


def tree_of_a_forest():
    return (
        RandomForestClassifier(3, random_state=0)
        .fit(X.to_numpy(), Y)
        .estimators_[1]
        .predict(X.to_numpy())
    )


def member_of_a_vote():
    return VotingClassifier([("one", LogisticRegression())]).fit(X, Y).estimators_[0].predict(X)


def of_columns():
    columns = ColumnTransformer([("scale", StandardScaler(), ["a", "b"])]).fit(X)
    found = columns.named_transformers_["scale"].transform(X)
    return LogisticRegression().fit(found, Y).predict(found)


@pytest.mark.parametrize(
    ("program", "fit"),
    [
        (of_a_search, "GridSearchCV.fit"),
        (last_step, "Pipeline.fit"),
        (named_step, "Pipeline.fit"),
        (of_a_search_over_a_pipeline, "GridSearchCV.fit"),
        (tree_of_a_forest, "RandomForestClassifier.fit"),
        (member_of_a_vote, "VotingClassifier.fit"),
        (of_columns, "ColumnTransformer.fit"),
    ],
)
@pytest.mark.filterwarnings("ignore:X (has|does not have):UserWarning")
def test_what_is_taken_out_of_a_model_was_fitted_with_it(program, fit):
    with recording() as run:
        f1_score(Y, program())
    trace = run.trace
    above = {trace.operation(key).name for key in trace.ancestors(trace.keys[-1])}
    assert fit in above


def test_a_copy_that_is_not_fitted_stands_for_nothing():
    with recording() as run:
        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
        other = clone(model).fit(X, Y)
        f1_score(Y, other[-1].predict(X.to_numpy()))
    trace = run.trace
    fits = [key for key in trace.ancestors(trace.keys[-1]) if "Pipeline.fit" in key]
    assert [trace.operation(key).key.rpartition("#")[2] for key in fits] == ["2"]


def test_parts_are_bounded_and_nothing_else_is_asked():
    forest = RandomForestClassifier(MAX_PARTS + 9).fit(X, Y)
    assert len(fitted_parts(forest)) == MAX_PARTS
    boosting = GradientBoostingClassifier(n_estimators=2).fit(X, Y)
    assert [type(part).__name__ for part in fitted_parts(boosting)].count(
        "DecisionTreeRegressor"
    ) == 2
    assert fitted_parts(LogisticRegression()) == fitted_parts(3) == fitted_parts([]) == []

    class Strange:
        def __getattr__(self, name):
            raise AssertionError(name)

    holder = LogisticRegression()
    holder.strange_, holder.list_ = Strange(), [Strange(), (1, 2)]
    assert fitted_parts(holder) == []
    holder.self_ = holder
    assert len(fitted_parts(holder)) < MAX_PARTS
    endless = []
    endless.append(endless)
    other = LogisticRegression()
    other.endless_ = endless
    assert fitted_parts(other) == []
