"""Column lineage while recording: what links remember, and what operations write down."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lineage_stats.features import describe_data, is_data
from lineage_stats.features._families import family_of
from lineage_stats.features._shape import Outline
from lineage_stats.hooks._columns import _functions, _models, _recipes
from lineage_stats.hooks._columns._links import MAKING, LinkCall, Rule, column_of, rule_for
from lineage_stats.hooks._columns._origins import Origin, OriginTable, origin_of_refs
from lineage_stats.hooks._columns._recipes import Maker, Recipe
from lineage_stats.hooks._columns._settings import FEW, Settings, merged, named_setting, setting_of
from lineage_stats.hooks._numpy._views import origin_of_view
from lineage_stats.hooks._objects import parts_of
from lineage_stats.hooks._provider import Target, Watched
from lineage_stats.hooks._refs import Ref

if TYPE_CHECKING:
    from types import FrameType

    from lineage_stats.hooks._data import Inputs


def _plain(value: Any) -> Any:
    if isinstance(value, Origin):
        return value.code()
    return value.id if isinstance(value, Ref) else str(value)


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=_plain).encode

_CONSTANTS = (str, bytes, int, float, complex)
MAX_TEXT = 100_000  # of one recipe


def origin_of_data(
    obj: Any, given: Mapping[int, tuple[Ref, ...]], origins: OriginTable
) -> Origin | None:
    """Return where an object comes from, given the references of the call's inputs."""
    known = origins.get(obj)
    if known is not None:
        return known
    refs = given.get(id(obj))
    if not refs:
        return None
    found = origin_of_refs(obj, refs)
    if found.opaque and family_of(type(obj)) == "array":
        base = getattr(obj, "base", None)
        if family_of(type(base)) == "array":
            behind = origins.get(base) or origin_of_refs(base, refs)
            view = None if behind.opaque else origin_of_view(obj, base, behind)
            return found if view is None else view
    return found


class RecordedCall:
    """A finished call that is recorded as an operation, as a recipe looks at it."""

    __slots__ = ("_given", "_origins", "args", "kind", "kwargs", "outputs", "owner", "result",
                 "target")  # fmt: skip

    def __init__(
        self,
        target: Target,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        kind: str,
        result: Any,
        outputs: list[tuple[Any, Outline]],
        given: Mapping[int, tuple[Ref, ...]],
        origins: OriginTable,
    ) -> None:
        self.target = target
        self.args = args
        self.kwargs = kwargs
        self.kind = kind
        self.result = result
        self.outputs = outputs
        self.owner = args[0] if args else None
        self._given = given
        self._origins = origins

    def origin(self, obj: Any) -> Origin | None:
        """Return where an argument comes from; None if it is no data."""
        return origin_of_data(obj, self._given, self._origins)

    def code(self, obj: Any) -> Any:
        """Return the origin of data; ``"?"`` if it is not known."""
        refs = self._given.get(id(obj), ())
        is_table = len(refs) == 1 and refs[0].kind == "table" and family_of(type(obj)) == "frame"
        if is_table and self._origins.get(obj) is None:
            return refs[0]  # what `Origin.code` makes of the usual case
        found = self.origin(obj)
        return "?" if found is None else found

    def value(self, obj: Any) -> Any:
        """Return the origin of any argument: None of a function, 0 of a constant."""
        kind = type(obj)
        if kind is str or kind is bool or kind is int or obj is None:
            return 0
        found = self.origin(obj)
        if found is not None:
            return found
        if isinstance(obj, _CONSTANTS):
            return 0
        if callable(obj):
            return None
        if isinstance(obj, list | tuple | dict) or is_data(obj) or hasattr(obj, "__array__"):
            return "?"
        return 0

    def columns_of(self, obj: Any) -> tuple[str, ...]:
        """Return the names of the columns of data as they are now."""
        shape = describe_data(obj)
        return tuple(name for name, _ in shape.columns) if shape and shape.columns else ()

    def columns_made(self) -> tuple[str, ...]:
        """Return the names of the columns of the first output."""
        return self.columns_of(self.outputs[0][0]) if self.outputs else ()

    def others(self) -> Iterable[Any]:
        """Yield what may matter among the arguments, but for the first."""
        for arg in self.others_as_given():
            yield from parts_of(arg)

    def others_as_given(self) -> tuple[Any, ...]:
        """Return the arguments but for the first."""
        return (*self.args[1:], *self.kwargs.values())

    def all_data(self) -> list[Any]:
        """Return all data among the arguments."""
        args = (*self.args, *self.kwargs.values())
        return [part for arg in args for part in parts_of(arg) if self.origin(part) is not None]


class ColumnBook:
    """Keeps what is known of columns during a run.

    Links and operations cost about two to four microseconds each; see `recipe`.
    """

    def __init__(self) -> None:
        self._origins = OriginTable()
        self._apart = OriginTable()  # what is taken apart into groups
        self._rules: dict[str, tuple[Rule, str | None]] = {}
        self._makers: dict[tuple[str, str, str], Maker | None] = {}

    def origin(self, obj: Any, given: Mapping[int, tuple[Ref, ...]]) -> Origin | None:
        """Return where an object comes from, given the references of the call's inputs."""
        return origin_of_data(obj, given, self._origins)

    def link(
        self,
        watched: Watched,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        inputs: Inputs,
        result: Any,
        frame: FrameType | None = None,
    ) -> Origin | None:
        """Remember what the result of a call that only carries data on was made from.

        Returns it, too. With the frame that called, also what the program put in.
        """
        # Rules look at data as pandas has it; of what is lazy they know that it was derived.
        path = "" if watched.library == "pyspark" else watched.target.path
        known = self._rules.get(path)
        if known is None:
            known = self._rules[path] = rule_for(path), named_setting(path)
        rule, name = known
        call = LinkCall(self, watched, args, kwargs, dict(inputs), result)
        origin = rule(call)
        if origin is None:
            return None
        own = None if name is None else setting_of(name, args, kwargs, frame)
        if own is not None or call.settings:
            settings = call.settings if own is None else (*call.settings, own)
            settings = settings if len(settings) <= FEW else merged(settings)
            if rule in MAKING:
                origin.settings = settings
            else:
                origin = origin.with_settings(settings)
        table = self._apart if path.endswith("BaseGroupBy.__iter__") else self._origins
        for part in parts_of(result):
            if is_data(part) or isinstance(part, float):
                table.set(part, origin)
        return origin

    def settings(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Settings:
        """Return the values that were put in on the way to the arguments of a call.

        Must be called before the outputs stand for their new references.
        """
        found: list[Settings] = []
        for arg in (*args, *kwargs.values()):
            for part in parts_of(arg):
                origin = self._origins.get(part)
                if origin is not None and origin.settings:
                    found.append(origin.settings)
        return merged(*found) if found else ()

    def iterated(self, watched: Watched, args: tuple[Any, ...], inputs: Inputs) -> Origin | None:
        """Return what an iteration goes over, if its items can be told apart."""
        path = watched.target.path
        if path.endswith("get_iterator"):
            return self._apart.get(args[1]) if len(args) > 1 else None
        return self.origin(args[0], dict(inputs)) if path == "DataFrame.items" else None

    def follow(self, origin: Origin, item: Any) -> None:
        """Remember what an item of an iteration is: a column, or the rows of a group."""
        if type(item) is tuple and len(item) == 2 and is_data(item[1]):
            part = origin if "part" in origin.options else column_of(origin, item[0])
            self._origins.set(item[1], part)

    def recipe(
        self,
        watched: Watched,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        inputs: Inputs,
        kind: str,
        result: Any,
        outputs: list[tuple[Any, Outline]],
    ) -> Recipe | None:
        """Return the recipe of an operation; None if kind and schemas tell it all.

        Must be called before the outputs stand for their new references.
        """
        target = watched.target
        maker = self._maker(target, kind)
        recipe: Recipe | None = None
        try:
            if maker is not None:
                call = RecordedCall(
                    target, args, kwargs, kind, result, outputs, dict(inputs), self._origins
                )
                if target.module == "pandas" and target.path.startswith("core.indexing"):
                    call.owner = getattr(args[0], "obj", None)
                nameless = maker in _recipes.NAMELESS
                recipe = maker(call, {} if nameless else watched.bind(args, kwargs))
        finally:
            self.forget(outputs)
        return _source(outputs, recipe) if kind == "source" else recipe

    def forget(self, outputs: list[tuple[Any, Outline]]) -> None:
        """Forget what outputs of an operation were made from: they stand for themselves now."""
        for obj, _ in outputs:
            self._origins.forget(obj)

    def _maker(self, target: Target, kind: str) -> Maker | None:
        key = target.module, target.path, kind
        try:
            return self._makers[key]
        except KeyError:
            maker = self._makers[key] = _maker_of(target, kind)
            return maker


def lineage_text(recipe: Recipe | None, variables: tuple[str | None, ...]) -> str | None:
    """Return what is written down of a recipe, and of the variables that got the result."""
    if variables:
        recipe = {**(recipe or {}), "vars": variables}
    if not recipe:
        return None
    text = _encode(recipe)
    return text if len(text) <= MAX_TEXT else None


def _maker_of(target: Target, kind: str) -> Maker | None:
    owner, _, method = target.path.rpartition(".")
    if target.module.startswith("pyspark"):
        return None  # its plans tell, once they have run
    if target.module != "pandas":
        return _maker_of_model(target, kind, owner, method)
    found = _functions.FUNCTIONS.get(target.path)
    if found is not None:
        return found
    if kind == "sink":
        return _recipes.SINK
    if owner.startswith("core.indexing"):
        return _recipes.LOCATORS.get(method)
    if owner.startswith(("core.groupby", "core.resample", "core.window")):
        return _functions.grouped
    return _recipes.METHODS.get(method) if owner in ("DataFrame", "Series") else None


def _maker_of_model(target: Target, kind: str, owner: str, method: str) -> Maker | None:
    if not owner or owner.startswith("_scorer"):
        if kind == "metric":
            return _models.metric
        return _models.FUNCTIONS.get(method)
    return _models.METHODS.get(method)


def _source(outputs: list[tuple[Any, Outline]], recipe: Recipe | None) -> Recipe | None:
    """Add the names of the levels of an index that was read."""
    found: dict[int, list[str | None]] = {}
    for port, (obj, _) in enumerate(outputs):
        if family_of(type(obj)) in ("frame", "series"):
            names = [None if n is None else str(n) for n in obj.index.names]
            if any(names):
                found[port] = names
    return {**(recipe or {"as": "source"}), "levels": found} if found else recipe
