"""Classes that come to a worker by value are watched, however often they come."""

from __future__ import annotations

import gc
import pickle

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
"""


def sent_by_value():
    """Return what a recorded program sends of a class of its own."""
    names = {"BaseEstimator": BaseEstimator, "__name__": "__main__"}
    with recording() as run:
        exec(SOURCE, names)
        names["Own"]().fit([[1]])
        assert run.names == ["Own.fit"]
        data = cloudpickle.dumps(names["Own"])
    # As in another process: a class that was seen before would not be made anew.
    cloudpickle.cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID.clear()
    return data


def test_a_class_is_watched_again_each_time_it_comes():
    data = sent_by_value()
    with recording() as run:
        copies = CopiedClasses(run.hooks)
        for turn in range(1, 4):
            cls = pickle.loads(data)
            copies.watch()
            cls().fit([[1]]).predict([[1]])
            assert run.names == ["Own.fit", "Own.predict"] * turn
        gc.collect()  # each arrival makes a class that is thrown away at once
        assert len(copies._known) == 1


def test_unwatched_a_copy_works_and_records_nothing():
    data = sent_by_value()
    with recording() as run:
        assert pickle.loads(data)().fit([[1]]).predict([[2]]) == [[2]]
        assert run.names == []
