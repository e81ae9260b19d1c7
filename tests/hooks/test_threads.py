"""Threads of the user are recorded; threads that a recorded call starts belong to that call."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import joblib
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from lineage_stats.hooks._threads import STACK, CallStack
from tests.probes import data
from tests.recording import recording


class Threaded(BaseEstimator):
    """An estimator whose fit works in a thread of its own."""

    def fit(self, X, y=None):
        thread = threading.Thread(target=lambda: X.sort_values("a").dropna())
        thread.start()
        thread.join()
        return self


class Leaky(BaseEstimator):
    """An estimator whose thread goes on after fit has returned."""

    def fit(self, X, y=None):
        self.go_ = threading.Event()
        self.thread_ = threading.Thread(target=lambda: (self.go_.wait(), X.sort_values("a")))
        self.thread_.start()
        return self


def test_all_calls_of_eight_threads_are_counted():
    frame = pd.DataFrame({"a": [3, 1, 2]})

    def work():
        for _ in range(400):
            frame.sort_values("a")

    with recording() as run:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        operations = run.operations
    listed = [op for op in operations if "calls" not in op.features]
    folded = [op for op in operations if "calls" in op.features]
    assert len(listed) == 30
    assert [op.features["calls"] for op in folded] == [3170.0]
    assert run.recorder.n_operations == 3200


def test_threads_of_a_recorded_call_are_inside_of_it():
    with recording() as run:
        Threaded().fit(pd.DataFrame({"a": [1]}))
        assert run.names == ["DataFrame", "Threaded.fit"]


def test_a_thread_that_outlives_its_call_is_the_users_again():
    with recording() as run:
        model = Leaky().fit(pd.DataFrame({"a": [1]}))
        model.go_.set()
        model.thread_.join()
        assert run.names == ["DataFrame", "Leaky.fit", "DataFrame.sort_values"]


def test_joblib_threads_of_a_library_are_inside_of_its_call():
    x, y = data()
    with recording() as run, joblib.parallel_config(backend="threading", n_jobs=2):
        cross_val_score(LogisticRegression(), x, y, cv=3)
        assert run.names == ["cross_val_score"]


def test_a_pool_of_the_user_is_recorded():
    def work(i):
        return pd.DataFrame({"a": [i, None]}).dropna()

    with recording() as run:
        with ThreadPoolExecutor(2) as pool:
            assert [len(frame) for frame in pool.map(work, range(4))] == [1] * 4
        assert sorted(run.names) == ["DataFrame"] * 4 + ["DataFrame.dropna"] * 4
        assert run.parents("DataFrame.dropna") == ["DataFrame"]


def test_functions_handed_to_a_pool_are_recorded():
    frame = pd.DataFrame({"a": [1]})
    with recording() as run:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(frame.dropna).result()
        assert run.names == ["DataFrame.dropna"]


def test_functions_handed_to_joblib_by_the_user_are_recorded():
    frames = [pd.DataFrame({"a": [1]})] * 2
    with recording() as run:
        joblib.Parallel(2, prefer="threads")(joblib.delayed(pd.DataFrame.dropna)(f) for f in frames)
        assert run.names == ["DataFrame.dropna"] * 2


def test_the_stack_is_empty_again_after_errors():
    with recording() as run:
        with pytest.raises(KeyError):
            pd.DataFrame({"a": [1]}).drop(columns="z")
        assert STACK.current is None
        pd.DataFrame({"a": [1]})
        assert len(run.operations) == 3


def test_starting_threads_looks_the_same():
    original = threading.Thread.start
    with recording():
        assert threading.Thread.start.__name__ == "start"
        assert threading.Thread.start.__doc__ == original.__doc__
    assert threading.Thread.start is original


def test_threads_are_not_kept_alive():
    n_before = len(CallStack._born_in)
    with recording():
        for _ in range(5):
            Threaded().fit(pd.DataFrame({"a": [1]}))
    assert len(CallStack._born_in) <= n_before + 1
