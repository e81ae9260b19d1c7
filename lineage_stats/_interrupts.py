"""Errors that reach code of ours, and are meant for the program.

A handler of a signal runs wherever the program is at that moment, be it in a hook: a time limit
that raises there has to end what the program does. It is not an error of ours.
"""

from __future__ import annotations

import signal
from _thread import get_ident
from collections.abc import Iterator
from functools import partial
from threading import main_thread
from traceback import walk_tb
from types import CodeType
from typing import Any


def pass_on(error: BaseException) -> None:
    """Raise an error again if a handler of a signal raised it while code of ours ran.

    Parameters
    ----------
    error : BaseException
        What was caught. One that a handler raised after it had put another in its own place is
        taken for an error of ours.

    Raises
    ------
    BaseException
        The error itself.
    """
    if get_ident() != main_thread().ident:
        return  # handlers run in the main thread only
    ran = {frame.f_code for frame, _ in walk_tb(error.__traceback__)}
    if not ran.isdisjoint(_handlers()):
        raise error


def _handlers() -> Iterator[CodeType]:
    """Yield the code of the handlers of all signals."""
    for number in signal.valid_signals():
        code = _code_of(signal.getsignal(number))
        if code is not None:
            yield code


def _code_of(handler: Any) -> CodeType | None:
    while isinstance(handler, partial):
        handler = handler.func
    function = getattr(handler, "__func__", handler)  # of a method
    if not hasattr(function, "__code__"):
        call = "__call__"  # of an object that can be called
        function = getattr(type(handler), call, None)
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None
