import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import IsolationForest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from lineage_stats.detectors import TraceVectorizer
from lineage_stats.exceptions import BaselineError, TooFewRunsError
from tests.strategies import MERGE, make_trace, make_traces


@pytest.fixture(scope="module")
def fitted(healthy):
    return TraceVectorizer().fit(healthy)


@pytest.fixture(scope="module")
def healthy():
    return make_traces(30)


def test_a_row_per_run_and_a_name_per_column(fitted, healthy):
    X = fitted.transform(healthy)
    names = fitted.get_feature_names_out()
    assert X.shape == (30, len(names)) == (30, fitted.n_features_out_)
    assert len(set(names)) == len(names)
    assert f"{MERGE}: rows_out" in names
    assert np.isfinite(X).all()
    assert (np.ptp(X, axis=0) > 0).all()
    assert np.allclose(np.median(X, axis=0), 0, atol=1e-9)


def test_columns_are_those_that_were_fitted(fitted, healthy):
    assert fitted.transform(make_trace(99)).shape == (1, fitted.n_features_out_)
    one = healthy[0]
    assert np.array_equal(fitted.transform([one]), fitted.transform(healthy)[:1])


def test_raw_values_and_gaps_on_demand(healthy):
    raw = TraceVectorizer(scale=False, fill=None, drop_constant=False).fit(healthy)
    X = raw.transform(healthy)
    rows = raw.get_feature_names_out().tolist().index(f"{MERGE}: rows_out")
    assert X[0, rows] == healthy[0].operation(MERGE).outputs[0].rows
    assert raw.n_features_out_ > TraceVectorizer().fit(healthy).n_features_out_


def test_kinds_are_chosen(healthy):
    only = TraceVectorizer(kinds=("duration",)).fit(healthy)
    assert {cell.kind for cell in only.cells_} == {"duration"}
    with pytest.raises(ValueError, match=r"'kinds' parameter of TraceVectorizer.*'colour'"):
        TraceVectorizer(kinds=("colour",)).fit(healthy)


def test_it_is_a_step_of_a_pipeline(healthy):
    model = make_pipeline(TraceVectorizer(), IsolationForest(n_estimators=10, random_state=0))
    assert clone(model).fit(healthy).decision_function(healthy[:3]).shape == (3,)
    assert clone(TraceVectorizer(scale=False)).get_params()["scale"] is False


def test_what_cannot_be_done_is_said(healthy, fitted):
    with pytest.raises(NotFittedError):
        TraceVectorizer().transform(healthy)
    with pytest.raises(TooFewRunsError, match="healthy runs"):
        TraceVectorizer().fit([healthy[0]])
    with pytest.raises(BaselineError, match=r"'other'.*'churn'"):
        fitted.transform(make_trace(1, pipeline="other"))
