import joblib
import numpy as np
import pandas as pd
import pytest
from joblib import dump, load
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from lineage_stats.hooks._swap import seen_without_us
from tests.recording import recording

X = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
Y = np.array([0, 1, 0, 1])


def test_a_model_is_followed_through_its_file(tmp_path):
    path = tmp_path / "model.joblib"
    with recording() as recorded:
        model = LogisticRegression().fit(X, Y)
        dump(model, path)
        load(path).predict(X)
        trace = recorded.trace
        assert recorded.names == [
            "LogisticRegression.fit", "joblib.dump", "joblib.load", "LogisticRegression.predict",
        ]  # fmt: skip
        assert recorded.parents("joblib.dump") == ["LogisticRegression.fit"]
        assert recorded.parents("LogisticRegression.predict") == ["joblib.load"]
    _, written, read, predict = trace
    assert written.kind == "sink"
    assert read.facts["file[digest]"] == written.facts["file[digest]"]
    assert [ref.kind for ref in read.outputs] == ["model"]
    assert predict.key not in trace.input_coverage.readers


def test_frames_in_a_dictionary_are_followed_too(tmp_path):
    path = tmp_path / "bundle.joblib"
    joblib.dump({"data": X, "n": 3}, path)
    with recording() as recorded:
        joblib.load(path)["data"].head(1)
        assert recorded.parents("DataFrame.head") == ["joblib.load"]


def test_what_pickle_read_appears_from_nowhere(tmp_path):
    import pickle

    data = pickle.dumps(LogisticRegression().fit(X, Y))
    with recording() as recorded:
        pickle.loads(data).predict(X)
        coverage = recorded.trace.input_coverage
    assert {ref.kind for _, ref in coverage.unknown} == {"model", "table"}


@pytest.mark.parametrize("backend", ["threading", "sequential"])
def test_what_joblib_calls_for_the_user_is_recorded(backend):
    with recording() as recorded:
        with joblib.parallel_config(backend=backend):
            joblib.Parallel(n_jobs=2)(joblib.delayed(pd.DataFrame.head)(X, n) for n in (1, 2))
        assert recorded.names == ["DataFrame.head"] * 2


def test_what_was_cached_unrecorded_is_found_recorded_and_the_other_way_round(tmp_path):
    functions = [(f1_score, ([1, 0], [1, 1])), (pd.concat, ([pd.Series([1])],))]

    def in_cache():
        memory = joblib.Memory(tmp_path, verbose=0)
        cached = [(memory.cache(function), args) for function, args in functions]
        return [(f.check_call_in_cache(*args), f(*args) is not None) for f, args in cached]

    assert in_cache() == [(False, True)] * 2
    with recording():
        assert in_cache() == [(True, True)] * 2
    assert in_cache() == [(True, True)] * 2
    assert seen_without_us(len) is len
    assert seen_without_us(f1_score) is f1_score
