"""What happens around one watched call. Nothing in here ever raises into the user's program."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from inspect import CO_GENERATOR
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Protocol

from lineage_stats.exceptions import HookError
from lineage_stats.hooks._callsite import CallSite, current_folder, display_path, forget_sources
from lineage_stats.hooks._data import DataBook, Inputs, measure
from lineage_stats.hooks._objects import parts_of
from lineage_stats.hooks._params import describe_params
from lineage_stats.hooks._provider import NOTHING_MORE, Call, OperationSpec, Target, Watched
from lineage_stats.hooks._steps import MAX_REPEATS, Step
from lineage_stats.hooks._threads import STACK
from lineage_stats.trace import DataRef, Operation

if TYPE_CHECKING:
    from lineage_stats.hooks._registry import Hooks

logger = logging.getLogger("lineage_stats")

MAX_PROBLEMS = 20
MAX_PENDING = 10_000
MAX_SITES = 10_000  # places looked up by identity; more only take longer


class Sink(Protocol):
    """Where operations go; `lineage_stats.storage.Journal` is one."""

    def operation(self, operation: Operation) -> None:
        """Take an operation; a later one of the same key replaces it."""

    def schema(self, digest: str, columns: Iterable[Iterable[str]]) -> None:
        """Take the columns behind a schema digest."""

    def flush(self) -> None:
        """Write what was taken."""


class OpenCall:
    """A watched call that is under way."""

    __slots__ = (
        "active", "args", "cpu", "frame", "inputs", "kwargs", "outer", "pulled", "start", "watched",
    )  # fmt: skip

    def __init__(
        self,
        watched: Watched,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        outer: OpenCall | None = None,
    ) -> None:
        self.outer = outer  # the call that pulls this one out of a generator
        self.pulled: dict[DataRef, None] = {}
        self.watched = watched
        self.args = args
        self.kwargs = kwargs
        self.active = True
        self.frame: FrameType | None = None
        self.inputs: Inputs = []
        self.start = 0
        self.cpu = 0

    def close(self) -> None:
        """Let go of the program's objects; threads that the call started may outlive it."""
        self.active = False
        self.frame = None
        self.args, self.kwargs, self.inputs = (), {}, []
        self.outer, self.pulled = None, {}

    def hand_on(self, read: Inputs, made: Iterable[DataRef]) -> None:
        """Let the call that pulls this one read what it made, in place of what it read itself."""
        outer = self.outer
        if outer is None:
            return
        for _, refs in read:
            for ref in refs:
                outer.pulled.pop(ref, None)
        outer.pulled.update(dict.fromkeys(made))
        # Its own work begins when it has got everything.
        outer.cpu, outer.start = time.thread_time_ns(), time.perf_counter_ns()


class Recorder:
    """Turns watched calls into operations and hands them to a sink.

    Parameters
    ----------
    sink : Sink
        Where operations go.
    features : {"shape", "profile"}, default="profile"
        Whether columns are profiled or only sizes recorded.
    sample_rows : int, default=1000
        Most rows looked at for a profile.
    strict : bool, default=False
        Raise errors of ours instead of counting them. For tests.
    on_first : callable, default=None
        Called once, when the first operation is queued.
    hooks : Hooks, default=None
        Says which packages' own calls are never the user's, and is told when a call begins.
    accepts : callable, default=None
        Asked with the calling frame, before an outermost call is timed, whether it is to be
        recorded; None records all. Processes that work for another one ask who gave the work.

    Attributes
    ----------
    problems : list of str
        What could not be recorded, at most `MAX_PROBLEMS` lines.
    n_problems : int
        How many times something could not be recorded.
    n_operations : int
        How many calls were recorded.

    Notes
    -----
    `begin`, `fail` and `end` are called by the trampolines of `lineage_stats.hooks._swap`, in
    the user's thread. Everything that can wait (digests of source, writing) waits for `flush`.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        features: str = "profile",
        sample_rows: int = 1000,
        strict: bool = False,
        on_first: Callable[[], None] | None = None,
        hooks: Hooks | None = None,
        accepts: Callable[[FrameType], bool] | None = None,
    ) -> None:
        self.problems: list[str] = []
        self.n_problems = 0
        self.n_operations = 0
        self.data = DataBook()
        self._sink = sink
        self._profile = features == "profile"
        self._sample_rows = sample_rows
        self._strict = strict
        self._internal = frozenset() if hooks is None else hooks.internal
        self._hooks = hooks
        self._accepts = accepts
        self._on_first = on_first
        self._lock = threading.Lock()
        self._flush_lock = threading.Lock()
        self._pending: dict[str, tuple[Operation, CallSite]] = {}
        self._steps: dict[tuple[str, CodeType, int, str], Step] = {}
        self._sites: dict[tuple[int, int, str], tuple[CodeType, Step]] = {}
        self._ordinals: dict[tuple[str, str], int] = {}
        self._zero = time.time_ns() - time.perf_counter_ns()
        self._where = current_folder()
        forget_sources()

    # -- called by trampolines ------------------------------------------------------------

    def begin(
        self, watched: Watched, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> OpenCall | None:
        """Note that a call begins; None if it is not to be recorded."""
        outer: OpenCall | None = STACK.current
        if outer is not None and not outer.active:
            outer = STACK.current = None
        if outer is not None and not (
            outer.watched.target.pulls and self._is_pulled(outer, sys._getframe(2))
        ):
            return None
        try:
            frame: FrameType | None = sys._getframe(2)
            while frame is not None and self._is_internal(frame):
                # What is piped through a function is called by the user in effect.
                frame = frame.f_back if frame.f_code.co_name == "pipe" else None
            if frame is None:
                return None
            if self._accepts is not None and outer is None and not self._accepts(frame):
                return None
            call = STACK.current = OpenCall(watched, args, kwargs, outer)
            if self._hooks is not None and self._hooks.late:
                self._hooks.settle()
            call.frame = frame
            # An object under construction cannot be looked at yet.
            given = args[1:] if watched.target.inplace == "init" else args
            call.inputs = self.data.inputs(given, kwargs)
            if not watched.target.link:
                call.cpu = time.thread_time_ns()
            call.start = time.perf_counter_ns()
        except BaseException as error:
            STACK.current = outer
            if not isinstance(error, Exception):
                raise
            self._problem("begin", watched.target, error)
            return None
        return call

    def fail(self, call: OpenCall, error: BaseException) -> None:
        """Note that a call raised."""
        stop = time.perf_counter_ns()
        try:
            ended = isinstance(error, StopIteration)  # of reading in chunks: no failure
            if not (call.watched.target.link or ended):
                self._record(call, stop, None, self._describe_failure(call), error)
        except Exception as ours:  # noqa: BLE001  # fail open
            self._problem("fail", call.watched.target, ours)
        finally:
            STACK.current = call.outer
            call.close()

    def end(self, call: OpenCall, result: Any) -> None:
        """Note that a call returned."""
        stop = time.perf_counter_ns()
        target = call.watched.target
        try:
            spec = self._describe(call, result)
            if spec.ignore:
                return
            if target.link if spec.link is None else spec.link:
                inputs = self._inputs(call, spec)
                self.data.link(inputs, result if spec.outputs is None else spec.outputs)
                call.hand_on(inputs, (ref for _, refs in inputs for ref in refs))
            else:
                self._record(call, stop, result, spec, None)
        except Exception as error:  # noqa: BLE001  # fail open
            self._problem("end", target, error)
        finally:
            STACK.current = call.outer
            call.close()

    def _is_pulled(self, call: OpenCall, frame: FrameType | None) -> bool:
        """Return whether the user's code at `frame` is run by the iterator that a call is given."""
        if call.args and type(call.args[0]) in (map, filter):
            return True
        while frame is not None and not self._is_internal(frame):
            if frame.f_code.co_flags & CO_GENERATOR:
                return True
            frame = frame.f_back
        return False

    def _is_internal(self, frame: FrameType) -> bool:
        name = frame.f_globals.get("__name__")
        return isinstance(name, str) and name.partition(".")[0] in self._internal

    def _describe_failure(self, call: OpenCall) -> OperationSpec:
        """Name a call that raised as if it had returned, where that needs no result."""
        try:
            spec = self._describe(call, None, failed=True)
        except Exception:  # noqa: BLE001  # many a description counts on a result
            spec = NOTHING_MORE
        return OperationSpec(kind=spec.kind, name=spec.name, inputs=spec.inputs, outputs=())

    def _describe(self, call: OpenCall, result: Any, *, failed: bool = False) -> OperationSpec:
        target = call.watched.target
        if target.describe is None:
            return NOTHING_MORE
        bound = call.watched.bind(call.args, call.kwargs)
        spec = target.describe(Call(target, call.args, call.kwargs, result, bound, failed))
        return NOTHING_MORE if spec is None else spec

    # -- called by the session ------------------------------------------------------------

    def log_metric(self, name: str, value: float, inputs: tuple[Any, ...], depth: int = 2) -> None:
        """Record a metric that the program computed itself, `depth` frames above."""
        watched = Watched(Target("", name, "metric"), lambda *inputs: None)
        call = OpenCall(watched, inputs, {})
        with _aside():
            try:
                spec = OperationSpec(name=name, metric=name, value=float(value), outputs=())
                call.frame = sys._getframe(depth)
                call.inputs = self.data.inputs(inputs, {}) or self.data.source_of(value)
                call.cpu = time.thread_time_ns()
                call.start = time.perf_counter_ns()
                self._record(call, call.start, None, spec, None)
            except Exception as error:  # noqa: BLE001  # fail open
                self._problem("log_metric", watched.target, error)

    # -- operations ---------------------------------------------------------------------------

    def _record(
        self,
        call: OpenCall,
        stop: int,
        result: Any,
        spec: OperationSpec,
        error: BaseException | None,
    ) -> None:
        cpu = (time.thread_time_ns() - call.cpu) / 1e9
        target = call.watched.target
        step, turn = self._step(call.frame, spec.name or shown_name(target, call.args))
        listed = turn <= MAX_REPEATS
        bound = call.watched.bind(call.args, call.kwargs)
        inputs = self._inputs(call, spec)
        outputs = self.data.outputs(_made(call, bound, result, spec))
        made = step.outputs(turn, len(outputs)) or self.data.new_refs(outputs)
        features = {**spec.features, "cpu": cpu}
        if spec.value is not None:
            features["metric_value"] = float(spec.value)
        if self._profile and listed and error is None:
            features.update(measure(outputs, self._sample_rows))
        self.data.remember(outputs, made)
        operation = Operation(
            key=step.key(turn),
            name=step.name,
            kind=spec.kind or target.kind,
            scope=step.place.scope,
            occurrence=step.ordinal,
            inputs=tuple(dict.fromkeys(ref for _, found in inputs for ref in found)),
            outputs=made,
            features=features,
            facts=_facts(self.data, call, bound, inputs, spec) if listed else {},
            status="ok" if error is None else "failed",
            error=None if error is None else type(error).__qualname__,
            start_ns=self._zero + call.start,
            duration_ns=stop - call.start,
            file=step.place.file,
            line=step.place.line,
            metric=spec.metric,
        )
        self._queue(step, operation, listed=listed)
        call.hand_on(inputs, made)

    def _inputs(self, call: OpenCall, spec: OperationSpec) -> Inputs:
        inputs = call.inputs if spec.inputs is None else self.data.inputs(spec.inputs, {})
        return [*inputs, (0, tuple(call.pulled))] if call.pulled else inputs

    def _step(self, frame: FrameType | None, name: str) -> tuple[Step, int]:
        if frame is None:
            raise RuntimeError("the calling frame is gone")
        code, position = frame.f_code, frame.f_lasti
        site = (id(code), position, name)
        with self._lock:
            known = self._sites.get(site)
            if known is not None and known[0] is code:
                step = known[1]
            else:
                step = self._step_of_equal_code(frame, name)
                if len(self._sites) >= MAX_SITES:
                    self._sites.clear()
                self._sites[site] = code, step
            step.n_calls += 1
            return step, step.n_calls

    def _step_of_equal_code(self, frame: FrameType, name: str) -> Step:
        """Return the step of a place, also where its code was compiled once more."""
        code = frame.f_code
        site = (code.co_filename, code, frame.f_lasti, name)
        step = self._steps.get(site)
        if step is None:
            place = CallSite(frame)
            ordinal = self._ordinals.get((place.scope, name), 0) + 1
            self._ordinals[place.scope, name] = ordinal
            step = self._steps[site] = Step(place, name, ordinal)
        return step

    def _queue(self, step: Step, operation: Operation, *, listed: bool) -> None:
        with self._lock:
            self.n_operations += 1
            if not listed:
                operation = step.fold(operation)
            self._pending[operation.key] = (operation, step.place)
            n_pending = len(self._pending)
            first, self._on_first = self._on_first, None
        if first is not None:
            first()
        if n_pending > MAX_PENDING:
            self.flush()

    def flush(self) -> None:
        """Hand all queued operations to the sink, with the digests of their source."""
        with _aside(), self._flush_lock:
            with self._lock:
                pending, self._pending = self._pending, {}
                schemas, self.data.schemas = self.data.schemas, {}
            for digest, columns in schemas.items():
                self._sink.schema(digest, columns)
            for operation, place in pending.values():
                file = display_path(place.file, self._where)
                facts = {**self._source_facts(place), **operation.facts}
                self._sink.operation(replace(operation, facts=facts, file=file))
            self._sink.flush()

    def _source_facts(self, place: CallSite) -> dict[str, str]:
        """Return the digests of a place's source; an operation does without where they fail."""
        try:
            return place.facts()
        except Exception as error:  # noqa: BLE001  # fail open: the rest of the batch counts
            self._problem("flush", Target("", "source"), error)
            return {}

    def _problem(self, where: str, target: Target, error: BaseException) -> None:
        self.n_problems += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"{target.path}: {type(error).__name__} in {where}")
        if self.n_problems == 1:
            logger.warning("Recording is incomplete: %s", self.problems[0], exc_info=error)
        if self._strict:
            raise HookError(f"Recording {target.path} failed in {where}: {error!r}") from error


@contextmanager
def _aside() -> Iterator[None]:
    """Record nothing in this thread: a finalizer or signal handler may run while we hold a lock."""
    before, STACK.current = STACK.current, _OURS
    try:
        yield
    finally:
        STACK.current = before


_OURS = OpenCall(Watched(Target("", "lineage_stats"), lambda: None), (), {})


def _made(call: OpenCall, bound: dict[str, Any], result: Any, spec: OperationSpec) -> Iterable[Any]:
    """Return the objects that a call made or changed."""
    if spec.outputs is not None:
        return spec.outputs
    inplace = call.watched.target.inplace
    if inplace is not None and (inplace in ("always", "init") or bound.get(inplace) is True):
        return call.args[:1]
    return parts_of(result)


def _facts(
    data: DataBook, call: OpenCall, bound: dict[str, Any], inputs: Inputs, spec: OperationSpec
) -> dict[str, str]:
    facts = describe_params(bound, lambda: data.column_names(inputs), (key for key, _ in inputs))
    facts["code"] = call.watched.code
    facts.update(spec.facts)
    return facts


def shown_name(target: Target, args: tuple[Any, ...]) -> str:
    """Return what was called, a method by the class of the object that it was called on."""
    owner, dot, method = target.path.rpartition(".")
    if not dot:
        return target.path
    if method == "__init__":
        return owner
    cls = type(args[0]) if args else None
    if cls is None or cls.__name__.startswith("_"):
        return target.path
    return f"{cls.__name__}.{method}"
