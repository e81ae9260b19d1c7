"""Recording in tests: a sink that keeps what it is given, and one line to use it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from lineage_stats.hooks import HookProvider, Hooks, Recorder
from lineage_stats.hooks._swap import ACTIVE
from lineage_stats.trace import Operation, Trace


class ListSink:
    """Keeps operations in memory, the newest state of each key."""

    def __init__(self) -> None:
        self.operations: dict[str, Operation] = {}
        self.schemas: dict[str, tuple[tuple[str, ...], ...]] = {}
        self.n_flushes = 0

    def operation(self, operation: Operation) -> None:
        self.operations[operation.key] = operation

    def schema(self, digest: str, columns: Iterable[Iterable[str]]) -> None:
        self.schemas[digest] = tuple(tuple(column) for column in columns)

    def drop(self, keys: Iterable[str]) -> None:
        for key in keys:
            del self.operations[key]

    def flush(self) -> None:
        self.n_flushes += 1


class Recording:
    """What `recording` yields: hooks, recorder, and the operations so far."""

    def __init__(self, hooks: Hooks, recorder: Recorder, sink: ListSink) -> None:
        self.hooks = hooks
        self.recorder = recorder
        self.sink = sink

    @property
    def operations(self) -> list[Operation]:
        self.recorder.flush()
        return sorted(self.sink.operations.values(), key=lambda op: op.start_ns)

    @property
    def names(self) -> list[str]:
        return [op.name for op in self.operations]

    @property
    def trace(self) -> Trace:
        return Trace("r", "p", tuple(self.operations), schemas=self.sink.schemas)

    def parents(self, name: str) -> list[str]:
        """Return the names of the operations upstream of the last one of a name."""
        trace = self.trace
        key = [op.key for op in trace if op.name == name][-1]
        return [trace.operation(parent).name for parent in trace.parents(key)]


@contextmanager
def recording(
    providers: Iterable[HookProvider] | None = None, *, strict: bool = True, features: str = "shape"
) -> Iterator[Recording]:
    """Record a block of code into memory."""
    hooks = Hooks(providers)
    hooks.install()
    sink = ListSink()
    recorder = Recorder(sink, features=features, strict=strict, hooks=hooks)
    before, ACTIVE[0] = ACTIVE[0], recorder
    try:
        yield Recording(hooks, recorder, sink)
    finally:
        ACTIVE[0] = before
        hooks.uninstall()
