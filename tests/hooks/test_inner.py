import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from lineage_stats.hooks._inner import MOST_STEPS
from tests.recording import recording

X = pd.DataFrame({"a": np.arange(8.0), "b": ["x", "y"] * 4})
Y = np.array([0, 1] * 4)


def pipeline(**options):
    columns = make_column_transformer((StandardScaler(), ["a"]), (OneHotEncoder(), ["b"]))
    columns.set_params(**options)
    return make_pipeline(columns, LogisticRegression())


def test_the_steps_of_a_pipeline_are_noted_inside_of_one_operation():
    with recording() as recorded:
        pipeline().fit(X, Y).predict(X)
        trace = recorded.trace
    fit, predict = trace.keys
    assert [(step.name, step.depth) for step in trace.steps(fit)] == [
        ("ColumnTransformer.fit_transform", 0),
        ("StandardScaler.fit_transform", 1),
        ("OneHotEncoder.fit_transform", 1),
        ("LogisticRegression.fit", 0),
    ]
    scale = trace.steps(fit)[1]
    assert (scale.rows_in, scale.columns_in, scale.rows_out, scale.columns_out) == (8, 1, 8, 1)
    assert trace.steps(fit)[0].columns_out == 3
    assert trace.steps(fit)[-1].rows_out is None
    assert all(step.duration_ns > 0 and step.status == "ok" for step in trace.steps(fit))
    names = [step.name for step in trace.steps(predict)]
    assert names[0] == "ColumnTransformer.transform"
    assert names[-1] == "LogisticRegression.predict"


def test_steps_in_threads_are_steps_too():
    with recording() as recorded:
        pipeline(n_jobs=1).fit(X, Y)
        union = make_union(StandardScaler(), StandardScaler())
        union.fit_transform(X[["a"]])
        trace = recorded.trace
    key = next(key for key in trace.keys if "FeatureUnion" in key)
    assert [step.name for step in trace.steps(key)] == ["StandardScaler.fit_transform"] * 2


def test_a_subclass_of_a_pipeline_unfolds_as_well():
    class Own(Pipeline):
        """As other libraries have them."""

    with recording() as recorded:
        Own([("scale", StandardScaler()), ("model", LogisticRegression())]).fit(X[["a"]], Y)
        (operation,) = recorded.operations[1:]
        steps = recorded.trace.steps(operation.key)
    assert operation.name == "Own.fit"
    assert [step.name for step in steps] == ["StandardScaler.fit_transform",
                                             "LogisticRegression.fit"]  # fmt: skip


def broken(x):
    raise ZeroDivisionError


def test_a_step_that_fails_is_noted_and_the_next_call_is_recorded():
    with recording() as recorded:
        model = make_pipeline(StandardScaler(), FunctionTransformer(broken))
        with pytest.raises(ZeroDivisionError):
            model.fit_transform(X[["a"]])
        X.head(2)
        trace = recorded.trace
    failed, head = trace.operations[-2:]
    assert failed.status == "failed"
    assert [(step.name, step.status) for step in trace.steps(failed.key)] == [
        ("StandardScaler.fit_transform", "ok"),
        ("FunctionTransformer.fit_transform", "failed"),
    ]
    assert (head.name, trace.steps(head.key)) == ("DataFrame.head", ())


def test_steps_are_bounded():
    many = make_pipeline(*(FunctionTransformer() for _ in range(MOST_STEPS + 5)))
    with recording() as recorded:
        many.fit_transform(X[["a"]])
        (key,) = recorded.trace.keys[1:]
        assert len(recorded.trace.steps(key)) == MOST_STEPS


def test_a_search_over_pipelines_is_one_operation_without_steps():
    from sklearn.model_selection import GridSearchCV

    with recording() as recorded:
        GridSearchCV(pipeline(), {"logisticregression__C": [1, 2]}, cv=2).fit(X, Y)
        (operation,) = recorded.operations
        assert operation.steps is None
