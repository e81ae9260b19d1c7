"""The file that a run writes while it goes on: append only, one JSON record a line."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineage_stats.storage._layout import part_path
from lineage_stats.storage._process import this_process
from lineage_stats.trace import SCHEMA_VERSION, Operation
from lineage_stats.trace._builder import TraceBuilder

if TYPE_CHECKING:
    from lineage_stats.trace import Trace

_OPEN_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_MAX_PROBLEMS = 10
MAX_KEPT = 4_000_000  # bytes written that stay in memory, so that the end need not read them


class Journal:
    """What one run recorded so far, on disk.

    Parameters
    ----------
    path : path-like
        File to create; its folder must exist.
    run : mapping of str to object
        Fields of the run as in `lineage_stats.trace.RUN_FIELDS`; `run_id`, `pipeline` and
        `start_ns` are needed. They are on disk when the constructor returns.

    Raises
    ------
    FileExistsError
        If there is such a file already.
    OSError
        If the file cannot be created or written.

    Notes
    -----
    Records wait in memory until `flush`, which hands them to the kernel in whole lines. A killed
    process loses what was not flushed, and nothing else. An operation that changes several times
    between two flushes is written once.

    A record that cannot be encoded is left out, and the trace's problems tell of it at the end.

    The operations of a short run stay in memory as well, for `ended`. Whoever ends a run by it
    need not flush before; a process that is killed in that moment loses what was not flushed.

    A child process that was forked while the journal was open writes nothing to it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from lineage_stats.storage import Journal
    >>> from lineage_stats.trace import Operation
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> run = {"run_id": "r1", "pipeline": "churn", "start_ns": 1}
    >>> journal = Journal(folder / "r1.journal", run)
    >>> journal.operation(Operation("load/read_csv#1", "read_csv", "source"))
    >>> journal.finish({"status": "ok", "end_ns": 2})
    >>> journal.finished
    True
    """

    def __init__(self, path: str | os.PathLike[str], run: Mapping[str, Any]) -> None:
        self._path = Path(path)
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._operations: dict[str, Operation] = {}
        self._schemas: dict[str, list[list[str]]] = {}
        self._problems: list[str] = []
        self._n_lost = 0
        self._kept: TraceBuilder | None = TraceBuilder(run)
        self._n_kept = 0
        first = {"t": "run", "schema_version": SCHEMA_VERSION, "process": this_process()}
        self._unwritten = _line({**first, **run})
        self._finished = False
        self._fd: int | None = os.open(self._path, _OPEN_FLAGS, 0o666)
        self._size = 0
        self._file = _identity_of(self._fd)
        try:
            self.flush()
        except OSError:
            self.close()
            raise

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def finished(self) -> bool:
        """Whether the end of the run is on record."""
        return self._finished

    def __repr__(self) -> str:
        state = "finished" if self._finished else "closed" if self._fd is None else "open"
        return f"<Journal {self._path}: {state}>"

    def operation(self, op: Operation) -> None:
        """Record an operation, or the new state of one that was recorded under its key."""
        if self._is_ours():
            with self._lock:
                self._operations[op.key] = op

    def drop(self, keys: Iterable[str]) -> None:
        """Record that operations do not count any more; new ones may bear their keys."""
        gone = list(keys)
        if gone and self._is_ours():
            with self._lock:
                self._unwritten += self._pending_lines() + _line({"t": "drop", "keys": gone})
                if self._kept is not None:
                    self._kept.drop(gone)

    def note(self, environment: Mapping[str, str]) -> None:
        """Record what became known of the surroundings of the run."""
        if self._is_ours():
            with self._lock:
                self._unwritten += _line({"t": "note", "environment": dict(environment)})
                if self._kept is not None:
                    self._kept.note(environment)

    def schema(self, digest: str, columns: Iterable[Iterable[str]]) -> None:
        """Record the (name, dtype) pairs of the columns behind a schema digest."""
        pairs = [[str(part) for part in column] for column in columns]
        if self._is_ours():
            with self._lock:
                self._schemas[digest] = pairs

    def flush(self) -> None:
        """Hand all records to the kernel.

        Raises
        ------
        OSError
            If they cannot be written. They are kept for the next attempt, and the file still
            ends with a whole line.
        """
        if not self._is_ours():
            return
        with self._lock:
            if self._fd is None:
                return
            self._unwritten += self._pending_lines()
            if self._unwritten:
                self._write()

    def finish(self, run: Mapping[str, Any]) -> None:
        """Record the fields of the run that are known at its end; flush and close.

        Parameters
        ----------
        run : mapping of str to object
            As in the constructor; what is given here counts.
        """
        if not self._is_ours():
            return
        with self._lock:
            if self._finished or self._fd is None:
                return
            self._unwritten += self._pending_lines()
            self._unwritten += self._end_line(run)
            self._write()
            self._finished = True
            self.close()

    def ended(self, run: Mapping[str, Any]) -> Trace | None:
        """Return the run as a whole, from memory.

        Parameters
        ----------
        run : mapping of str to object
            Fields of the run that are known at its end, as for `finish`.

        Returns
        -------
        Trace or None
            None where `finish` has to be called and the file to be read: the run was too long to
            be kept, something could not be written, or it has ended before.
        """
        if not self._is_ours():
            return None
        with self._lock:
            kept = self._kept
            if kept is None or self._n_lost or self._fd is None:
                return None
            self._keep(self._schemas, self._operations.values())
            kept.finish(run)
            return kept.build()

    def remove(self) -> None:
        """Close and remove the file: what it held, and what was not flushed, stands elsewhere."""
        self.close()
        self._operations, self._schemas = {}, {}
        self._finished = True
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file without marking the run as finished."""
        if not self._is_ours():
            return
        with self._lock:
            self._kept = None
            fd, self._fd = self._fd, None
            if fd is not None and _identity_of(fd) == self._file:
                os.close(fd)

    def _is_ours(self) -> bool:
        """Return whether this is the process that opened the journal.

        A forked child may find the lock held by a thread that it does not have.
        """
        return os.getpid() == self._pid

    def _pending_lines(self) -> bytes:
        schemas, self._schemas = self._schemas, {}
        operations, self._operations = self._operations, {}
        lines = [_line({"t": "schema", "digest": d, "columns": c}) for d, c in schemas.items()]
        lines += [self._operation_line(op) for op in operations.values()]
        joined = b"".join(lines)
        self._n_kept += len(joined)
        if self._n_kept > MAX_KEPT:
            self._kept = None
        self._keep(schemas, operations.values())
        return joined

    def _keep(
        self, schemas: Mapping[str, list[list[str]]], operations: Collection[Operation]
    ) -> None:
        """Keep records in memory, if they all are."""
        kept = self._kept
        if kept is None:
            return
        for digest, columns in schemas.items():
            kept.add_schema(digest, columns)
        for operation in operations:
            kept.add(operation)

    def _operation_line(self, op: Operation) -> bytes:
        try:
            return _line(self._record_of(op))
        except Exception as error:  # noqa: BLE001  # objects of the program; others wait in line
            self._lose(f"operation {op.key!s}", error)
            return b""

    def _record_of(self, op: Operation) -> dict[str, Any]:
        return {"t": "op", **op.to_dict()}

    def _end_line(self, run: Mapping[str, Any]) -> bytes:
        fields: dict[str, Any] = {}
        for name, value in run.items():
            try:
                _line({name: value})
            except Exception as error:  # noqa: BLE001  # as above
                self._lose(f"the run's {name}", error)
            else:
                fields[name] = value
        if self._n_lost:
            more = self._n_lost - len(self._problems)
            problems = self._problems + ([f"and {more} more records"] if more else [])
            fields["problems"] = [*fields.get("problems", ()), *problems]
            fields["complete"] = False
        return _line({"t": "end", **fields})

    def _lose(self, what: str, error: Exception) -> None:
        self._n_lost += 1
        if len(self._problems) < _MAX_PROBLEMS:
            self._problems.append(f"{what} could not be written: {type(error).__name__}")

    def _write(self) -> None:
        assert self._fd is not None
        if _identity_of(self._fd) != self._file:
            # The program closed it, as one does to become a daemon, and may use the number again.
            self._fd = None
            raise OSError(errno.EBADF, os.strerror(errno.EBADF), str(self._path))
        data = memoryview(self._unwritten)
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._size += len(self._unwritten)
        self._unwritten = b""


class PartJournal(Journal):
    """What one child process records, with the order of the tasks.

    Parameters
    ----------
    run : Path
        File of the run, with any ending; the part lies beside it.
    fields : mapping of str to object
        Fields of the run, and of the part: ``repeats`` (calls from one place that are listed
        one by one) and ``forked_ns`` (when the process was forked; 0 if it was not).
    order_of : callable
        Given the start of an operation, returns what its task is sorted by.
    """

    def __init__(
        self, run: Path, fields: Mapping[str, Any], order_of: Callable[[int], tuple[int, ...]]
    ) -> None:
        self._order_of = order_of
        super().__init__(part_path(run, os.urandom(4).hex()), fields)
        self._kept = None  # the process that the run belongs to reads it

    def _record_of(self, op: Operation) -> dict[str, Any]:
        return {**super()._record_of(op), "order": self._order_of(op.start_ns)}


def _identity_of(fd: int) -> tuple[int, int] | None:
    """Return which file stands behind a descriptor; None if there is none."""
    try:
        status = os.fstat(fd)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _line(record: Mapping[str, Any]) -> bytes:
    return dumps(record, default=_plain, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    """Turn what JSON does not know, as a NumPy scalar, into what it does."""
    return value.item() if hasattr(value, "item") else str(value)
