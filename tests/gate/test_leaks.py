"""Planted leaks are found, and pipelines that are clean are silent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, PolynomialFeatures, StandardScaler

from lineage_stats.gate._leaks import find_leaks

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def table(n=80, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    frame["c"] = np.where(frame["a"] > 0, "x", "y")
    frame["y"] = (frame["a"] + rng.normal(size=n) > 0).astype(int)
    return frame


def numbers():
    frame = table()
    return frame[["a", "b"]], frame["y"]


def evaluate(model, x_test, y_test):
    return f1_score(y_test, model.predict(x_test))


# --- leaks -----------------------------------------------------------------------------------


def scaled_before_the_split():
    x, y = numbers()
    z = StandardScaler().fit_transform(x)
    x_train, x_test, y_train, y_test = train_test_split(z, y, random_state=0)
    evaluate(LogisticRegression().fit(x_train, y_train), x_test, y_test)


def fitted_before_the_split_and_used_after_it():
    x, y = numbers()
    scaler = StandardScaler().fit(x)
    x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
    model = LogisticRegression().fit(scaler.transform(x_train), y_train)
    evaluate(model, scaler.transform(x_test), y_test)


def selected_before_the_split_of_a_table():
    x, y = numbers()
    kept = pd.DataFrame(SelectKBest(k=1).fit_transform(x, y)).assign(y=y)
    train, test = train_test_split(kept, random_state=0)
    model = LogisticRegression().fit(train[[0]], train["y"])
    evaluate(model, test[[0]], test["y"])


def imputed_before_rows_were_dropped_and_split():
    frame = table()
    frame[["a", "b"]] = SimpleImputer().fit_transform(frame[["a", "b"]])
    train, test = train_test_split(frame[frame["a"] > -2], random_state=0)
    model = LogisticRegression().fit(train[["a", "b"]], train["y"])
    evaluate(model, test[["a", "b"]], test["y"])


def scaled_by_the_test_rows_themselves():
    x_train, x_test, y_train, y_test = train_test_split(*numbers(), random_state=0)
    model = LogisticRegression().fit(StandardScaler().fit_transform(x_train), y_train)
    evaluate(model, StandardScaler().fit_transform(x_test), y_test)


def fitted_on_all_rows_after_the_split():
    x_train, x_test, y_train, y_test = train_test_split(*numbers(), random_state=0)
    model = LogisticRegression().fit(pd.concat([x_train, x_test]), pd.concat([y_train, y_test]))
    evaluate(model, x_test, y_test)


def model_fitted_on_the_test_rows():
    _, x_test, _, y_test = train_test_split(*numbers(), random_state=0)
    evaluate(LogisticRegression().fit(x_test, y_test), x_test, y_test)


def fitted_on_the_table_that_was_split():
    x, y = numbers()
    _, x_test, _, y_test = train_test_split(x, y, random_state=0)
    evaluate(LogisticRegression().fit(x, y), x_test, y_test)


LEAKS = {
    scaled_before_the_split: ("StandardScaler.fit_transform", True),
    fitted_before_the_split_and_used_after_it: ("StandardScaler.fit", True),
    selected_before_the_split_of_a_table: ("SelectKBest.fit_transform", True),
    imputed_before_rows_were_dropped_and_split: ("SimpleImputer.fit_transform", True),
    scaled_by_the_test_rows_themselves: ("StandardScaler.fit_transform", False),
    fitted_on_all_rows_after_the_split: ("LogisticRegression.fit", False),
    model_fitted_on_the_test_rows: ("LogisticRegression.fit", False),
    fitted_on_the_table_that_was_split: ("LogisticRegression.fit", True),
}


@pytest.mark.parametrize("program", LEAKS, ids=lambda f: f.__name__)
def test_planted_leaks_are_found(recorded, program):
    (leak,) = find_leaks(recorded(program))
    assert (leak.fit.name, leak.before_split) == LEAKS[program]
    assert (leak.split.name, leak.is_weak) == ("train_test_split", False)


# --- clean pipelines -------------------------------------------------------------------------


def split_then_fitted():
    x_train, x_test, y_train, y_test = train_test_split(*numbers(), random_state=0)
    scaler = StandardScaler().fit(x_train)
    model = LogisticRegression().fit(scaler.transform(x_train), y_train)
    evaluate(model, scaler.transform(x_test), y_test)
    accuracy_score(y_train, model.predict(scaler.transform(x_train)))  # of the training part


def a_pipeline_in_the_right_order():
    frame = table()
    x_train, x_test, y_train, y_test = train_test_split(
        frame.drop(columns="y"), frame["y"], stratify=frame["y"], random_state=0
    )
    columns = ColumnTransformer(
        [("n", StandardScaler(), ["a", "b"]), ("c", OneHotEncoder(), ["c"])]
    )
    model = make_pipeline(columns, LogisticRegression()).fit(x_train, y_train)
    model.score(x_test, y_test)


def labels_encoded_before_the_split():
    frame = table()
    y = LabelEncoder().fit_transform(frame["c"])
    x_train, x_test, y_train, y_test = train_test_split(frame[["b"]], y, random_state=0)
    evaluate(LogisticRegression().fit(x_train, y_train), x_test, y_test)


def powers_made_before_the_split():
    x, y = numbers()
    z = PolynomialFeatures().fit_transform(x)
    x_train, x_test, y_train, y_test = train_test_split(z, y, random_state=0)
    evaluate(LogisticRegression().fit(x_train, y_train), x_test, y_test)


def fitted_again_on_everything_after_the_evaluation():
    x, y = numbers()
    x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
    evaluate(LogisticRegression().fit(x_train, y_train), x_test, y_test)
    LogisticRegression().fit(x, y)


def calibrated_on_a_third_part():
    x_train, x_rest, y_train, y_rest = train_test_split(*numbers(), random_state=0)
    x_test, x_tune, y_test, y_tune = train_test_split(x_rest, y_rest, random_state=0)
    model = LogisticRegression().fit(x_train, y_train)
    second = LogisticRegression().fit(model.predict_proba(x_tune), y_tune)
    f1_score(y_test, second.predict(model.predict_proba(x_test)))


def searched_on_the_training_part():
    x_train, x_test, y_train, y_test = train_test_split(*numbers(), random_state=0)
    cross_val_score(LogisticRegression(), x_train, y_train, cv=2)
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(x_train, y_train)
    evaluate(search, x_test, y_test)


def joined_with_what_was_learned_from_another_table():
    frame = table().assign(key=range(80))
    other = pd.DataFrame(np.random.default_rng(1).normal(size=(80, 3)))
    factors = pd.DataFrame(PCA(1).fit_transform(other), columns=["p"]).assign(key=range(80))
    train, test = train_test_split(frame.merge(factors, on="key"), random_state=0)
    model = LogisticRegression().fit(train[["a", "p"]], train["y"])
    evaluate(model, test[["a", "p"]], test["y"])


def looked_at_before_the_split():
    x, y = numbers()
    PCA(1).fit(x)  # for a picture
    x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
    evaluate(LogisticRegression().fit(x_train, y_train), x_test, y_test)


def never_split():
    x, y = numbers()
    evaluate(LogisticRegression().fit(x, y), x, y)


CLEAN = (
    split_then_fitted, a_pipeline_in_the_right_order, labels_encoded_before_the_split,
    powers_made_before_the_split, fitted_again_on_everything_after_the_evaluation,
    calibrated_on_a_third_part, searched_on_the_training_part,
    joined_with_what_was_learned_from_another_table, looked_at_before_the_split, never_split,
)  # fmt: skip


@pytest.mark.parametrize("program", CLEAN, ids=lambda f: f.__name__)
def test_clean_pipelines_are_silent(recorded, program):
    assert find_leaks(recorded(program)) == []


def categories_learned_before_the_split():
    frame = table()
    codes = OneHotEncoder(sparse_output=False).fit_transform(frame[["c"]])
    x_train, x_test, y_train, y_test = train_test_split(codes, frame["y"], random_state=0)
    evaluate(LogisticRegression().fit(x_train, y_train), x_test, y_test)


def test_categories_are_a_weak_leak(recorded):
    (leak,) = find_leaks(recorded(categories_learned_before_the_split))
    assert leak.is_weak
