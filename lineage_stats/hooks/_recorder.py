"""What happens around one watched call. Nothing in here ever raises into the user's program."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter_ns, time_ns
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from lineage_stats._interrupts import pass_on
from lineage_stats._lines import raised_at
from lineage_stats.exceptions import HookError
from lineage_stats.features import is_data
from lineage_stats.hooks._arguments import keep_arguments
from lineage_stats.hooks._calls import Callers, WatchedCall, shown_name, without_objects
from lineage_stats.hooks._clock import CPU
from lineage_stats.hooks._data import DataBook, Outputs
from lineage_stats.hooks._foreign import ForeignCode
from lineage_stats.hooks._inner import InnerCall, begin_inner
from lineage_stats.hooks._objects import HOLDERS, parts_of
from lineage_stats.hooks._operations import OperationMaker
from lineage_stats.hooks._provider import NOTHING_MORE, Call, OperationSpec, Target, Watched
from lineage_stats.hooks._refs import flat
from lineage_stats.hooks._sampling import Sampler
from lineage_stats.hooks._source import forget_sources
from lineage_stats.hooks._steps import MAX_REPEATS, Cell, Step, StepBook
from lineage_stats.hooks._threads import STACK
from lineage_stats.trace import Operation
from lineage_stats.trace._operation import BETTER

if TYPE_CHECKING:
    from lineage_stats.hooks._columns._settings import Settings
    from lineage_stats.hooks._registry import Hooks

logger = logging.getLogger("lineage_stats")

MAX_PROBLEMS = 20
MAX_PENDING = 10_000


class Sink(Protocol):
    """Where operations go; `lineage_stats.storage.Journal` is one."""

    def operation(self, operation: Operation) -> None:
        """Take an operation; a later one of the same key replaces it."""

    def schema(self, digest: str, columns: Iterable[Iterable[str]]) -> None:
        """Take the columns behind a schema digest."""

    def drop(self, keys: Iterable[str]) -> None:
        """Forget operations that were taken; new ones may bear their keys."""

    def flush(self) -> None:
        """Write what was taken."""


class Recorder:
    """Turns watched calls into operations and hands them to a sink.

    Parameters
    ----------
    sink : Sink
        Where operations go.
    features : {"shape", "profile", "full"}, default="profile"
        What is measured: sizes; columns, joins, splits and models too, as far as there is time
        for it; the same, whatever time it takes.
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
    data : DataBook, default=None
        What is known of the program's data already, as in a process that was forked.
    user_packages : iterable of str, default=("*",)
        Installed packages whose calls are listed as the user's; those of others only carry
        lineage on. ``"*"`` stands for all.

    Attributes
    ----------
    problems : list of str
        What could not be recorded, at most `MAX_PROBLEMS` lines.
    n_problems : int
        How many times something could not be recorded.
    data : DataBook
        The data of the run.

    Notes
    -----
    `begin`, `fail` and `end` are called by the trampolines of `lineage_stats.hooks._swap`, in
    the user's thread. They note what may be gone a moment later: who called, what was given and
    made, samples of it. What can wait waits for `flush`: names, digests, profiles, writing.
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
        data: DataBook | None = None,
        user_packages: Iterable[str] = ("*",),
    ) -> None:
        self.problems: list[str] = []
        self.n_problems = 0
        self.data = DataBook() if data is None else data
        self.data.arrays.report = self._problem
        self._sink = sink
        self._strict = strict
        self._hooks = hooks
        self._callers = Callers(frozenset() if hooks is None else hooks.internal)
        self._foreign = ForeignCode(user_packages)
        self._accepts = accepts
        self._on_first = on_first
        self._profiles = features != "shape"
        self._sampler = Sampler(sample_rows, limited=features != "full")
        self._steps = StepBook()
        self._waiting: deque[WatchedCall] = deque()
        self._folding: dict[Step, None] = {}
        self._spent = 0
        self._lock = threading.Lock()
        self._flush_lock = threading.Lock()
        zero = time_ns() - perf_counter_ns()
        self._maker = OperationMaker(self.data, self._sampler, zero, self._problem)
        forget_sources()

    @property
    def n_operations(self) -> int:
        """How many calls were recorded."""
        return self._steps.n_calls

    @property
    def seconds(self) -> float:
        """Time that recording took itself, but for links and for the begin of calls."""
        return self._spent / 1e9

    # -- called by trampolines ------------------------------------------------------------

    def begin(
        self, watched: Watched, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> WatchedCall | InnerCall | None:
        """Note that a call begins; None if it is not to be recorded."""
        outer: WatchedCall | InnerCall | None = STACK.current
        if outer is not None:
            around = outer.watched.target
            if not outer.active:
                outer = STACK.current = None
            elif around.unfolds:
                return self._begin_inner(outer, watched, args)
            elif not around.pulls or isinstance(outer, InnerCall):
                return None  # nearly always
            elif not self._callers.is_pulled(outer, sys._getframe(2)):
                return None
        try:
            frame = self._callers.user_frame(sys._getframe(2))
            if frame is None:
                return None
            if self._accepts is not None and outer is None and not self._accepts(frame):
                return None
            call = STACK.current = WatchedCall(watched, args, kwargs, frame, outer)
            call.listed = frame not in self._foreign
            if self._hooks is not None and self._hooks.late:
                self._hooks.settle()
            target = watched.target
            # An object under construction cannot be looked at yet.
            given = args[1:] if target.inplace == "init" else args
            call.inputs = self.data.inputs(given, kwargs, call)
            if not target.link or target.describe is not None:
                call.begin()
        except BaseException as error:
            STACK.current = outer
            if not isinstance(error, Exception):
                raise
            pass_on(error)
            self._problem("begin", watched.target, error)
            return None
        return call

    def _begin_inner(
        self, outer: WatchedCall | InnerCall, watched: Watched, args: tuple[Any, ...]
    ) -> InnerCall | None:
        try:
            return begin_inner(outer, watched, args)
        except Exception as error:  # noqa: BLE001  # fail open
            pass_on(error)
            self._problem("begin", watched.target, error)
            return None

    def _end_inner(self, call: InnerCall, result: Any, error: BaseException | None = None) -> None:
        try:
            call.end(result, error)
        except Exception as ours:  # noqa: BLE001  # fail open
            pass_on(ours)
            self._problem("end", call.watched.target, ours)

    def fail(self, call: WatchedCall | InnerCall, error: BaseException) -> None:
        """Note that a call raised."""
        if isinstance(call, InnerCall):
            self._end_inner(call, None, error)
            return
        call.stop = perf_counter_ns()
        target = call.watched.target
        try:
            ended = isinstance(error, StopIteration)  # of reading in chunks: no failure
            if not (target.link or ended) and call.listed:
                spec = self._describe_failure(call, error)
                self._record(call, None, spec, type(error).__qualname__)
        except Exception as ours:  # noqa: BLE001  # fail open
            pass_on(ours)
            self._problem("fail", target, ours)
        finally:
            STACK.current = call.outer
            call.close()

    def end(self, call: WatchedCall | InnerCall, result: Any) -> None:
        """Note that a call returned."""
        if isinstance(call, InnerCall):
            self._end_inner(call, result)
            return
        call.stop = perf_counter_ns()
        target = call.watched.target
        try:
            spec = NOTHING_MORE if target.describe is None else self._describe(call, result)
            if spec.ignore:
                return
            if not call.listed or (target.link if spec.link is None else spec.link):
                self._link(call, result, spec)
            else:
                self._record(call, result, spec)
        except Exception as error:  # noqa: BLE001  # fail open
            pass_on(error)
            self._problem("end", target, error)
        finally:
            STACK.current = call.outer
            call.close()

    def _describe(
        self, call: WatchedCall, result: Any, error: BaseException | None = None
    ) -> OperationSpec:
        target = call.watched.target
        if target.describe is None:
            return NOTHING_MORE
        spec = target.describe(_seen(call, result, error))
        return NOTHING_MORE if spec is None else spec

    def _describe_failure(self, call: WatchedCall, error: BaseException) -> OperationSpec:
        """Name a call that raised as if it had returned, where that needs no result."""
        try:
            spec = self._describe(call, None, error)
        except Exception as error:  # noqa: BLE001  # many a description counts on a result
            pass_on(error)
            spec = NOTHING_MORE
        facts = {"cause": spec.facts["cause"]} if "cause" in spec.facts else {}
        return OperationSpec(spec.kind, spec.name, inputs=spec.inputs, outputs=(), facts=facts)

    def _link(self, call: WatchedCall, result: Any, spec: OperationSpec) -> None:
        self._take_inputs(call, spec)
        linked = result if spec.outputs is None else spec.outputs
        self.data.link(call.inputs, linked)
        origin = None
        try:
            origin = self.data.columns.link(
                call.watched, call.args, call.kwargs, call.inputs, linked, call.frame
            )
        except Exception as error:  # noqa: BLE001  # the call has its lineage without
            pass_on(error)
            self._problem("columns", call.watched.target, error)
        if origin is not None:
            self.data.arrays.note(call, linked, None, origin)
        if call.outer is not None:
            call.hand_on(flat(call.inputs))

    def _record(
        self, call: WatchedCall, result: Any, spec: OperationSpec, error: str | None = None
    ) -> None:
        """Note all that a call will be an operation with, and queue it."""
        watched, args, data = call.watched, call.args, self.data
        call.cpu = CPU.spent(call.cpu, call.start, call.stop)
        call.error = error
        call.said = spec if spec is NOTHING_MORE else without_objects(spec)
        name = spec.name or shown_name(
            watched.target.path, type(args[0]).__name__ if args else None
        )
        call.step, call.turn = step, turn = self._steps.count(call.frame, name)
        if spec.inputs is not None or call.pulled:
            self._take_inputs(call, spec)
        outputs = data.outputs(_made(call, result, spec))
        if turn <= MAX_REPEATS:
            call.arguments = keep_arguments(
                watched, args, call.kwargs, call.inputs, data.column_names
            )
            if self._profiles and error is None and watched.target.measure is not None:
                call.said = self._measured(call, result)
            call.samples = self._sampler.take(outputs) if self._profiles and outputs else []
            call.settings = self._settings(call)
            call.recipe = None if error else self._recipe(call, result, outputs)
            call.outputs = data.remember(outputs)
            self._waiting.append(call)
            if spec.later is not None and error is None:
                spec.later.recorded(self, call)
        else:
            data.columns.forget(outputs)
            call.outputs = data.remember(outputs, step.outputs(len(outputs)))
            with self._lock:
                step.add(call, outputs[0][1][1] if outputs else None)
                self._folding[step] = None
        if outputs and outputs[0][0] is result:
            data.arrays.note(call, result, call.outputs[:1], None)
        if call.outer is not None:
            call.hand_on(call.outputs)
        if self._on_first is not None:
            self._tell_first()
        if len(self._waiting) > MAX_PENDING:
            self.flush()
        self._spent += perf_counter_ns() - call.stop

    def _recipe(self, call: WatchedCall, result: Any, outputs: Outputs) -> dict[str, Any] | None:
        """Note what the columns of the outputs come from."""
        watched, kind = call.watched, call.said.kind or call.watched.target.kind
        try:
            return self.data.columns.recipe(
                watched, call.args, call.kwargs, call.inputs, kind, result, outputs
            )
        except Exception as error:  # noqa: BLE001  # the call is recorded without
            pass_on(error)
            self._problem("columns", watched.target, error)
            return None

    def _settings(self, call: WatchedCall) -> Settings:
        """Note what the program put in on the way to the arguments."""
        try:
            return self.data.columns.settings(call.args, call.kwargs)
        except Exception as error:  # noqa: BLE001  # the call is recorded without
            pass_on(error)
            self._problem("settings", call.watched.target, error)
            return ()

    def _measured(self, call: WatchedCall, result: Any) -> OperationSpec:
        """Return what was said of a call, with what its provider measures."""
        target, said = call.watched.target, call.said
        assert target.measure is not None
        try:
            found = self._sampler.extract(target.measure, _seen(call, result))
        except Exception as error:  # noqa: BLE001  # fail open: the operation counts
            pass_on(error)
            self._problem("measure", target, error)
            return said
        return said._replace(features={**found, **said.features}) if found else said

    def _take_inputs(self, call: WatchedCall, spec: OperationSpec) -> None:
        if spec.inputs is not None:
            call.inputs = self.data.inputs(spec.inputs, {})
        if call.pulled:
            call.inputs = [*call.inputs, (0, tuple(call.pulled))]

    def _tell_first(self) -> None:
        with self._lock:
            first, self._on_first = self._on_first, None
        if first is not None:
            first()

    # -- called by the session ------------------------------------------------------------

    def log_metric(
        self,
        name: str,
        value: float,
        inputs: Any,
        depth: int = 2,
        *,
        greater_is_better: bool | None = None,
    ) -> None:
        """Record a metric that the program computed itself, `depth` frames above.

        Inputs are data or an iterable of such.
        """
        watched = Watched(Target("", name, "metric"), lambda *inputs: None)
        read: tuple[Any, ...] = ()
        try:  # not aside: an iterable may compute, and what it calls is recorded
            read = (inputs,) if is_data(inputs) else tuple(inputs)
        except Exception as error:  # noqa: BLE001  # fail open: the metric counts
            pass_on(error)
            self._problem("log_metric", watched.target, error)
        with _aside():
            try:
                way = {} if greater_is_better is None else {BETTER: repr(bool(greater_is_better))}
                spec = OperationSpec(
                    name=name, metric=name, value=float(value), outputs=(), facts=way
                )
                frame = sys._getframe(depth)
                call = WatchedCall(watched, read, {}, frame)
                given = WatchedCall(watched, (name, value), {"inputs": inputs}, frame)
                call.inputs = self.data.inputs(read, {}, given) or self.data.source_of(value)
                call.begin()
                call.stop = call.start
                self._record(call, None, spec)
                call.close()
            except Exception as error:  # noqa: BLE001  # fail open
                pass_on(error)
                self._problem("log_metric", watched.target, error)

    def start_cell(self, cell: Cell) -> None:
        """Let what is called from now on belong to a notebook's cell.

        If it ran before, its operations of then do not count any more.
        """
        self.data.arrays.start_cell(cell.file)
        self.flush()
        with self._flush_lock:
            forgotten = self._steps.start_cell(cell)
            if forgotten:
                self._sink.drop(forgotten)

    def flush(self, *, write: bool = True) -> None:
        """Make operations of all calls that wait, hand them to the sink, and let it write them."""
        begin = perf_counter_ns()
        with _aside(), self._flush_lock:
            with self._lock:
                folding, self._folding = self._folding, {}
                waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
            for operation in self._maker.listed(waiting):
                self._sink.operation(operation)
            for operation in self._maker.folded(folding):
                self._sink.operation(operation)
            schemas, self.data.schemas = self.data.schemas, {}
            for digest, columns in schemas.items():
                self._sink.schema(digest, columns)
            if write:
                self._sink.flush()
            self._spent += perf_counter_ns() - begin

    def amend(self, calls: Iterable[WatchedCall], change: Callable[[], Any]) -> None:
        """Change what is known of calls that were recorded, and write them down anew."""
        with _aside(), self._flush_lock:
            change()
            self._waiting.extend(calls)

    def _problem(self, where: str, target: Target, error: BaseException) -> None:
        self.n_problems += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"{target.path}: {type(error).__name__} in {where}")
        if self.n_problems == 1:
            # Without the exception's message, which may hold data.
            logger.warning("Recording is incomplete: %s%s", self.problems[0], raised_at(error))
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


_OURS = WatchedCall(Watched(Target("", "lineage_stats"), lambda: None), (), {})


def _seen(call: WatchedCall, result: Any, error: BaseException | None = None) -> Call:
    """Return a call as a provider sees it."""
    watched, args, kwargs = call.watched, call.args, call.kwargs
    return Call(
        watched.target, args, kwargs, result, lambda: watched.bind(args, kwargs),
        failed=error is not None, error=error,
    )  # fmt: skip


def _made(call: WatchedCall, result: Any, spec: OperationSpec) -> Iterable[Any]:
    """Return the objects that a call made or changed."""
    if spec.outputs is not None:
        return spec.outputs
    inplace = call.watched.target.inplace
    if inplace is not None and (
        inplace in ("always", "init")
        or call.watched.argument(inplace, call.args, call.kwargs) is True
    ):
        return call.args[:1]
    return parts_of(result) if type(result) in HOLDERS else (result,)
