"""Python workers of Spark: what the user's functions do there is a part of the run.

Spark starts its workers from Java, so nothing of ours is handed to a process. What reaches it is
the pickled function. A ticket goes in front of it: unpickling it switches recording on, and the
function itself is what it was.
"""

from __future__ import annotations

import logging
import pickle
import pickletools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from lineage_stats.hooks._journal import PatchJournal

logger = logging.getLogger("lineage_stats")

# Where Spark pickles functions; older versions keep the name elsewhere too.
MODULES = ("pyspark.core.rdd", "pyspark.rdd", "pyspark.sql.udf")
_PICKLES = "_prepare_for_python_RDD"

_OWN = "_lineage_stats_original"
_WORKER = "pyspark.worker"
_ENDS_TASK = "report_times"


def follow_functions(ticket: Callable[[], object]) -> Callable[..., None]:
    """Return what makes a module of Spark's put a ticket, if there is one, before functions."""

    def change(module: ModuleType, journal: PatchJournal) -> None:
        original = vars(module).get(_PICKLES)
        if original is None:
            return
        own = getattr(original, _OWN, None)
        if own is not None:  # the module took it from one that was changed
            original = own
            setattr(module, _PICKLES, original)

        def prepare(sc: Any, command: Any) -> Any:
            found = original(sc, command)
            try:
                given = ticket()
                return found if given is None else (in_front(given, found[0]), *found[1:])
            except Exception as error:  # noqa: BLE001  # the program has its own work to do
                logger.info("What a function of Spark does is not recorded: %r", error)
                return found

        setattr(prepare, _OWN, original)
        journal.set_attribute(module, _PICKLES, prepare)

    return change


def in_front(first: Any, pickled: bytes) -> bytes:
    """Return a pickle that loads an object, lets go of it, and loads what was pickled.

    Numbers by which a pickle refers to its parts stay what they are: nothing in front of it has
    one. That is of protocol 3, the last one without frames, which may not be cut; what was pickled
    is of that or a later one.
    """
    alone = pickletools.optimize(pickle.dumps(first, protocol=3))
    return alone[: -len(pickle.STOP)] + pickle.POP + pickled


def write_before_a_task_ends(flush: Callable[[], None], journal: PatchJournal) -> None:
    """Let a worker of Spark's write what it has recorded before it says that a task is done."""
    worker = sys.modules.get(_WORKER)
    original = getattr(worker, _ENDS_TASK, None)
    if worker is None or original is None:
        return

    def report_times(*args: Any, **kwargs: Any) -> Any:
        flush()
        return original(*args, **kwargs)

    journal.set_attribute(worker, _ENDS_TASK, report_times)
