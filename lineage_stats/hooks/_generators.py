"""Following what a generator of a library yields.

As in `_swap`, the function stays the same object and only its code is exchanged. The code put in
is that of a generator as well, so that whoever asks finds a generator function as before.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from lineage_stats._interrupts import pass_on
from lineage_stats.hooks._data import Inputs
from lineage_stats.hooks._objects import parts_of
from lineage_stats.hooks._provider import Watched
from lineage_stats.hooks._swap import code_in_place_of
from lineage_stats.hooks._threads import STACK

_GENERATOR, _OTHER_KINDS = 0x20, 0x80 | 0x100 | 0x200

_SOURCE = """
def outer({cells}):
    def trampoline(*args, **kwargs):
        {touch}
        original = "lineage_stats:original"
        active = "lineage_stats:active"
        watched = "lineage_stats:watched"
        following = "lineage_stats:following"
        recorder = active[0]
        call = None
        if recorder is not None and not watched.target.link:
            call = recorder.begin(watched, args, kwargs)
        if recorder is None or (call is None and not watched.target.link):
            return (yield from original(*args, **kwargs))
        follow = following(recorder, watched, args, kwargs, call)
        iterator = original(*args, **kwargs)
        try:
            for item in iterator:
                follow(item)
                yield item
        except BaseException as error:
            if call is not None and call.active:
                recorder.fail(call, error)
            raise
        finally:
            iterator.close()
        if call is not None and call.active:
            recorder.end(call, None)
    return trampoline
"""


def can_follow(function: object) -> bool:
    """Return whether a function is a generator written in Python."""
    if not isinstance(function, types.FunctionType):
        return False
    flags = function.__code__.co_flags
    return bool(flags & _GENERATOR) and not flags & _OTHER_KINDS


def generator_code(function: types.FunctionType, watched: Watched) -> types.CodeType:
    """Return the code that lets what a generator yields keep its lineage."""
    return code_in_place_of(function, watched, _SOURCE, following=following)


def following(
    recorder: Any, watched: Watched, args: tuple[Any, ...], kwargs: dict[str, Any], call: Any
) -> Callable[[Any], None]:
    """Return what is told of each item; it never raises into the program."""
    if call is None and STACK.current is not None and STACK.current.active:
        return _nothing  # inside a recorded call nobody else sees the items
    try:
        if recorder.data is None:
            return _nothing  # a worker process between two runs
        return _Follower(recorder, watched, args, kwargs, call)
    except Exception as error:  # noqa: BLE001  # fail open
        pass_on(error)
        recorder._problem("begin", watched.target, error)
        return _nothing


def _nothing(item: Any) -> None:
    """Take no notice."""


class _Follower:
    """Lets items stand for what the generator was given, or for the operation that it is."""

    __slots__ = ("_call", "_columns", "_data", "_made", "_recorder", "_refs", "_watched")

    def __init__(self, recorder: Any, watched: Watched, args: Any, kwargs: Any, call: Any) -> None:
        self._recorder = recorder
        self._data = recorder.data
        self._watched = watched
        self._call = call
        self._made: list[Inputs] = []
        self._refs = recorder.data.inputs(args, kwargs) if call is None else []
        self._columns = recorder.data.columns.iterated(watched, args, self._refs)

    def __call__(self, item: Any) -> None:
        call = self._call
        try:
            if call is not None:
                self._call = None
                self._recorder.end(call, item)
                self._made = [self._data.inputs((part,), {}) for part in parts_of(item)]
            elif self._made:
                # The first item is what the operation made; all others stand for the same.
                for refs, part in zip(self._made, parts_of(item), strict=False):
                    self._data.link(refs, part)
            else:
                self._data.link(self._refs, item)
                if self._columns is not None:
                    self._data.columns.follow(self._columns, item)
        except Exception as error:  # noqa: BLE001  # fail open
            pass_on(error)
            self._recorder._problem("yield", self._watched.target, error)
