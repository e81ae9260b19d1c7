"""Modules for libraries that look at the frames of their callers, as if we were not there."""

from __future__ import annotations

import inspect
import sys
import types
from functools import cache
from typing import Any, NamedTuple

from lineage_stats.hooks._provider import Target, Watched
from lineage_stats.hooks._swap import FRAME_FILE, trampoline_code, twin_of


class SysWithoutUs(types.ModuleType):
    """The module `sys`, but its frames and reference counts leave our trampolines out.

    pandas resolves ``@name`` in a query in the frame of the caller, and tells chained assignment
    by what the caller's frame is doing and by how many references there are to the frame.
    """

    def __init__(self) -> None:
        super().__init__("sys", sys.__doc__)

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)

    @staticmethod
    def _getframe(depth: int = 0, /) -> types.FrameType:
        """Return a frame of the stack, not counting ours."""
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename != FRAME_FILE:
                if depth <= 0:
                    return frame
                depth -= 1
            frame = frame.f_back
        raise ValueError("call stack is not deep enough")

    @staticmethod
    def getrefcount(obj: Any, /) -> int:
        """Return a number of references, as the caller would find it without us."""
        n_references = sys.getrefcount(obj)  # as in `_count`: no function in here may close over it
        extra = extra_references()
        above = sys._getframe(1).f_back
        if above is None or above.f_code.co_filename != FRAME_FILE:
            return n_references - extra.plain
        given = above.f_locals
        for argument in given["args"]:
            if argument is obj:
                ours = extra.with_names if given["kwargs"] else extra.by_position
                return n_references - ours
        return n_references - extra.plain


class InspectWithoutUs(types.ModuleType):
    """The module `inspect`, but the stack that it shows leaves our trampolines out.

    pandas counts the frames between a warning and the user's line; pandas-on-Spark looks for
    variables of a query there, and Spark names the user's line in its errors.
    """

    def __init__(self) -> None:
        super().__init__("inspect", inspect.__doc__)

    def __getattr__(self, name: str) -> Any:
        return getattr(inspect, name)

    @staticmethod
    def currentframe() -> FrameView | None:
        """Return a view of the caller's frame."""
        return FrameView.of(sys._getframe(1))

    @staticmethod
    def stack(context: int = 1) -> list[inspect.FrameInfo]:
        """Return the frames of the caller and of those that called it."""
        return [found for found in inspect.stack(context)[1:] if found.filename != FRAME_FILE]

    @staticmethod
    def getfile(obj: Any) -> str:
        """Return the file of an object, or of a frame that `currentframe` showed."""
        return inspect.getfile(obj.shown if isinstance(obj, FrameView) else obj)


class FrameView:
    """A frame whose callers are shown without our trampolines."""

    def __init__(self, frame: types.FrameType) -> None:
        self.shown = frame

    def __getattr__(self, name: str) -> Any:
        return getattr(self.shown, name)

    @classmethod
    def of(cls, frame: types.FrameType | None) -> FrameView | None:
        """Return a view of the first frame from `frame` outwards that is not ours."""
        while frame is not None and frame.f_code.co_filename == FRAME_FILE:
            frame = frame.f_back
        return None if frame is None else cls(frame)

    @property
    def f_back(self) -> FrameView | None:
        """The frame of the caller."""
        return self.of(self.shown.f_back)


class ExtraReferences(NamedTuple):
    """References to an object that exist because `SysWithoutUs` and a trampoline are in use."""

    plain: int
    by_position: int
    with_names: int


@cache
def extra_references() -> ExtraReferences:
    """Measure how many references our frames hold; it differs between Python versions."""

    class Probe:
        def direct(self, x: Any = None) -> int:
            return sys.getrefcount(self)

        def plain(self, x: Any = None) -> int:
            return _count(self)

        def watched(self, x: Any = None) -> int:
            return _count(self)

    function = vars(Probe)["watched"]
    function.__code__ = trampoline_code(function, Watched(Target("", ""), twin_of(function)))
    plain = Probe().plain() - Probe().direct()
    by_position = Probe().watched() - Probe().direct()
    with_names = Probe().watched(x=1) - Probe().direct(x=1)
    return ExtraReferences(plain, by_position, with_names)


def _count(obj: Any, /) -> int:
    return sys.getrefcount(obj)
