"""The thread that writes while the program works.

The program does not meet it: it is none of `threading.enumerate`, which programs wait for, it
takes no signals, and it runs no function that a debugger or a profiler asked for in new threads.
"""

from __future__ import annotations

import os
import signal
import threading
from _thread import allocate_lock, get_ident, get_native_id, stack_size, start_new_thread
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import sleep

FLUSH_SECONDS = 0.5
_GONE_TURNS = 100  # of a tenth of a millisecond: a thread that ended is the system's for a moment
# What a thread itself does wrong ends the process, and faulthandler tells of it.
_OWN_FAULTS = frozenset({"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS"})


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
        self._thread: _Thread | None = None
        self._paused = False

    @property
    def is_alive(self) -> bool:
        """Whether there is a thread."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin; where the interpreter is shutting down already, do nothing."""
        self._thread = _Thread(self._work)  # before it runs: the work may stop it
        if not self._thread.start():
            self._thread = None

    def stop(self, timeout: float) -> bool:
        """End, and wait for the work that is under way; return whether the thread had begun."""
        thread, self._thread = self._thread, None
        if thread is None:
            return False
        thread.ending.set()
        if self._pid != os.getpid():
            return False
        thread.join(timeout)
        return True

    def pause(self) -> None:
        """Have no thread for a moment."""
        thread = self._thread
        self._paused = thread is not None and thread.is_alive()
        if thread is not None and self._paused:
            self.stop(timeout=1.0)
            thread.wait_until_gone()

    def resume(self) -> None:
        """Go on if there was a thread."""
        if self._paused:
            self._paused = False
            self.start()


class _Thread:
    """A thread that the `threading` module does not know of."""

    def __init__(self, work: Callable[[], bool]) -> None:
        self._work = work
        self.ending = Event()
        self._running = allocate_lock()
        self._ident = self._native = 0

    def start(self) -> bool:
        """Start it with all signals blocked; return whether that was possible."""
        mask = _blocked_signals()
        try:
            # Handlers may raise in here; whatever they do, the mask is put back.
            _block_signals()
            size = stack_size(0)  # a program may have made stacks small
            try:
                return self._start()
            finally:
                stack_size(size)
        finally:
            if mask is not None:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _start(self) -> bool:
        self._running.acquire()
        try:
            self._ident = start_new_thread(self._run, ())
        except RuntimeError:  # as at the end of the interpreter
            self._running.release()
            return False
        return True

    def is_alive(self) -> bool:
        return self._running.locked()

    def join(self, timeout: float) -> None:
        if get_ident() != self._ident and self._running.acquire(timeout=timeout):
            self._running.release()

    def wait_until_gone(self) -> None:
        """Wait until the system has no such thread, where that can be told."""
        task = Path(f"/proc/self/task/{self._native}")
        for _ in range(_GONE_TURNS if self._native else 0):
            if not task.exists():
                return
            sleep(0.0001)

    def _run(self) -> None:
        self._native = get_native_id()
        try:
            while not self.ending.wait(FLUSH_SECONDS) and self._work():
                _forget_this_thread()
        finally:
            _forget_this_thread()
            self._running.release()


def _forget_this_thread() -> None:
    """Take this thread out of those of the program, where a message that was logged put it."""
    vars(threading)["_active"].pop(get_ident(), None)


def _blocked_signals() -> set[int] | None:
    """Return the signals that this thread blocks; None where they cannot be blocked."""
    if not hasattr(signal, "pthread_sigmask"):
        return None
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def _block_signals() -> None:
    """Block the signals of this thread, which a new one inherits.

    The system may give a signal to any thread that does not block it. A program that waits for
    one in a thread of its own would be killed by it in ours.
    """
    if hasattr(signal, "pthread_sigmask"):
        others = {
            number
            for number in signal.valid_signals()
            if getattr(number, "name", None) not in _OWN_FAULTS
        }
        signal.pthread_sigmask(signal.SIG_BLOCK, others)
