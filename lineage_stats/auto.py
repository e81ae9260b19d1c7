"""Importing this module records the rest of the program as one run.

::

    import lineage_stats.auto

The run ends with the program. Settings come from the ``LINEAGE_STATS_*`` variables of the
environment; ``LINEAGE_STATS_DISABLED=1`` switches recording off without touching the program.
"""

from __future__ import annotations

import atexit
import sys

from lineage_stats._config import settings_from_environment
from lineage_stats._session import Session

__all__ = ["session", "stop"]

session: Session | None = None


def stop() -> None:
    """End the run now instead of at the end of the program."""
    global session
    ended, session = session, None
    if ended is not None:
        ended.finish("failed" if _program_failed() else "ok")


def _program_failed() -> bool:
    """Return whether an exception is about to end the program."""
    interactive = hasattr(sys, "ps1") or "IPython" in sys.modules
    return not interactive and getattr(sys, "last_type", None) is not None


def _is_worker() -> bool:
    """Return whether this is a process that a program started to help it.

    Such a process imports the program's main module again; the run is that of the program.
    """
    processes = sys.modules.get("multiprocessing.process")
    return processes is not None and processes.current_process().name != "MainProcess"


def _start() -> None:
    global session
    settings = settings_from_environment()
    if settings.disabled or _is_worker():
        return
    session = Session(settings)
    session.start()
    atexit.register(stop)


_start()
