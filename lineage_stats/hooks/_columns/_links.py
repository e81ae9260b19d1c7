"""What the results of calls that only carry data on were made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lineage_stats._interrupts import pass_on
from lineage_stats.features import is_data
from lineage_stats.features._families import family_of
from lineage_stats.features._pandas_access import label
from lineage_stats.features._quiet import own
from lineage_stats.hooks._columns._origins import Origin, combined
from lineage_stats.hooks._columns._settings import Settings
from lineage_stats.hooks._objects import parts_of
from lineage_stats.hooks._pandas._targets import _REDUCE, _SUMMARISE
from lineage_stats.hooks._provider import Watched

if TYPE_CHECKING:
    from lineage_stats.hooks._columns._book import ColumnBook

Given = Mapping[int, Any]


class LinkCall:
    """A finished call whose result is to be linked."""

    __slots__ = ("args", "book", "given", "kwargs", "result", "settings", "watched")

    def __init__(
        self,
        book: ColumnBook,
        watched: Watched,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        given: Given,
        result: Any,
    ) -> None:
        self.book = book
        self.watched = watched
        self.args = args
        self.kwargs = kwargs
        self.given = given
        self.result = result
        self.settings: Settings = ()  # of what was looked at

    def origin(self, obj: Any) -> Origin | None:
        """Return where an argument comes from."""
        found = self.book.origin(obj, self.given)
        if found is not None and found.settings:
            self.settings += found.settings
        return found

    def origins(self) -> Iterable[Origin]:
        """Yield where the arguments come from."""
        args = (*self.args, *self.kwargs.values()) if self.kwargs else self.args
        for arg in args:
            for part in parts_of(arg):
                found = self.book.origin(part, self.given)
                if found is not None:
                    if found.settings:
                        self.settings += found.settings
                    yield found


Rule = Callable[[LinkCall], Origin | None]


def _derive(call: LinkCall) -> Origin | None:
    return combined(call.origins(), "d")


def _aggregate(call: LinkCall) -> Origin | None:
    return combined(call.origins(), "a")


def _blur(call: LinkCall) -> Origin | None:
    return combined(call.origins(), "d", opaque=True)


def _keep(call: LinkCall) -> Origin | None:
    found = call.origin(call.args[0])
    return found if found is None or len(call.args) == 1 else _derive(call)


def _convert(call: LinkCall) -> Origin | None:
    """Pass on what is the same in another type."""
    return call.origin(call.args[0])


def _unwrap(call: LinkCall) -> Origin | None:
    """Pass on the column behind its accessor."""
    return call.origin(call.args[1]) if len(call.args) > 1 else None


def _mix(call: LinkCall) -> Origin | None:
    """Let every column depend on all."""
    found = _derive(call)
    return found and Origin(found.leaves, False, found.opaque)


def _reduce(call: LinkCall) -> Origin | None:
    """Follow a summary of columns; across columns it depends on all of them."""
    bound = call.watched.bind(call.args, call.kwargs)
    found = _aggregate(call)
    if found is None or bound.get("axis", 0) in (0, "index"):
        return found
    return Origin(tuple((r, c, "d") for r, c, _ in found.leaves), False, found.opaque)


def _item(call: LinkCall) -> Origin | None:
    """Follow ``df["a"]``, ``df.a`` and ``df.loc[:, "a"]`` to the column."""
    owner, key = call.args[0], call.args[1] if len(call.args) > 1 else call.kwargs.get("key")
    if not is_data(owner):  # an indexer
        owner = getattr(owner, "obj", None)
        key = key[-1] if isinstance(key, tuple) else key
    if callable(key):
        return _blur(call)
    origin = call.origin(owner)
    if origin is None or not origin.by_name or family_of(type(call.result)) != "series":
        return origin and combined((origin,), "d", opaque=origin.by_name)
    return column_of(origin, key)


def column_of(origin: Origin, key: Any) -> Origin:
    """Return the origin of one column of data."""
    name = label(key)
    leaves = tuple((r, name if c is None else c, u) for r, c, u in origin.leaves)
    if "part" in origin.options:
        return Origin(leaves, False, origin.opaque, origin.keys, (name,), origin.options)
    return Origin(leaves, False, origin.opaque)


def _take_apart(call: LinkCall) -> Origin | None:
    """Follow the rows of single groups."""
    origin = call.origin(call.args[0])
    if origin is None or origin.keys is None:
        return None
    return Origin(origin.leaves, origin.by_name, origin.opaque, origin.keys, None, ("part",))


def _attribute(call: LinkCall) -> Origin | None:
    """Follow ``df.a``; of a grouping it is a choice of columns."""
    found = call.origin(call.args[0])
    return _choose(call) if found is not None and found.is_grouping else _item(call)


def _choose(call: LinkCall) -> Origin | None:
    """Follow ``grouping["a"]`` and ``grouping[["a", "b"]]``."""
    origin = call.origin(call.args[0])
    if origin is None or not origin.is_grouping:
        return origin
    names = columns_of(call.args[1])
    return Origin(origin.leaves, origin.by_name, origin.opaque, origin.keys, names, origin.options)


def _duplicated(call: LinkCall) -> Origin | None:
    """Follow the finding of rows that are there twice, by all columns or by some."""
    origin = call.origin(call.args[0])
    subset = call.watched.bind(call.args, call.kwargs).get("subset")
    if origin is None or subset is None:
        return _mix(call)
    names = [label(name) for name in _listed(subset) if is_name(name, call.args[0])]
    leaves = [
        (ref, name, "d")
        for ref, column, _ in origin.leaves
        for name in (names if column is None else (column,))
    ]
    return Origin(tuple(dict.fromkeys(leaves)), False, origin.opaque)


def _window(call: LinkCall) -> Origin | None:
    """Follow the making of a moving window, also within groups."""
    origin = call.origin(call.args[0])
    if origin is None:
        return None
    keys, options = origin.keys or (), (*origin.options, "window")
    return Origin(origin.leaves, origin.by_name, origin.opaque, keys, origin.only, options)


def _group(call: LinkCall) -> Origin | None:
    """Follow the making of a grouping."""
    origin = call.origin(call.args[0])
    if origin is None:
        return None
    bound = call.watched.bind(call.args, call.kwargs)
    by, level = bound.get("by"), bound.get("level")
    keys = tuple(key_codes(call, by, call.args[0])) if by is not None else ()
    if level is not None:
        keys += tuple({"level": label(name)} for name in _listed(level))
    options = ("columns",) if bound.get("as_index") is False else ()
    opaque = origin.opaque or bound.get("axis", 0) in (1, "columns")
    return Origin(origin.leaves, origin.by_name, opaque, keys, None, options)


def _resample(call: LinkCall) -> Origin | None:
    origin = call.origin(call.args[0])
    if origin is None:
        return None
    on = call.watched.bind(call.args, call.kwargs).get("on")
    key: Any = {"level": None} if on is None else next(iter(key_codes(call, on, call.args[0])))
    keys = (*(origin.keys or ()), key)
    return Origin(origin.leaves, origin.by_name, origin.opaque, keys, origin.only)


def key_codes(call: Any, by: Any, owner: Any) -> Iterable[Any]:
    """Yield what something is grouped or joined by: a name, a name with an origin, or None.

    A name is one of a column or of a level of the index of `owner`; any other key may be a value
    of the data, and is not written down.
    """
    for key in by if type(by) is list else (by,):
        if is_data(key):
            name, origin = getattr(key, "name", None), call.origin(key)
            yield None if origin is None else [None if name is None else label(name), origin]
        elif type(key).__name__ in ("Grouper", "TimeGrouper"):
            yield {"level": None} if key.key is None else label(key.key)
        else:
            yield label(key) if is_name(key, owner) else None


def is_name(key: Any, owner: Any) -> bool:
    """Return whether a key is the name of a column, or of a level of the index."""
    try:
        columns = own(owner, "columns")
        if columns is not None and key in columns:
            return True
        return key in getattr(own(owner, "index"), "names", ())
    except Exception as error:  # noqa: BLE001  # it may be any object, one that cannot be hashed too
        pass_on(error)
        return False


def columns_of(key: Any) -> tuple[str, ...]:
    """Return names of columns as text, of one or of a list."""
    return tuple(label(name) for name in _listed(key))


def _listed(key: Any) -> Iterable[Any]:
    if isinstance(key, list | set | frozenset) or (is_data(key) and hasattr(key, "tolist")):
        return [*key]
    return (key,)


_CONVERT = """copy __copy__ __deepcopy__ infer_objects set_flags to_numpy values array __array__
    to_frame to_series squeeze as_ordered to_dense to_coo"""
_AGGREGATE = f"""{_SUMMARISE} {_REDUCE} agg aggregate quantile describe mode unique count nunique"""
_RULES: dict[str, Rule] = {
    **dict.fromkeys(_CONVERT.split(), _convert),
    "__getattr__": _attribute,
    "__getitem__": _item,
    "get": _item,
    "__get__": _unwrap,
    "groupby": _group,
    "resample": _resample,
    "duplicated": _duplicated,
    **dict.fromkeys(("rolling", "expanding", "ewm"), _window),
    **dict.fromkeys(("to_records", "compare", "corrwith", "__matmul__", "__rmatmul__"), _mix),
}
_FRAMES = dict.fromkeys([*_AGGREGATE.split(), "product", "kurtosis"], _reduce)
_COLUMNS = dict.fromkeys(_AGGREGATE.split(), _aggregate)
_CHOICES = ("SelectionMixin.__getitem__", "DataFrameGroupBy.__getitem__")


# What they return is made for one call, and stands for nothing else yet.
MAKING = frozenset({_derive, _aggregate, _blur})


def rule_for(path: str) -> Rule:
    """Return how the result of a link is followed, by the path of its target."""
    owner, _, method = path.rpartition(".")
    if path.endswith(_CHOICES):
        return _choose
    if path.endswith("BaseGroupBy.__iter__"):
        return _take_apart
    if "Accessor" in owner or "Methods" in owner or "Properties" in owner:
        return _unwrap if method == "__get__" else _derive
    if owner == "DataFrame" and method in _FRAMES:
        return _FRAMES[method]
    if (owner == "Series" and method in _COLUMNS) or path == "unique":
        return _aggregate
    return _RULES.get(method, _derive)
