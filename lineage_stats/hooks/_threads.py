"""Threads that a recorded call starts belong to that call."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from lineage_stats.hooks._journal import PatchJournal
from lineage_stats.hooks._owners import adopt, known_thread


class CallStack(threading.local):
    """The recorded call that the current thread is inside of, if any.

    A thread started inside a recorded call (as joblib's threading backend does) is inside of it
    too, for as long as the call lasts. The user's own threads are not.
    """

    _born_in: ClassVar[weakref.WeakKeyDictionary[threading.Thread, Any]] = (
        weakref.WeakKeyDictionary()
    )

    def __reduce__(self) -> tuple[Any, ...]:
        # Code of trampolines holds it, and is pickled with classes of a script; a copy of that
        # code in another process has no recorder and asks nobody.
        return str, ()

    def __init__(self) -> None:
        # Runs once in every thread that looks.
        thread = known_thread()
        self.current = None if thread is None else self._born_in.get(thread)


STACK = CallStack()


def follow_threads(journal: PatchJournal) -> None:
    """Remember for every new thread the recorded call that started it, and the run."""
    original = threading.Thread.start

    def start(self: threading.Thread) -> None:
        current = STACK.current
        if current is not None and current.active:
            CallStack._born_in[self] = current
        adopt(self)
        return original(self)

    start.__wrapped__ = original  # type: ignore[attr-defined]  # for inspect.signature
    start.__name__, start.__qualname__ = original.__name__, original.__qualname__
    start.__module__, start.__doc__ = original.__module__, original.__doc__
    journal.set_attribute(threading.Thread, "start", start)
