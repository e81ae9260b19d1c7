"""Comprehensions that are code of their own, and run while their function waits."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Final

_NAMES: Final = frozenset(("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"))


def is_comprehension(code: CodeType) -> bool:
    """Return whether code is that of a comprehension."""
    return code.co_name in _NAMES


def home_of(frame: FrameType) -> FrameType:
    """Return the frame of the function that a comprehension belongs to, else the frame itself."""
    while is_comprehension(frame.f_code) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def comprehensions_in(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of comprehensions in a function, those inside of others too."""
    for part in code.co_consts:
        if isinstance(part, CodeType) and is_comprehension(part):
            yield part
            yield from comprehensions_in(part)
