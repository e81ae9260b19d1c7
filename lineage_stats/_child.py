"""Child processes of a recorded program: each writes its own part of the run.

A forked child has everything it needs in memory. Any other gets a *ticket* along with the process
object that it unpickles, and switches recording on by itself.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from lineage_stats._board import Run, read_board
from lineage_stats._spark_workers import write_before_a_task_ends
from lineage_stats._writer import Writer
from lineage_stats.hooks import Hooks, Recorder
from lineage_stats.hooks._copies import CopiedClasses
from lineage_stats.hooks._data import DataBook
from lineage_stats.hooks._journal import PatchJournal
from lineage_stats.hooks._steps import MAX_REPEATS
from lineage_stats.hooks._tasks import TaskWatch
from lineage_stats.hooks._threads import STACK
from lineage_stats.storage import TraceStore
from lineage_stats.storage._journal import PartJournal
from lineage_stats.trace import Operation

logger = logging.getLogger("lineage_stats")

# Runs in the child. It must not raise, whatever the child can import.
_JOIN = """
try:
    from lineage_stats._open_runs import {how}
    {how}({known})
except Exception:
    pass
"""


def _ticket(how: str, *known: object) -> tuple[Any, ...]:
    """Return what is pickled so that unpickling it calls a function of `_open_runs`."""
    return exec, (_JOIN.format(how=how, known=", ".join(map(repr, known))), {})


class Ticket:
    """What a child process needs to know of the run; unpickling it switches recording on."""

    def __init__(self, board: str, run_id: str) -> None:
        self._known = board, run_id, os.getpid()

    def __reduce__(self) -> tuple[Any, ...]:
        return _ticket("join_run", *self._known)


class FunctionTicket:
    """The same for a function that goes to worker processes of others.

    It is the same for all functions of a process, whatever the run: Spark compares the pickles of
    functions when it looks for what it has kept.
    """

    def __init__(self, board: str) -> None:
        self._known = board, os.getpid()

    def __reduce__(self) -> tuple[Any, ...]:
        return _ticket("join_by_function", *self._known)


_starting = threading.local()


def follow_processes(ticket: Callable[[], Ticket | None]) -> Callable[..., None]:
    """Return what makes `multiprocessing.process` hand tickets to the processes it starts."""

    def change(module: ModuleType, journal: PatchJournal) -> None:
        original = module.BaseProcess.start

        def start(self: Any) -> Any:
            given = ticket()
            if given is None:
                return original(self)
            self.__dict__["_lineage_stats"], _starting.process = given, self
            try:
                return original(self)
            finally:
                forget_ticket()

        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(start, name, getattr(original, name))
        start.__wrapped__ = original  # type: ignore[attr-defined]  # for inspect.signature
        journal.set_attribute(module.BaseProcess, "start", start)

    return change


def forget_ticket() -> None:
    """Leave no mark on the process object that the current thread is starting."""
    process = getattr(_starting, "process", None)
    if process is not None:
        process.__dict__.pop("_lineage_stats", None)
        _starting.process = None


class PartSink:
    """Takes operations; the file is opened when the first one comes."""

    def __init__(self, open_part: Callable[[], PartJournal]) -> None:
        self._open_part = open_part
        self._journal: PartJournal | None = None

    def _opened(self) -> PartJournal:
        if self._journal is None:
            self._journal = self._open_part()
        return self._journal

    def operation(self, operation: Operation) -> None:
        """Take an operation."""
        self._opened().operation(operation)

    def schema(self, digest: str, columns: Iterable[Iterable[str]]) -> None:
        """Take the columns behind a schema digest."""
        self._opened().schema(digest, columns)

    def drop(self, keys: Iterable[str]) -> None:
        """Forget operations that were taken."""
        if self._journal is not None:
            self._journal.drop(keys)

    def flush(self) -> None:
        """Write what was taken."""
        if self._journal is not None:
            self._journal.flush()

    def finish(self, problems: list[str], n_untracked: int) -> None:
        """Write the end of the part."""
        if self._journal is not None:
            self._journal.finish({"problems": problems, "n_untracked": n_untracked})


class _Nobody:
    """Listens where no run goes on."""

    def begin(self, *_: Any) -> None:
        """Record nothing."""

    def log_metric(self, *_: Any, **__: Any) -> None:
        """Record nothing."""

    def _problem(self, *_: Any) -> None:
        """Let an error of ours pass: there is nobody to be told."""


class Worker:
    """Stands in for the active recorder in a child process, for the run that goes on.

    What was recorded is written before the process sends anything to another one: whoever has
    the result of a task finds its operations on disk, also if the worker is killed right after.

    Parameters
    ----------
    board : str
        File that tells which runs go on.
    run_id : str
        The run in which the process was started.
    hooks : Hooks
        Those of this process.
    data : DataBook, default=None
        What a forked process knows of the program's data.
    """

    def __init__(self, board: str, run_id: str, hooks: Hooks, data: DataBook | None = None) -> None:
        self.board = board
        self.run_id = run_id
        self._hooks = hooks
        self._classes = CopiedClasses(hooks)
        self._inherited = data
        self._forked_ns = time.time_ns() if data is not None else 0
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._stamp: object = ()
        self._run: Run | None = None
        self._recorder: Any = _Nobody()
        self._sink: PartSink | None = None
        self._patches = PatchJournal()
        self._settled = False
        self.writer = Writer(self._keep_writing)
        self._watch_queues()

    def __getattr__(self, name: str) -> Any:
        if name == "begin" and STACK.current is None:
            self._look()
        return getattr(self._recorder, name)

    @property
    def data(self) -> DataBook | None:
        """What is known of the program's data."""
        return getattr(self._recorder, "data", self._inherited)

    def _look(self) -> None:
        """Find out which run goes on, if that may have changed."""
        try:
            status = os.stat(self.board)  # noqa: PTH116  # at every call
            stamp: object = (status.st_mtime_ns, status.st_ino)
        except OSError:
            stamp = None
        if stamp == self._stamp or not self._lock.acquire(blocking=False):
            return
        try:
            runs = read_board(Path(self.board))
            own = [run for run in runs if run["run_id"] == self.run_id]
            run = next(iter(own or runs), None)
            if run is None or self._run is None or run["run_id"] != self._run["run_id"]:
                self._leave()
                if run is not None:
                    self._enter(run)
            self._stamp = stamp
        except Exception as error:  # noqa: BLE001  # the program has its own work to do
            logger.info("A process is not recorded: %r", error)
            self._stamp = stamp
        finally:
            self._lock.release()

    def _enter(self, run: Run) -> None:
        tasks = TaskWatch(self._hooks.internal)
        fields = {
            "run_id": run["run_id"], "pipeline": run["pipeline"], "start_ns": run["start_ns"],
            "repeats": MAX_REPEATS, "forked_ns": self._forked_ns,
        }  # fmt: skip
        store = TraceStore(run["directory"])
        self._sink = PartSink(lambda: store.begin_part(fields, tasks.order_of))
        self._recorder = Recorder(
            self._sink,
            features=run["features"],
            sample_rows=run["sample_rows"],
            strict=run["strict"],
            user_packages=run["user_packages"],
            hooks=self._hooks,
            on_first=self._settle,
            accepts=tasks.accepts,
            data=self._inherited,
        )
        self._inherited = None
        self._run = run

    def _leave(self) -> None:
        recorder, self._recorder = self._recorder, _Nobody()
        sink, self._sink, self._run = self._sink, None, None
        if sink is None:
            return
        try:
            recorder.flush()
            sink.finish(list(recorder.problems), recorder.data.n_untracked)
        except Exception as error:  # noqa: BLE001  # the program has its own work to do
            logger.info("The end of a process could not be recorded: %r", error)

    def flush(self) -> None:
        """Write what was recorded; does nothing in the middle of a call."""
        recorder = self._recorder
        if STACK.current is not None or isinstance(recorder, _Nobody):
            return
        try:
            recorder.flush()
        except Exception as error:  # noqa: BLE001  # the program has its own work to do
            logger.info("Recording of a process stopped: %r", error)
            self._recorder = _Nobody()

    def finish(self) -> None:
        """Write the end of the part; nothing is recorded from now on."""
        if self._pid != os.getpid() or STACK.current is not None:
            return
        self.writer.stop(timeout=5.0)
        if self._lock.acquire(timeout=5.0):
            try:
                self._leave()
            finally:
                self._lock.release()

    def _keep_writing(self) -> bool:
        self.flush()
        return not isinstance(self._recorder, _Nobody)

    def _settle(self) -> None:
        """Take care of the end: there is something to write."""
        self.writer.start()
        if self._settled:
            return
        self._settled = True
        connection = sys.modules.get("multiprocessing.connection")
        for name in ("Connection", "PipeConnection"):
            cls = getattr(connection, name, None)
            if cls is not None:
                self._patches.set_attribute(
                    cls, "_send_bytes", self._writing_first(cls._send_bytes)
                )
        write_before_a_task_ends(self.flush, self._patches)
        if self._forked_ns:
            self._patches.set_attribute(os, "_exit", self._finishing_first(os._exit))
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            util.Finalize(None, self.finish, exitpriority=-1000)
        atexit.register(self.finish)

    def _watch_queues(self) -> None:
        """See classes that come with a task before they are used."""
        queues = sys.modules.get("multiprocessing.queues")
        for name in ("Queue", "SimpleQueue"):
            cls = getattr(queues, name, None)
            if cls is not None:
                self._patches.set_attribute(cls, "get", self._settling_after(cls.get))

    def _settling_after(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def get(*args: Any, **kwargs: Any) -> Any:
            found = original(*args, **kwargs)
            try:
                self._classes.watch()
            except Exception as error:  # noqa: BLE001  # the program has its own work to do
                logger.info("A class of a task is not recorded: %r", error)
            return found

        return get

    def _writing_first(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def _send_bytes(connection: Any, buf: Any) -> Any:
            self.flush()
            return original(connection, buf)

        return _send_bytes

    def _finishing_first(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def _exit(status: int) -> Any:
            self.finish()
            return original(status)

        return _exit
