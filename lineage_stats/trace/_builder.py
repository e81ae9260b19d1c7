"""Assembles a trace from records that arrive one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lineage_stats.trace._operation import Operation

if TYPE_CHECKING:
    from lineage_stats.trace._trace import Columns, Trace


class TraceBuilder:
    """Collects what one run recorded and makes a `Trace` of it.

    Parameters
    ----------
    run : mapping of str to object
        Fields of the run as in `lineage_stats.trace.RUN_FIELDS`; `run_id`, `pipeline` and
        `start_ns` are needed.

    Notes
    -----
    An operation that arrives a second time under its key replaces the first: a step that is
    repeated in a loop grows while the run goes on.
    """

    def __init__(self, run: Mapping[str, Any]) -> None:
        self._run = dict(run)
        self._operations: dict[str, Operation] = {}
        self._superseded: list[Operation] = []
        self._schemas: dict[str, Columns] = {}
        self._finished = False

    def add(self, operation: Operation) -> None:
        """Add an operation, or replace the one of the same key."""
        self._operations[operation.key] = operation

    def drop(self, keys: Iterable[str]) -> None:
        """Forget operations: the notebook's cell that ran them runs again."""
        for key in keys:
            operation = self._operations.pop(key, None)
            if operation is not None:
                self._superseded.append(operation)

    def note(self, environment: Mapping[str, str]) -> None:
        """Take over what becomes known of the surroundings while the run goes on."""
        self._run["environment"] = {**(self._run.get("environment") or {}), **environment}

    def add_schema(self, digest: str, columns: Iterable[Iterable[str]]) -> None:
        """Remember the columns behind a schema digest."""
        self._schemas[digest] = tuple((str(name), str(dtype)) for name, dtype in columns)

    def finish(self, run: Mapping[str, Any]) -> None:
        """Take over the fields that are known at the end of the run."""
        self._run.update(run)
        self._finished = True

    def build(self) -> Trace:
        """Return the trace; one that was never finished is incomplete and still running."""
        # Not needed, and not loaded, while a program is recorded.
        from lineage_stats.trace._superseded import without_superseded
        from lineage_stats.trace._trace import Trace

        ordered = sorted(self._operations.values(), key=lambda op: op.start_ns)
        operations = without_superseded(ordered, self._superseded)
        last = max((op.start_ns + op.duration_ns for op in operations), default=0)
        run = self._run
        return Trace(
            run_id=run["run_id"],
            pipeline=run["pipeline"],
            operations=operations,
            start_ns=run["start_ns"],
            end_ns=run.get("end_ns") or max(last, run["start_ns"]),
            status=run.get("status", "ok") if self._finished else "running",
            complete=bool(run.get("complete", True)) and self._finished,
            tags=dict(run.get("tags") or {}),
            environment=dict(run.get("environment") or {}),
            schemas=dict(self._schemas),
            problems=tuple(run.get("problems") or ()),
        )
