"""When an argument of a call was asked for before."""

from __future__ import annotations

from threading import get_ident
from time import perf_counter_ns
from types import CodeType
from typing import TYPE_CHECKING

from lineage_stats.features._cache import BoundedCache
from lineage_stats.hooks._numpy._comprehensions import home_of

if TYPE_CHECKING:
    from types import FrameType

# Where a call stands, which of its arguments, where a frame above it is, and in which thread.
Way = tuple[int, int | str, int, int, int]


# When that was, and the code of the frame.
Times = BoundedCache[Way, tuple[CodeType, int]]


class Asked:
    """An argument of a call that is asked for, and when it was before, by the same callers.

    Parameters
    ----------
    times : Times
        When arguments were asked for before.
    call : int
        Where the call stands in memory.
    argument : int or str
        Position or name of the argument.
    """

    def __init__(self, times: Times, call: int, argument: int | str) -> None:
        self._times = times
        self._argument = call, argument
        self._frames: dict[Way, CodeType] = {}

    def before(self, frame: FrameType) -> int:
        """Return when it was asked for last, by way of a frame; -1: never."""
        home = id(home_of(frame))
        way = (*self._argument, id(frame.f_code) + frame.f_lasti, home, get_ident())
        self._frames[way] = frame.f_code
        code, last = self._times.get(way) or (None, -1)
        return last if code is frame.f_code else -1

    def end(self) -> None:
        """Note that it has been asked for."""
        now = perf_counter_ns()
        for way, code in self._frames.items():
            self._times.keep(way, (code, now))
