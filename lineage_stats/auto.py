"""Importing this module records the rest of the program as one run.

::

    import lineage_stats.auto

The run ends with the program. Settings come from the ``LINEAGE_STATS_*`` variables of the
environment; ``LINEAGE_STATS_DISABLED=1`` switches recording off without touching the program.
"""

from __future__ import annotations

import atexit
import os
import sys

from lineage_stats._config import settings_from_environment
from lineage_stats._exit import ExitWatch, is_dialogue, keep_interrupt
from lineage_stats._session import Session

__all__ = ["session", "stop"]

session: Session | None = None
_exit: ExitWatch | None = None


def stop() -> None:
    """End the run now instead of at the end of the program."""
    _finish("failed" if not is_dialogue() and getattr(sys, "last_type", None) is not None else "ok")


def _at_exit() -> None:
    _finish("failed" if _exit is not None and _exit.failed() else "ok")
    keep_interrupt()


def _finish(status: str) -> None:
    global session
    ended, session = session, None
    if ended is not None:
        ended.finish(status)
    if _exit is not None:
        _exit.stop()


_GIVEN_BY_SPARK = ("PYTHON_WORKER_FACTORY_SECRET", "PYTHON_WORKER_FACTORY_SOCK_PATH")
_WORKERS_OF_SPARK = ("pyspark.daemon", "pyspark.worker", "pyspark.sql.worker.")


def _is_worker() -> bool:
    """Return whether this is a process that a program started to help it.

    Such a process imports the program's modules again; the run is that of the program.
    """
    main = getattr(sys.modules.get("__main__"), "__spec__", None)
    if main is not None and main.name.startswith(_WORKERS_OF_SPARK):
        return True
    if any(name in os.environ for name in _GIVEN_BY_SPARK):  # also to a daemon of the user's own
        return True
    processes = sys.modules.get("multiprocessing.process")
    if processes is None:
        return False
    process = processes.current_process()
    # A server that forks workers bears the name of a main process while it imports the module.
    return process.name != "MainProcess" or getattr(process, "_inheriting", False)


def _start() -> None:
    global session, _exit
    settings = settings_from_environment()
    if settings.disabled or _is_worker():
        return
    session = Session(settings)
    session.start()
    if session.recording:
        _exit = ExitWatch(sys._getframe())
        _exit.start()
    atexit.register(_at_exit)


_start()
