"""What a worker process is asked to do: by whom, and in which order.

A worker calls pandas and scikit-learn for two reasons: because the user's own function was handed
to a pool or to Spark, which is the user's doing, and because a library shares out its inner work,
as a grid search does, which is not. The stack tells them apart, and it tells the number of the
task.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable
from types import FrameType
from typing import Any

Order = tuple[int, ...]

# Packages that hand work to processes and threads, on anybody's behalf.
_MACHINERY = frozenset({"multiprocessing", "concurrent", "joblib", "threading", "pyspark"})
_ALSO_MACHINERY = frozenset({"sklearn.utils.parallel"})
_SPARK = "pyspark"  # calls pandas in workers for itself, too, and lets others do so
_OF_SPARK = frozenset({"pyarrow"})
_NOT_ASKING = frozenset({"lineage_stats", "numpy", "scipy"})

_WORKERS = frozenset({"worker", "_process_worker"})
_MAX_TASKS = 4096  # tasks remembered until their operations are written
_SLACK_NS = 20_000  # two clocks that were compared once


class TaskWatch:
    """Tells the user's tasks from those of libraries, and remembers in which order they came.

    Parameters
    ----------
    libraries : iterable of str
        Packages whose inner work is not the user's.
    """

    def __init__(self, libraries: Iterable[str]) -> None:
        self._libraries = frozenset(libraries) - _NOT_ASKING
        self._zero = _clock_offset()
        self._tasks: deque[tuple[int, Order]] = deque(maxlen=_MAX_TASKS)

    def accepts(self, frame: FrameType) -> bool:
        """Return whether a call from this frame is the user's, and note its task."""
        order: Order | None = None
        entry = ""
        machinery = False
        caller: FrameType | None = frame
        while caller is not None:
            module = str(caller.f_globals.get("__name__"))
            package = module.partition(".")[0]
            if package == _SPARK and (not entry or entry in _OF_SPARK or entry in self._libraries):
                return False
            if package in _MACHINERY or module in _ALSO_MACHINERY:
                machinery = True
                if order is None and caller.f_code.co_name in _WORKERS:
                    order = _task_of(caller)
            elif not machinery:
                entry = package
            elif package in self._libraries:
                return False
            caller = caller.f_back
        if entry in self._libraries and machinery:
            return False
        self._note(order or ())
        return True

    def order_of(self, start_ns: int) -> Order:
        """Return what the task is sorted by in which an operation started.

        Returns
        -------
        tuple of int
            Numbers of the task where a pool counts them, then of the process.
        """
        for begin, order in reversed(self._tasks):
            if begin <= start_ns + _SLACK_NS:
                return order
        return self._tasks[0][1] if self._tasks else ()

    def _note(self, task: Order) -> None:
        order = task or _identity()
        if not self._tasks or self._tasks[-1][1] != order:
            self._tasks.append((time.perf_counter_ns() + self._zero, order))


def _task_of(worker: FrameType) -> Order | None:
    """Return the number of the task that a worker of a pool works at."""
    found = worker.f_locals
    item = found.get("call_item")
    job = (found.get("job"), found.get("i"))
    if type(found) is dict:
        found.clear()  # a copy that would keep the program's objects alive
    numbers = job if item is None else (getattr(item, "work_id", None),)
    known = tuple(number for number in numbers if isinstance(number, int))
    return known if len(known) == len(numbers) else None


def _identity() -> Order:
    """Return what sorts the work of this process among that of others.

    The numbers of Spark's task, or that of the process among its siblings, after its parents'.
    """
    spark: Any = sys.modules.get("pyspark.taskcontext")
    task = None if spark is None else spark.TaskContext.get()
    if task is not None:
        return (task.stageId(), task.partitionId())
    processes: Any = sys.modules.get("multiprocessing.process")
    process = None if processes is None else processes.current_process()
    return tuple(getattr(process, "_identity", ()))


def _clock_offset() -> int:
    """Return what is to be added to the performance counter to get the time of day."""
    tries = []
    for _ in range(5):
        before = time.perf_counter_ns()
        now = time.time_ns()
        after = time.perf_counter_ns()
        tries.append((after - before, now - before))
    return min(tries)[1]
