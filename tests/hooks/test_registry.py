"""Switching the watching of libraries on and off."""

from __future__ import annotations

import gc
import importlib.metadata
import logging
import sys
import threading
import types

import pandas as pd
import pytest
import sklearn.linear_model
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score as early_f1_score
from sklearn.pipeline import Pipeline

from lineage_stats.hooks import HookProvider, Hooks, Target, _registry, available_providers
from lineage_stats.hooks._swap import FRAME_FILE
from tests.probes import data
from tests.recording import recording


def snapshot():
    """Return all attributes of everything that is watched, with code and names of functions."""
    owners = [
        pd, pd.DataFrame, pd.Series, pd.core.generic.NDFrame, pd.core.indexing._LocationIndexer,
        pd.core.groupby.generic.DataFrameGroupBy, pd.core.frame, pd.core.common, BaseEstimator,
        sklearn.metrics, sklearn.base, LogisticRegression, Pipeline, threading.Thread, Late,
    ]  # fmt: skip
    found = {}
    for owner in owners:
        for name, value in vars(owner).items():
            code = getattr(value, "__code__", None)
            names = dict(vars(value)) if isinstance(value, types.FunctionType) else None
            found[owner.__name__, name] = (id(value), code, names)
    return found


class Late(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X


def test_everything_is_as_it_was_after_uninstalling():
    before = snapshot()
    hooks = Hooks()
    hooks.install()
    assert snapshot() != before
    assert sum(hooks.watched.values()) > 300
    hooks.uninstall()
    after = snapshot()
    assert {k for k in before if before[k] != after.get(k)} == set()
    assert after.keys() == before.keys()


def test_installing_and_uninstalling_twice_does_no_more():
    before, hooks = snapshot(), Hooks()
    hooks.install()
    hooks.install()
    hooks.uninstall()
    hooks.uninstall()
    assert snapshot() == before
    hooks.install()
    hooks.uninstall()
    assert snapshot() == before


def test_names_imported_early_are_recorded():
    with recording() as run:
        early_f1_score([0, 1], [0, 1])
        assert [op.metric for op in run.operations] == ["f1_score"]
    assert early_f1_score.__code__.co_filename != FRAME_FILE
    early_f1_score([0, 1], [0, 1])


def test_classes_made_while_recording_are_recorded_and_left_clean():
    with recording() as run:

        class Constant(ClassifierMixin, BaseEstimator):
            def fit(self, X, y):
                self.classes_ = [0, 1]
                return self

            def predict(self, X):
                return [0] * len(X)

        x, y = data()
        Constant().fit(x, y).predict(x)
        assert run.names == ["Constant.fit", "Constant.predict"]
        assert run.parents("Constant.predict") == ["Constant.fit"]
    functions = [v for v in vars(Constant).values() if isinstance(v, types.FunctionType)]
    assert not [f for f in functions if f.__code__.co_filename == FRAME_FILE]
    assert not any("__wrapped__" in vars(f) and f.__name__ == "fit" for f in functions)


def test_transform_of_a_class_made_while_recording_is_recorded():
    with recording() as run:

        class Same(TransformerMixin, BaseEstimator):
            def fit(self, X, y=None):
                return self

            def transform(self, X):
                return X.copy()

            def get_feature_names_out(self, names=None):
                return names

        frame = pd.DataFrame({"a": [1.0]})
        Same().set_output(transform="pandas").fit(frame).transform(frame)
        assert run.names == ["DataFrame", "Same.fit", "Same.transform"]


def test_a_subclass_hook_of_the_user_is_still_called():
    made = []

    class Registered(BaseEstimator):
        def __init_subclass__(cls, *, label="", **kwargs):
            super().__init_subclass__(**kwargs)
            made.append((cls.__name__, label))

    with recording():

        class Mine(Registered, label="x"):
            def fit(self, X):
                return self

    assert made == [("Mine", "x")]
    assert Mine().fit(1) is not None


def test_a_subclass_hook_of_the_watched_root_is_still_called(monkeypatch):
    made = []

    class Root:
        def __init_subclass__(cls, *, label="", **kwargs):
            made.append((cls.__name__, label))

    class Provider(HookProvider):
        name = library = "rooted"
        class_root = ("rooted", "Root")

        def targets(self):
            return ()

    module = types.ModuleType("rooted")
    module.Root = Root
    monkeypatch.setitem(sys.modules, "rooted", module)
    hooks = Hooks([Provider()])
    hooks.install()
    try:

        class Mine(Root, label="x"):
            pass

    finally:
        hooks.uninstall()
    assert made == [("Mine", "x")]


def test_the_users_own_patch_stays():
    original = pd.DataFrame.head
    hooks = Hooks()
    hooks.install()
    mine = pd.DataFrame.head = lambda self: "mine"
    try:
        hooks.uninstall()
        assert pd.DataFrame.head is mine
    finally:
        pd.DataFrame.head = original
    assert len(pd.DataFrame({"a": [1]}).head()) == 1


def test_libraries_imported_later_are_watched(tmp_path, monkeypatch):
    (tmp_path / "lineage_late.py").write_text("def load(x):\n    return x\n")
    monkeypatch.syspath_prepend(tmp_path)

    class Example(HookProvider):
        name = library = "lineage_late"

        def targets(self):
            return [Target("lineage_late", "load", "source"), Target("lineage_late", "gone")]

    with recording([Example()]) as run:
        assert run.hooks.watched == {}
        import lineage_late

        lineage_late.load(pd.DataFrame())
        assert run.hooks.watched == {"lineage_late": 1}
        assert run.hooks.skipped == ["lineage_late.gone: not in this version"]
        assert run.names == ["load"]
    assert sys.modules.pop("lineage_late").load.__code__.co_filename != FRAME_FILE


def test_what_to_watch_in_a_library_that_is_not_loaded_is_not_asked():
    class Absent(HookProvider):
        name = library = "lineage_absent"

        def targets(self):
            raise AssertionError

    Absent.__module__ = "lineage_stats.hooks"
    with recording([Absent()]) as run:
        assert run.hooks.watched == {}


def test_a_provider_of_others_may_watch_more_than_its_library(tmp_path, monkeypatch):
    (tmp_path / "lineage_core.py").write_text("def load(x):\n    return x\n")
    monkeypatch.syspath_prepend(tmp_path)

    class Example(HookProvider):
        name, library = "example", "lineage_front"

        def targets(self):
            return [Target("lineage_core", "load", "source")]

    with recording([Example()]) as run:
        import lineage_core

        lineage_core.load(pd.DataFrame())
        assert run.names == ["load"]
    del sys.modules["lineage_core"]


def test_a_provider_that_cannot_list_its_targets_is_passed_over(caplog):
    class Bad(HookProvider):
        name, library = "bad", "logging"

        def targets(self):
            raise RuntimeError("mine")

    with caplog.at_level(logging.WARNING, "lineage_stats"), recording([Bad()]):
        pass
    assert "cannot be watched" in caplog.text


def test_plug_ins_are_found_and_broken_ones_passed_over(monkeypatch, caplog):
    class Good(HookProvider):
        name = library = "good"

        def targets(self):
            return ()

    class Entry:
        def __init__(self, name, value):
            self.name, self.value = name, value

        def load(self):
            if isinstance(self.value, Exception):
                raise self.value
            return self.value

    entries = [Entry("good", Good), Entry("bad", ImportError("gone")), Entry("odd", int("5").real)]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries)
    with caplog.at_level(logging.WARNING, "lineage_stats"):
        names = [p.name for p in available_providers()]
        assert names == ["pandas", "sklearn", "joblib", "pyspark", "good"]
    assert "'bad'" in caplog.text
    assert "'odd'" in caplog.text


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collection_is_left_as_it_was(enabled):
    (gc.enable if enabled else gc.disable)()
    try:
        with recording():
            assert gc.isenabled() == enabled
        assert gc.isenabled() == enabled
    finally:
        gc.enable()


def test_kinds_of_attributes_are_looked_through():
    class Example:
        @staticmethod
        def static():
            """Be static."""

        @classmethod
        def cls(cls):
            """Be of the class."""

        @property
        def prop(self):
            """Be a property."""

        def plain(self):
            """Be plain."""

    for name in ("static", "cls", "prop", "plain"):
        assert _registry.function_behind(Example, name).__name__ == name
    with pytest.raises(AttributeError):
        _registry.function_behind(Example, "absent")


class Holder(HookProvider):
    """Keeps something for runs, or cannot let go of it."""

    name = library = "holder"
    kept = "data"

    def targets(self):
        return ()

    def let_go(self):
        self.kept = ""


class Clinging(Holder):
    def let_go(self):
        raise RuntimeError("stuck")


def test_providers_let_go_of_what_they_kept_when_nothing_is_watched_any_more(caplog):
    holder = Holder()
    hooks = Hooks([Clinging(), holder])
    hooks.install()
    assert holder.kept
    with caplog.at_level(logging.WARNING, "lineage_stats"):
        hooks.uninstall()
    assert not holder.kept
    assert "kept in memory: RuntimeError('stuck')" in caplog.text
