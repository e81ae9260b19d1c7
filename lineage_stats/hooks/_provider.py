"""What the author of a provider writes."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lineage_stats.features import DataShape
    from lineage_stats.hooks._later import Later


class PublicName(NamedTuple):
    """Something of a library that programs call, for `lineage_stats.hooks.measure_coverage`.

    Attributes
    ----------
    path : str
        Name to show, unique within the library.
    owner : object
        Module or class that has it.
    name : str
        Attribute of the owner.
    reason : str or None
        Why it is not watched, in a word; None where it should be.
    """

    path: str
    owner: Any
    name: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One function or method to watch.

    Attributes
    ----------
    module : str
        Module that holds it; it is watched as soon as the program has imported that module.
    path : str
        Attribute path inside the module, as ``"DataFrame.merge"`` or ``"f1_score"``.
    kind : str
        Kind of operation, one of `lineage_stats.trace.OPERATION_KINDS`.
    link : bool
        True for calls that only carry data on (``df["a"]``, arithmetic): their result keeps
        its lineage, but they are not listed as operations.
    describe : callable or None
        Says more about a finished call; None records `kind` and nothing else.
    measure : callable or None
        Measures more at a call that returned, as a mapping of features by name; it should look
        at a few thousand rows at most. Not asked at the level "shape", nor when the time that
        measuring may take is spent. What its package offers as
        `lineage_stats.features.FeatureSpec` under the entry point ``lineage_stats.features``
        tells the kinds; other features are taken for real numbers.
    inplace : str or None
        How the call may change its first argument: ``"always"``, ``"init"`` (it makes it), or
        the name of the boolean argument that asks for it.
    pulls : bool
        Whether the call runs a generator that it is given before it does anything else: what
        the user's generator calls are operations of their own, and what they made is read.
    unfolds : bool
        Whether steps inside the call are noted: calls of targets with `is_step`.
    is_step : bool
        Whether the call may be a step inside one that unfolds.
    iterates : bool
        Whether it is a generator: what it yields stands for what it was given or, of a call that
        is an operation, for what it yields first.
    """

    module: str
    path: str
    kind: str = "opaque"
    link: bool = False
    describe: Callable[[Call], OperationSpec | None] | None = None
    measure: Callable[[Call], Mapping[str, float]] | None = None
    inplace: str | None = None
    pulls: bool = False
    iterates: bool = False
    unfolds: bool = False
    is_step: bool = False


class Call:
    """One call of a target, as `Target.describe` sees it after the call returned or raised.

    Parameters
    ----------
    target : Target
        What was called.
    args, kwargs : tuple, dict
        The arguments.
    result : object, default=None
        What the call returned.
    bind : callable, default=dict
        Returns the arguments by parameter name.
    failed : bool, default=False
        Whether the call raised.
    error : BaseException, default=None
        What it raised.

    Attributes
    ----------
    target : Target
        What was called.
    args, kwargs : tuple, dict
        The arguments, as the program gave them. They must not be changed.
    result : object
        What the call returned; None where it raised.
    bound : mapping of str to object
        Arguments by parameter name, as far as they could be matched.
    failed : bool
        Whether the call raised. Of its description count kind, name, inputs and the fact
        ``cause`` then, and none is needed.
    error : BaseException or None
        What the call raised. It must not be kept.
    """

    __slots__ = ("_bind", "_bound", "args", "error", "failed", "kwargs", "result", "target")

    def __init__(
        self,
        target: Target,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        result: Any = None,
        bind: Callable[[], Mapping[str, Any]] = dict,
        *,
        failed: bool = False,
        error: BaseException | None = None,
    ) -> None:
        self.target = target
        self.args = args
        self.kwargs = kwargs
        self.result = result
        self.failed = failed
        self.error = error
        self._bind = bind
        self._bound: Mapping[str, Any] | None = None

    @property
    def bound(self) -> Mapping[str, Any]:
        """Arguments by parameter name, as far as they could be matched."""
        if self._bound is None:
            self._bound = self._bind()
        return self._bound


class OperationSpec(NamedTuple):
    """What a call means.

    Attributes
    ----------
    kind : str or None
        Kind of operation; None keeps the target's.
    name : str or None
        Name to show; None keeps the qualified name of what was called.
    link : bool or None
        Overrides `Target.link`.
    metric : str or None
        Name of the metric that the call computed.
    value : float or None
        Value of that metric.
    inputs : tuple of object or None
        Objects that the call read; None takes all data among the arguments.
    outputs : tuple of object or None
        Objects that the call made or changed; None takes all data in the result.
    features : mapping of str to float
        Measured beside the general features.
    facts : mapping of str to str
        Recorded beside the general facts.
    ignore : bool
        True for a call that is not worth recording.
    later : Later or None
        Told of the recorded call, to amend it once lazy work has run.
    """

    kind: str | None = None
    name: str | None = None
    link: bool | None = None
    metric: str | None = None
    value: float | None = None
    inputs: tuple[Any, ...] | None = None
    outputs: tuple[Any, ...] | None = None
    features: Mapping[str, float] = MappingProxyType({})
    facts: Mapping[str, str] = MappingProxyType({})
    ignore: bool = False
    later: Later | None = None


class Watched:
    """A target that was found: what a trampoline hands to the recorder.

    Attributes
    ----------
    target : Target
        What was asked for.
    original : callable
        Twin of the watched function, which does what it did before.
    library : str
        Top-level package that the provider watches.
    code : str
        Library and version.
    shuts : bool
        Whether nothing that is called inside of it is looked at.
    skips : int
        1 if the first argument is the object that a method is called on, else 0.
    """

    __slots__ = ("_names", "code", "library", "original", "shuts", "skips", "target")

    def __init__(
        self, target: Target, original: Callable[..., Any], library: str = "", code: str = ""
    ) -> None:
        self.target = target
        self.original = original
        self.library = library
        self.code = code
        self.shuts = not (target.unfolds or target.pulls)
        code_of = getattr(original, "__code__", None)
        self.skips = 1 if code_of is not None and code_of.co_varnames[:1] == ("self",) else 0
        self._names: tuple[str, ...] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # The code of a watched function is pickled with classes of a script; what it does when
        # it records is of no use in another process.
        return str, ()

    def argument(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Return one argument other than the first by its name; None where it is not given."""
        if name in kwargs:
            return kwargs[name]
        if len(args) < 2 or name not in self.names[: len(args)]:
            return None
        return args[self.names.index(name)]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters that can be given by position."""
        if self._names is None:
            self._names = _parameter_names(self.original)
        return self._names

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments by name, as far as they can be matched; never raises."""
        names = self.names
        bound = dict(zip(names, args, strict=False))
        if len(args) > len(names):
            bound.update((f"arg{i}", args[i]) for i in range(len(names), len(args)))
        bound.update(kwargs)
        return bound


def _parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(p.name for p in parameters if p.kind in positional)


NOTHING_MORE = OperationSpec()
IGNORE = OperationSpec(ignore=True)
LINK = OperationSpec(link=True)


class HookProvider(ABC):
    """Watches one library.

    A provider is plain data and pure functions. It is never asked before the library has been
    imported by the program, and must not import it itself in order to list its targets.

    Attributes
    ----------
    name : str
        Name of the provider.
    library : str
        Name of the top-level package that it watches; calls made from inside that package are
        never the user's.
    requires : str
        Supported versions, as ``">=2.2"``; stated, and shown to the user.
    late_methods : frozenset of str
        Methods that the library wraps once more after it has told base classes of a new class.
    frame_sensitive : tuple of str
        Modules that look at their caller's frame, count references, or read the code of functions.
    calls_back : bool
        Whether the library runs functions that it is given, so that calls made from inside of it
        are the user's after all.
    optional_modules : frozenset of str
        Modules of targets that an installation may lack.
    data_types : mapping of str to callable
        Classes of the library that hold data, and what tells the shape of one; see
        `lineage_stats.features.register_data_type`.
    """

    name: str
    library: str
    requires: str = ""
    late_methods: frozenset[str] = frozenset()
    frame_sensitive: tuple[str, ...] = ()
    calls_back: bool = False
    optional_modules: frozenset[str] = frozenset()
    data_types: Mapping[str, Callable[[Any], DataShape]] = MappingProxyType({})

    @abstractmethod
    def targets(self) -> Iterable[Target]:
        """Return what to watch."""

    def public_names(self) -> Iterable[PublicName]:
        """Return what programs call in the library, which may be imported for it.

        What is neither watched nor has a reason is shown as missing by ``lineage-stats doctor``.
        """
        return ()

    def let_go(self) -> None:  # noqa: B027  # most providers keep nothing
        """Let go of what was kept for runs: the last one has ended, the library is as it was."""

    def new_class_targets(self, cls: type) -> Iterable[Target]:
        """Return what to watch on a class that was just created below `class_root`."""
        return ()

    @property
    def class_root(self) -> tuple[str, str] | None:
        """Module and name of a base class of which every subclass is watched, if any."""
        return None
