"""Watched calls: whose they are, and what is known of them until they are written down."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from inspect import CO_GENERATOR
from time import perf_counter_ns
from types import FrameType
from typing import TYPE_CHECKING, Any

from lineage_stats.features._cache import BoundedCache
from lineage_stats.hooks._clock import CPU
from lineage_stats.hooks._data import Inputs
from lineage_stats.hooks._patches import caller_of_patch, replaces
from lineage_stats.hooks._provider import OperationSpec, Watched
from lineage_stats.hooks._refs import Ref
from lineage_stats.hooks._resizing import note_source

if TYPE_CHECKING:
    from lineage_stats.hooks._arguments import Arguments
    from lineage_stats.hooks._columns._settings import Settings
    from lineage_stats.hooks._sampling import Samples
    from lineage_stats.hooks._steps import Step

MAX_MODULES = 4096

# Modules inside of a package that use it as a program does.
_USERS = frozenset({"tests", "estimator_checks"})


class WatchedCall:
    """A watched call, from its beginning until it is written down.

    One object for the whole way, since making objects is much of what recording costs. Once the
    call has ended it holds no data of the program any more: see `close`.

    Attributes
    ----------
    watched : Watched
        What was called.
    args, kwargs : tuple, dict
        Arguments, as long as the call is under way.
    frame : FrameType or None
        Frame of the user's code that called, as long as the call is under way.
    outer : WatchedCall or None
        The call that pulls this one out of a generator.
    active : bool
        Whether the call is under way.
    shut : bool
        Whether it is under way and nothing that is called inside of it is looked at.
    start, stop, cpu : int
        Readings of the wall clock; CPU time at the start, and that of the call once it has ended.
    inputs : Inputs
        What it read.
    step, turn : Step, int
        Place that it was called from, and how many-th call from there it is.
    outputs : tuple of Ref
        What it made.
    said : OperationSpec
        What its provider said of it, without the objects.
    error : str or None
        Type of the exception that it raised.
    arguments : Arguments or None
        Its arguments, kept to be described; None where they are not.
    recipe : dict or None
        What tells where the columns of the outputs come from.
    settings : tuple of Setting
        Values that the program put in on the way to its arguments.
    samples : Samples or None
        Samples of what it made; None where there was no time for them.
    listed : bool
        Whether it becomes an operation, and does not only carry lineage on.
    steps : list of dict or None
        What ran inside of it, where it can be unfolded.
    """

    __slots__ = (
        "active", "args", "arguments", "cpu", "error", "frame", "inputs", "kwargs", "listed",
        "outer", "outputs", "pulled", "recipe", "said", "samples", "settings", "shut", "start",
        "step", "steps", "stop", "turn", "watched",
    )  # fmt: skip

    # Known when it begins, and once it has ended.
    inputs: Inputs
    start: int
    cpu: int
    stop: int
    step: Step
    turn: int
    outputs: tuple[Ref, ...]
    said: OperationSpec
    error: str | None
    arguments: Arguments | None
    recipe: dict[str, Any] | None
    settings: Settings
    samples: Samples | None

    def __init__(
        self,
        watched: Watched,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        frame: FrameType | None = None,
        outer: WatchedCall | None = None,
    ) -> None:
        self.watched = watched
        self.args = args
        self.kwargs = kwargs
        self.frame = frame
        self.outer = outer
        self.listed = True
        self.pulled: dict[Ref, None] | None = None
        self.steps: list[dict[str, Any]] | None = None
        self.active = True
        self.shut = watched.shuts

    def begin(self) -> None:
        """Start the clocks."""
        self.start = start = perf_counter_ns()
        self.cpu = CPU.start(start)

    def close(self) -> None:
        """Let go of the program's objects; threads that the call started may outlive it."""
        self.active = self.shut = False
        self.args, self.kwargs = (), {}
        self.frame = self.outer = self.pulled = None

    def hand_on(self, made: Iterable[Ref]) -> None:
        """Let the call that pulls this one read what it made, in place of what it read itself."""
        outer = self.outer
        assert outer is not None
        pulled = outer.pulled if outer.pulled is not None else {}
        for _, refs in self.inputs:
            for ref in refs:
                pulled.pop(ref, None)
        pulled.update(dict.fromkeys(made))
        outer.pulled = pulled
        outer.begin()  # its own work begins when it has got everything


def without_objects(spec: OperationSpec) -> OperationSpec:
    """Return what a provider said, but for the objects."""
    if spec.inputs is spec.outputs is None:
        return spec
    return OperationSpec(
        kind=spec.kind, metric=spec.metric, value=spec.value, features=spec.features,
        facts=spec.facts,
    )  # fmt: skip


class Callers:
    """Tells the user's code from that of the libraries.

    Parameters
    ----------
    internal : frozenset of str
        Packages whose own calls are never the user's.
    """

    def __init__(self, internal: frozenset[str]) -> None:
        self._internal = internal
        self._known: BoundedCache[str, bool] = BoundedCache(MAX_MODULES)

    def is_internal(self, frame: FrameType) -> bool:
        """Return whether the code of a frame is a library's."""
        name = frame.f_globals.get("__name__")
        if type(name) is not str or replaces(name):
            return False
        known = self._known.get(name)
        if known is None:
            package, *inside = name.split(".")
            internal = package in self._internal and _USERS.isdisjoint(inside)
            known = self._known.keep(name, internal)
            if not internal:
                note_source(frame.f_code.co_filename)
        return known

    def user_frame(self, frame: FrameType | None) -> FrameType | None:
        """Return the frame if it is the user's; None where a library called.

        What is piped through a function is called by the user in effect, and so is what others
        have replaced (`mlflow.autolog`).
        """
        if frame is not None and self._known.get(frame.f_globals.get("__name__", "")) is False:
            return frame  # the usual case, at once
        while frame is not None:
            if replaces(frame.f_globals.get("__name__")):
                frame = caller_of_patch(frame)
            elif not self.is_internal(frame):
                break
            else:
                frame = frame.f_back if frame.f_code.co_name == "pipe" else None
        return frame

    def is_pulled(self, call: WatchedCall, frame: FrameType | None) -> bool:
        """Return whether the user's code at `frame` is run by the iterator that a call is given."""
        if not call.watched.target.pulls:
            return False
        if call.args and type(call.args[0]) in (map, filter):
            return True
        while frame is not None and not self.is_internal(frame):
            if frame.f_code.co_flags & CO_GENERATOR:
                return True
            frame = frame.f_back
        return False


@lru_cache(maxsize=4096)
def shown_name(path: str, cls: str | None) -> str:
    """Return what was called, a method by the class of the object that it was called on."""
    owner, dot, method = path.rpartition(".")
    if not dot:
        return path
    if method == "__init__":
        return owner
    return path if cls is None or cls.startswith("_") else f"{cls}.{method}"
