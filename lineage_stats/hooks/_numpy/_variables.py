"""The values of a frame's variables, read without leaving a trace."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import CO_OPTIMIZED
from types import FrameType
from typing import Any

MISSING: Any = object()

# Functions that read them hold on to the very dictionary that is made for us up to Python 3.12.
_READERS = frozenset(
    ("locals", "vars", "dir", "eval", "exec", "breakpoint", "set_trace", "_getframe",
     "currentframe")
)  # fmt: skip
# References to the dictionary that nobody else holds: the frame's, ours, and the question's.
_ONLY_OURS = 3
_SNAPSHOT = sys.version_info < (3, 13)


class Variables:
    """Variables of one frame."""

    def __init__(self, frame: FrameType, own: Mapping[str, Any]) -> None:
        self.code = frame.f_code
        self.shared: dict[str, Any] = frame.f_globals
        self.own = own

    def get(self, name: str) -> Any:
        """Return the value of a variable; `MISSING` if it has none."""
        if name in self.own:
            return self.own[name]
        code = self.code
        if name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars:
            return MISSING
        if name in self.shared:
            return self.shared[name]
        return vars(builtins).get(name, MISSING)

    def is_shared(self, name: str) -> bool:
        """Return whether other functions can give the variable another value."""
        code = self.code
        if name in code.co_cellvars or name in code.co_freevars:
            return True
        return name not in code.co_varnames


@contextmanager
def reading(frame: FrameType) -> Iterator[Variables | None]:
    """Read the variables of a frame; None where that would be noticed."""
    code = frame.f_code
    if not code.co_flags & CO_OPTIMIZED:
        own: Any = frame.f_locals
        yield Variables(frame, own if type(own) is dict else {**own})
        return
    if not _SNAPSHOT:
        yield Variables(frame, frame.f_locals)
        return
    if not _READERS.isdisjoint(code.co_names) or _is_traced(frame):
        yield None
        return
    snapshot = frame.f_locals
    try:
        yield Variables(frame, dict(snapshot))
    finally:
        if sys.getrefcount(snapshot) <= _ONLY_OURS:
            snapshot.clear()  # it would keep the program's data alive


def _is_traced(frame: FrameType) -> bool:
    """Return whether a debugger may look at the frame; those that count lines do not."""
    tracer: Any = sys.gettrace()
    if tracer is None and frame.f_trace is None:
        return False
    return not type(tracer).__module__.startswith("coverage")
