"""Whose calls they are, and what is kept of them."""

from __future__ import annotations

import sys

import pytest

from lineage_stats.hooks import OperationSpec, Target
from lineage_stats.hooks._calls import Callers, WatchedCall, shown_name, without_objects
from lineage_stats.hooks._provider import Watched
from lineage_stats.hooks._refs import Ref

CALLERS = Callers(frozenset({"pandas"}))


def frame_of(module: object, source: str = "def call(look):\n    return look()\n"):
    names = {"__name__": module}
    exec(source, names)
    return names["call"](lambda: sys._getframe(1))


@pytest.mark.parametrize(
    ("module", "internal"),
    [("pandas.core.frame", True), ("pandas", True), ("pandas_helpers", False), ("__main__", False),
     ("pandas.tests.frame.test_api", False), ("tests.pandas", False), (None, False), (3, False)],
)  # fmt: skip
def test_packages_are_told_by_their_top_name(module, internal):
    for _ in range(2):
        frame = frame_of(module)
        assert CALLERS.is_internal(frame) is internal
        assert (CALLERS.user_frame(frame) is None) is internal


def test_what_is_piped_is_called_by_the_user():
    frame = frame_of("pandas.core.generic", "def call(look):\n    return pipe(look)\n"
                     "def pipe(look):\n    return look()\n")  # fmt: skip
    assert CALLERS.user_frame(frame) is None  # a library pipes
    names = {"__name__": "pandas.core.generic"}
    exec("def pipe(look):\n    return look()\n", names)
    assert CALLERS.user_frame(names["pipe"](lambda: sys._getframe(1))) is sys._getframe()


@pytest.mark.parametrize(
    ("path", "args", "name"),
    [("merge", (1,), "merge"), ("DataFrame.dropna", ({},), "dict.dropna"),
     ("DataFrame.dropna", (), "DataFrame.dropna"), ("DataFrame.__init__", ({},), "DataFrame"),
     ("core.x.Y.get", (Callers,), "type.get")],
)  # fmt: skip
def test_methods_are_shown_by_the_class_of_their_object(path, args, name):
    assert shown_name(path, type(args[0]).__name__ if args else None) == name


def test_a_closed_call_holds_nothing_of_the_program():
    frame, data = sys._getframe(), [1]
    call = WatchedCall(Watched(Target("m", "f"), len), (data,), {"k": data}, frame)
    spec = OperationSpec(
        kind="sink", inputs=(data,), outputs=(data,), metric="m", value=2.0, facts={"y": "z"}
    )
    call.said = without_objects(spec)
    call.close()
    held = [getattr(call, name, None) for name in call.__slots__]
    assert not any(value is data or value is frame for value in held)
    assert call.said == OperationSpec(kind="sink", metric="m", value=2.0, facts={"y": "z"})
    assert not call.active


def test_what_is_pulled_is_read_in_place_of_what_it_read():
    a, b = (Ref(i, ("model", None, None, None)) for i in (1, 2))
    outer = WatchedCall(Watched(Target("m", "concat", pulls=True), len), (), {})
    for read, made in (((), a), ((a,), b)):
        inner = WatchedCall(Watched(Target("m", "f"), len), (), {}, None, outer)
        inner.inputs = [(0, read)]
        inner.hand_on([made])
    assert list(outer.pulled) == [b]
