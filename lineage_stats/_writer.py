"""The thread that writes while the program works."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

FLUSH_SECONDS = 0.5


class Writer:
    """Calls a function every half second, in a thread of its own.

    A fork copies the calling thread only: `pause` before one, so that no lock of ours is held by
    a thread that the child does not have, and so that the interpreter does not warn the program
    of a thread that is not its own; `resume` after it.

    Parameters
    ----------
    work : callable
        Returns whether it is to be called again; it must not raise.
    """

    def __init__(self, work: Callable[[], bool]) -> None:
        self._work = work
        self._pid = os.getpid()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._paused = False

    def start(self) -> None:
        """Begin; where the interpreter is shutting down already, do nothing."""
        self._stop = stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop,), name="lineage_stats", daemon=True)
        self._thread = thread  # before it runs: the work may stop it
        try:
            thread.start()
        except RuntimeError:
            self._thread = None

    def stop(self, timeout: float) -> bool:
        """End, and wait for the work that is under way; return whether the thread had begun."""
        thread, self._thread = self._thread, None
        self._stop.set()
        if thread is None or self._pid != os.getpid():
            return False
        if thread is not threading.current_thread() and thread.ident is not None:
            thread.join(timeout)
        return True

    def pause(self) -> None:
        """Have no thread for a moment."""
        self._paused = self._thread is not None and self._thread.is_alive()
        if self._paused:
            self.stop(timeout=1.0)

    def resume(self) -> None:
        """Go on if there was a thread."""
        if self._paused:
            self._paused = False
            self.start()

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(FLUSH_SECONDS):
            if not self._work():
                return
