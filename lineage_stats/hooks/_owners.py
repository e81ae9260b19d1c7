"""Whose calls are whose, where several runs are recorded in one process at once.

A run that was opened by a ``with`` block owns the calls of the thread, or of the asynchronous
task, that opened it, and of the threads that were started from inside the block. All other calls
belong to the run that was opened first, among those that still go on.
"""

from __future__ import annotations

import threading
import weakref
from _thread import get_ident
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage_stats.hooks._recorder import Recorder

# The recorder of the innermost block that the current thread or task is in.
OWNER: ContextVar[Recorder | None] = ContextVar("lineage_stats_owner", default=None)

_born_in: weakref.WeakKeyDictionary[threading.Thread, weakref.ref[Recorder]] = (
    weakref.WeakKeyDictionary()
)


class Owners:
    """Stands in for the active recorder, and is the one whose turn it is in each thread.

    Parameters
    ----------
    recorders : sequence of Recorder
        Those of the runs that go on, the one that was opened first in front. What is handed to
        this object at the end of a call reaches the recorder that was told of its begin, also
        where a run has ended in between: make a new object for every change.
    """

    def __init__(self, recorders: Sequence[Recorder]) -> None:
        self._open = frozenset(recorders)
        self._first = recorders[0]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.mine(), name)

    def mine(self) -> Recorder:
        """Return the recorder that owns what the current thread does."""
        own = _owner()
        return own if own is not None and own in self._open else self._first


def known_thread() -> threading.Thread | None:
    """Return the current thread, None for one that `threading` does not know.

    To ask for the current thread would make it one of `threading.enumerate`.
    """
    known: dict[int, threading.Thread] = vars(threading)["_active"]
    return known.get(get_ident())


def adopt(thread: threading.Thread) -> None:
    """Let a thread that is about to start belong to the run that the current thread belongs to."""
    own = _owner()
    if own is not None:
        _born_in[thread] = weakref.ref(own)


def _owner() -> Recorder | None:
    own = OWNER.get()
    if own is None and _born_in:
        thread = known_thread()
        born_in = None if thread is None else _born_in.get(thread)
        own = None if born_in is None else born_in()
    return own
