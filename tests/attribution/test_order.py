"""Columns that a model gets in another order than it was fitted with."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lineage_stats.attribution import MechanismBaseline, attribute_root_cause
from lineage_stats.attribution._inspector import Inspector, upstream_of
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._order import find_misorders
from tests.recording import recording

COLUMNS = ["a", "b", "c"]


def run_day(day, wrong=""):
    """A run of a program that fits on arrays."""
    rng = np.random.default_rng(day)
    values = rng.normal(size=(500, 3)) * [1, 2, 3]
    with recording(features="profile") as run:
        table = pd.DataFrame(values, columns=COLUMNS)
        table["late"] = (values[:, 0] - values[:, 1] + 0.3 * rng.normal(size=500) > 0).astype(int)
        train, test = table.iloc[:300], table.iloc[300:]
        if wrong == "both":
            train, test = train[["c", "b", "a", "late"]], test[["c", "b", "a", "late"]]
        if wrong == "inserted":
            test = test[["b", "a", "c", "late"]]
        if wrong == "other columns":
            test = test.drop(columns="c").assign(d=1.0)
        x = train.drop(columns="late").to_numpy()
        model = LogisticRegression().fit(x, train["late"])
        f1_score(test["late"], model.predict(test.drop(columns="late").to_numpy()))
    return dataclasses.replace(run.trace, run_id=f"day{day}{wrong}")


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([run_day(day) for day in range(12)])


def misorders(baseline, trace):
    observation = Observation(baseline, trace)
    upstream, _ = upstream_of(trace, trace.metric_operation("f1_score").key)
    inspector = Inspector(observation, [observation.keys[key] for key in upstream])
    return list(find_misorders(inspector))


@pytest.mark.parametrize("wrong", ["", "both", "other columns"])
def test_what_is_fitted_and_predicted_in_one_order_is_none(baseline, wrong):
    assert misorders(baseline, run_day(40, wrong)) == []


def test_who_turned_the_columns_of_one_part_round_is_named(baseline):
    trace = run_day(41, "inserted")
    (wrong,) = misorders(baseline, trace)
    assert (wrong.column, wrong.place, wrong.expected) == ("b", 0, 1)
    assert wrong.change.endswith("had it as column 1")
    found = attribute_root_cause(trace, "f1_score", baseline=baseline)
    first = found.contributions[0]
    assert trace.operation(first.operation).name == "DataFrame[columns]"
    assert first.probability > 0.5
    assert first.evidence[0].feature == "order"
    assert "as column 0" in found.summary()


def test_a_pipeline_that_chooses_by_name_takes_any_order():
    def by_name(day, *columns):
        rng = np.random.default_rng(day)
        with recording(features="profile") as run:
            table = pd.DataFrame(rng.normal(size=(200, 3)), columns=COLUMNS)
            late = (table["a"] > 0).astype(int)
            scaled = ColumnTransformer([("s", StandardScaler(), COLUMNS)])
            model = make_pipeline(scaled, LogisticRegression()).fit(table, late)
            f1_score(late, model.predict(table[[*columns]]))
        return dataclasses.replace(run.trace, run_id=f"day{day}")

    healthy = MechanismBaseline.from_traces([by_name(day, *COLUMNS) for day in range(3)])
    assert misorders(healthy, by_name(40, "b", "a", "c")) == []


def test_an_order_that_was_always_so_is_none():
    healthy = MechanismBaseline.from_traces([run_day(day, "inserted") for day in range(12)])
    assert misorders(healthy, run_day(42, "inserted")) == []
