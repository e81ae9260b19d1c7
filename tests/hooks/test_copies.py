"""Classes that come to a worker by value are watched, however often they come."""

from __future__ import annotations

import gc
import pickle
import time

import cloudpickle
from sklearn.base import BaseEstimator

from lineage_stats.hooks._copies import CopiedClasses
from tests.recording import recording

SOURCE = """
class Own(BaseEstimator):
    def fit(self, X, y=None):
        return self
    def predict(self, X):
        return X
class Other(Own):
    def predict(self, X):
        return X
"""


def sent_by_value(*classes):
    """Return what a recorded program sends of classes of its own."""
    names = {"BaseEstimator": BaseEstimator, "__name__": "__main__"}
    with recording() as run:
        exec(SOURCE, names)
        names["Own"]().fit([[1]])
        assert run.names == ["Own.fit"]
        data = cloudpickle.dumps([names[name] for name in classes])
    # As in another process: a class that was seen before would not be made anew.
    cloudpickle.cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID.clear()
    return data


def collected(known, n_left):
    """Collect garbage until so many classes are left; another thread may be at it."""
    for _ in range(100):
        gc.collect()
        if len(known) == n_left:
            return True
        time.sleep(0.02)
    return False


def test_a_class_is_watched_again_each_time_it_comes():
    data = sent_by_value("Own")
    with recording() as run:
        copies = CopiedClasses(run.hooks)
        for turn in range(1, 4):
            (cls,) = pickle.loads(data)
            copies.watch()
            cls().fit([[1]]).predict([[1]])
            assert run.names == ["Own.fit", "Own.predict"] * turn
        # Each arrival makes a class that is thrown away at once.
        assert collected(copies._known, 1)


def test_several_classes_are_watched_though_each_one_settles_those_before():
    data = sent_by_value("Own", "Other")
    with recording() as run:
        copies = CopiedClasses(run.hooks)
        for turn in range(1, 4):
            classes = pickle.loads(data)
            run.hooks.settle()  # as any watched call does, also one of another thread
            copies.watch()
            for cls in classes:
                cls().fit([[1]]).predict([[1]])
            assert run.names == ["Own.fit", "Own.predict", "Other.fit", "Other.predict"] * turn


def test_unwatched_a_copy_works_and_records_nothing():
    data = sent_by_value("Own")
    with recording() as run:
        (cls,) = pickle.loads(data)
        assert cls().fit([[1]]).predict([[2]]) == [[2]]
        assert run.names == []
