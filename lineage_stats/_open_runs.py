"""The runs that go on in this process, and who is told of its calls.

One place knows all of them: the hooks are installed with the first and taken away with the last;
threads, forks and child processes find here whose calls are whose.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from lineage_stats._board import Board, read_board
from lineage_stats._child import FunctionTicket, Ticket, Worker, follow_processes, forget_ticket
from lineage_stats._config import settings_from_environment
from lineage_stats._spark_workers import MODULES as SPARK_MODULES
from lineage_stats._spark_workers import follow_functions
from lineage_stats._writer import Writer
from lineage_stats.hooks import Hooks, Recorder
from lineage_stats.hooks._data import DataBook
from lineage_stats.hooks._owners import OWNER, Owners
from lineage_stats.hooks._swap import ACTIVE
from lineage_stats.hooks._threads import STACK

logger = logging.getLogger("lineage_stats")


class OpenRun(Protocol):
    """What is known of a run here; `lineage_stats._session.Session` is one."""

    run_id: str
    directory: Path
    writer: Writer

    @property
    def listener(self) -> Recorder | None:
        """Who is told of the program's calls."""

    def for_workers(self) -> dict[str, Any]:
        """Return what a worker process needs to know to write a part of the run."""


_hooks: Hooks | None = None
_runs: list[OpenRun] = []
_board: Board | None = None  # once there are child processes
_worker: Worker | None = None  # in a child process
_forking: OpenRun | None = None  # the run of the thread that forks
_inside = False  # whether that thread is inside of a recorded call
_lock = threading.RLock()


@contextmanager
def hooks_for_a_new_run() -> Iterator[Hooks]:
    """Install the hooks; until the block is left, no run that ends takes them away."""
    with _lock:
        yield _installed_hooks()


def add(run: OpenRun) -> None:
    """Let a run take part."""
    with _lock:
        _runs.append(run)
        refresh()


def remove(run: OpenRun) -> None:
    """Let a run take part no longer."""
    with _lock:
        if run in _runs:
            _runs.remove(run)
        refresh()
        if not _runs and _worker is None and _hooks is not None:
            _hooks.uninstall()


def refresh() -> None:
    """Let the calls reach the runs that go on, and tell worker processes which these are."""
    with _lock:
        listeners = [listener for run in _runs if (listener := run.listener) is not None]
        ACTIVE[0] = Owners(listeners) if len(listeners) > 1 else next(iter(listeners), _worker)
        if OWNER.get() not in listeners:
            OWNER.set(None)
        if _board is not None:
            with suppress(OSError):  # workers go on as they were told before
                _board.publish([run.for_workers() for run in _going_on()])


def _going_on() -> list[OpenRun]:
    return [run for run in _runs if run.listener is not None]


def _installed_hooks() -> Hooks:
    global _hooks
    if _hooks is None:
        _hooks = Hooks()
    _hooks.install()
    if not _runs and _worker is None:
        _hooks.change("multiprocessing.process", follow_processes(_ticket))
        for module in SPARK_MODULES:
            _hooks.change(module, follow_functions(_function_ticket))
    return _hooks


def _ticket() -> Ticket | None:
    """Return what a process that the current thread starts is to be given, if anything."""
    if _worker is not None and not _runs:
        return Ticket(_worker.board, _worker.run_id)
    run, board = _shared_run(), _board
    return None if run is None or board is None else Ticket(str(board.path), run.run_id)


def _function_ticket() -> FunctionTicket | None:
    """Return what goes to worker processes along with a function, if anything."""
    if _worker is not None and not _runs:
        return FunctionTicket(_worker.board)
    return None if _shared_run() is None or _board is None else FunctionTicket(str(_board.path))


def _shared_run() -> OpenRun | None:
    """Return the run of the current thread, after telling child processes what goes on."""
    global _board
    with _lock:
        runs = _going_on()
        if not runs:
            return None
        if _board is None:
            try:
                _board = board = Board(runs[0].directory)
                board.publish([run.for_workers() for run in runs])
            except OSError as error:
                logger.info("Child processes are not recorded: %s", error)
                return None
            atexit.register(board.remove)
        active = ACTIVE[0].mine() if isinstance(ACTIVE[0], Owners) else ACTIVE[0]
        return next((run for run in runs if run.listener is active), runs[0])


def join_run(board: str, run_id: str, pid: int) -> None:
    """Record in this process, which another one started, its part of a run."""
    global _worker
    if os.getpid() == pid or _worker is not None or settings_from_environment().disabled:
        return
    with _lock:
        hooks = _installed_hooks()
        _worker = Worker(board, run_id, hooks)
        refresh()


def join_by_function(board: str, pid: int) -> None:
    """Do the same in a worker of Spark that got a function, if it will see more than one.

    Loading would take longer than most tasks, and each process leaves a part.
    """
    # The board may be on another machine, and the run may have ended.
    if "SPARK_REUSE_WORKER" in os.environ and _worker is None and read_board(Path(board)):
        join_run(board, "", pid)


def _writers() -> list[Writer]:
    return [run.writer for run in _runs] + ([] if _worker is None else [_worker.writer])


def _before_fork() -> None:
    global _forking, _inside
    try:
        # What is forked inside of a recorded call belongs to that call.
        _inside = STACK.current is not None and STACK.current.active
        _forking = None if _inside else _shared_run()
        for writer in _writers():
            writer.pause()
    except Exception as error:  # noqa: BLE001  # the interpreter would show it
        logger.info("A fork is not recorded: %r", error)


def _after_fork_in_parent() -> None:
    for writer in _writers():
        writer.resume()


def _after_fork_in_child() -> None:
    """Let the child write a part; the run itself, its threads and locks stay with the parent."""
    global _lock, _board, _worker
    run, board, worker, hooks = _forking, _board, _worker, _hooks
    listener = None if run is None else run.listener
    _lock, _board, _worker = threading.RLock(), None, None
    _runs.clear()
    OWNER.set(None)
    forget_ticket()
    try:
        if listener is not None and run is not None and board is not None and hooks:
            _worker = Worker(str(board.path), run.run_id, hooks, listener.data)
        elif worker is not None and hooks and not _inside:
            _worker = Worker(worker.board, worker.run_id, hooks, worker.data or DataBook())
        ACTIVE[0] = _worker
    except Exception as error:  # noqa: BLE001  # the interpreter would show it
        logger.info("A forked process is not recorded: %r", error)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
