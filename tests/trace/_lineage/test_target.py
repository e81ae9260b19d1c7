"""What an estimator was fitted to predict."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from lineage_stats.trace import Operation
from lineage_stats.trace._lineage._target import target_names
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
