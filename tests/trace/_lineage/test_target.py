"""What an estimator was fitted to predict."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from lineage_stats.trace import Operation
from lineage_stats.trace._lineage._target import compared_names, has_target, target_names
from tests.recording import recording


def fitted(recipe):
    text = None if recipe is None else json.dumps(recipe)
    return Operation(key="f/fit#1", name="fit", kind="fit", scope="f", occurrence=1, lineage=text)


@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        (None, ()),
        ({"as": "fit", "x": "d1"}, ()),
        ({"as": "fit", "x": "d1", "y": "?"}, ()),
        ({"as": "predict", "x": "d1", "y": "d2"}, ()),
        ({"as": "fit", "x": "d1", "y": "d2"}, ("d2",)),
        ({"as": "fit", "y": ["c", ["d2", "late"]]}, ("d2.late",)),
        ({"as": "fit", "y": {"of": ["c", ["d2", "late"]], "only": ["late"]}}, ("d2.late",)),
        ({"as": "fit", "y": {"of": "d2", "by": ["a"], "only": ["late"]}}, ("d2.late",)),
        ({"as": "fit", "y": {"of": "d2", "opt": ["part"]}}, ("d2",)),
        ({"as": "split", "x": ["d1"], "y": "d2"}, ()),
        ({"as": "split", "x": ["d1"], "by": ["c", ["d1", "arm"]]}, ("d1.arm",)),
        ({"as": "fit", "y": ["c?", ["d2", "a", "d"], ["d3", None, "d"]]}, ("d2.a", "d3")),
    ],
)
def test_names_are_those_of_the_recipe(recipe, names):
    assert target_names(fitted(recipe)) == names


@pytest.mark.parametrize(
    ("recipe", "may_have"),
    [
        (None, True),
        ({"as": "fit", "x": "d1"}, False),
        ({"as": "fit", "x": "d1", "y": "?"}, True),
        ({"as": "split", "x": ["d1"]}, True),
    ],
)
def test_a_fit_without_a_target_is_known(recipe, may_have):
    assert has_target(fitted(recipe)) is may_have


@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        (None, ()),
        ({"as": "fit", "x": "d1", "y": "d2"}, ()),
        ({"as": "mix", "x": [["c", ["d1", "late"]], "d2", "?"]}, (("d1.late",), ("d2",), ())),
        ({"as": "mix", "x": [{"np": "pick", "x": ["d3"], "at": [1]}]}, (("d3",),)),
        ({"as": "mix", "x": "d1"}, ()),
    ],
)
def test_arguments_of_a_metric_are_those_of_the_recipe(recipe, names):
    assert compared_names(fitted(recipe)) == names


def test_a_column_of_the_table_that_features_come_from():
    with recording() as run:
        table = pd.DataFrame({"a": np.arange(20.0), "b": 1.0, "late": np.arange(20) % 2})
        train, _ = train_test_split(table, random_state=0)
        LogisticRegression().fit(train[["a", "b"]], train["late"])
    trace = run.trace
    fit = next(op for op in trace if op.kind == "fit")
    (name,) = target_names(fit)
    assert name.endswith(".late")
    columns = {d.column for d in trace.upstream(name).dependencies}
    assert "late" in columns
    assert columns.isdisjoint({"a", "b"})
