"""What arrays come from, found in the source of the code that calls."""

from __future__ import annotations

import ast
import linecache

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import KFold

from tests.recording import recording


def frame():
    return pd.DataFrame({"x": [float(i) for i in range(12)], "y": [0, 1] * 6})


def cross_validate():
    df = frame()
    X, y = df[["x"]].to_numpy(), df["y"].to_numpy()
    for train, test in KFold(3).split(X):
        model = LogisticRegression().fit(X[train], y[train])
        accuracy_score(y_true=y[test], y_pred=model.predict(X[test]))


def test_folds_come_from_the_data_and_the_split():
    with recording() as recorded:
        cross_validate()
    names = {"DataFrame", "DataFrame[columns]", "KFold.split"}
    assert set(recorded.parents("LogisticRegression.fit")) == names
    assert set(recorded.parents("accuracy_score")) == {
        "DataFrame", "KFold.split", "LogisticRegression.predict",
    }  # fmt: skip
    assert recorded.recorder.data.n_untracked == 0


class Model:
    """A class of the user's that hands arrays on."""

    def __init__(self, scale, offset=1):
        self.scale = scale
        self.offset = offset

    def train(self, X, *, labels):
        return LogisticRegression().fit(X, labels)

    def run(self, df):
        X = df[["x"]].to_numpy() * self.scale
        return self.train(df[["x"]].to_numpy() * 2, labels=np.where(df["y"] > 0, 1, 0)), X


def test_methods_hand_arrays_on():
    with recording() as recorded:
        Model(2).run(frame())
    assert set(recorded.parents("LogisticRegression.fit")) == {"DataFrame", "DataFrame[columns]"}


def score(truth, scores, threshold=0.5):
    return accuracy_score(truth, (scores > threshold).astype(int))


def test_functions_hand_arrays_on_with_defaults():
    with recording() as recorded:
        df = frame()
        train_and_score(df)
        trace = recorded.trace
    assert set(recorded.parents("accuracy_score")) == {
        "DataFrame", "LogisticRegression.predict_proba",
    }  # fmt: skip
    found = trace.upstream("accuracy_score")
    assert {d.column for d in found if d.is_source and not d.opaque} == {"x", "y"}
    assert not any(d.opaque for d in found)


def train_and_score(df):
    model = LogisticRegression().fit(df[["x"]], df["y"])
    scores = model.predict_proba(df[["x"]])[:, 1]
    roc_auc_score(df["y"], scores)
    score(df["y"], scores * 1.0)


def halves(values):
    return values[::2] * 1.0


def made_elsewhere():
    df = frame()
    values = df["x"].to_numpy()
    pd.Series(halves(values))
    pd.Series(np.ones(6) * 2)
    pd.Series([*values[[0, 1]]])


def test_what_is_made_elsewhere_stays_unknown_and_is_counted():
    with recording() as recorded:
        made_elsewhere()
    assert recorded.recorder.data.n_untracked == 1
    assert recorded.trace.input_coverage.n_unknown == 1


def run(source, names=None, *, cell=False, file="<a module>"):
    names = names or {"np": np, "pd": pd, "frame": frame, "__name__": "__main__"}
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    try:
        if not cell:
            exec(compile(source, file, "exec", dont_inherit=True), names)
        for statement in ast.parse(source).body if cell else ():
            part = ast.Module([statement], [])
            exec(compile(part, file, "exec", dont_inherit=True), names)
    finally:
        del linecache.cache[file]
    return names


MODULE = """
df = frame()
X = df[["x"]].to_numpy()
small = X[X[:, 0] < 5]
found = pd.DataFrame(small, columns=["x"])
"""


@pytest.mark.parametrize("cell", [False, True])
def test_code_of_modules_and_cells(cell):
    with recording() as recorded:
        run(MODULE, cell=cell)
        assert recorded.recorder.data.n_untracked == 0
        assert recorded.parents("DataFrame") == ["DataFrame[columns]"]


def test_a_global_that_a_function_assigns_to_is_not_followed():
    change = "def change():\n    global X\n    X = np.ones((12, 1))\n    return 1\n"
    with recording() as recorded:
        run(change + MODULE.replace("columns=", "copy=bool(change()), columns="))
        assert recorded.recorder.data.n_untracked == 1


def test_a_global_that_a_function_mentions_may_be_changed():
    change = "def change():\n    small[:] = 0\n"
    with recording() as recorded:
        run(change + MODULE)
        assert recorded.recorder.data.n_untracked == 1


def test_a_function_of_an_earlier_cell_may_change_a_global():
    with recording() as recorded:
        names = run("def change():\n    small[:] = 0\n", file="<cell 1>")
        run(MODULE, {**names, "frame": frame}, file="<cell 2>", cell=True)
        names = run("def change():\n    small[:] = 0\n", file="<cell 1>")
        run(MODULE, names, file="<cell 2>", cell=True)
        assert recorded.recorder.data.n_untracked == 1
