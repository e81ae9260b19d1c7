"""What an array was made from, while that is being found out.

A value is written as a *form*: a small tree that says how its columns come from those of other
data. `lineage_stats.trace._lineage._arrays` reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from lineage_stats.hooks._columns._origins import MAX_LEAVES, Leaf, Origin
from lineage_stats.hooks._columns._settings import Settings, merged
from lineage_stats.hooks._refs import Ref

MAX_PARTS = 64  # pieces of data in one form


class LostError(Exception):
    """What something was made from cannot be told."""


class Value(NamedTuple):
    """What an expression was made from.

    Attributes
    ----------
    refs : tuple of Ref
        The data.
    form : Origin, dict, 0, "?" or None
        How its columns come from those of the data: 0 of a constant, ``"?"`` if it is not known;
        None of data that was changed since.
    family : str
        As in `lineage_stats.features._families`; ``"number"`` for anything that is no data.
    ndim, n_columns : int or None
        Number of dimensions, and of columns (1 with fewer than two dimensions); None if unknown.
    across : bool
        Whether it is a row with one number for each of so many columns.
    raw : object
        The constant itself; `UNTOLD` where it is not known.
    settings : tuple of Setting
        Values that the program put in on the way.
    """

    refs: tuple[Ref, ...]
    form: Any
    family: str
    ndim: int | None
    n_columns: int | None
    across: bool = False
    raw: Any = None
    settings: Settings = ()

    @property
    def is_constant(self) -> bool:
        """Whether it depends on no data."""
        return not self.refs and self.form == 0


class Many(tuple[Any, ...]):
    """The parts of a list or tuple."""

    __slots__ = ()


UNTOLD: Any = object()
CONSTANT = Value((), 0, "number", 0, 1, raw=UNTOLD)
UNKNOWN_NUMBER = CONSTANT._replace(form="?")

PANDAS = frozenset({"frame", "series", "index", "grouping", "accessor", "estimator"})


def constant(raw: Any, ndim: int | None = 0, n_columns: int | None = 1) -> Value:
    """Return the value of a constant."""
    return CONSTANT._replace(raw=raw, ndim=ndim, n_columns=n_columns)


def flat_values(parts: Iterable[Any]) -> Iterator[Value]:
    """Yield all values, those inside of lists too."""
    for part in parts:
        if isinstance(part, Many):
            yield from flat_values(part)
        else:
            yield part


def refs_of(parts: Iterable[Value]) -> tuple[Ref, ...]:
    """Return the data that values were made from."""
    return tuple(dict.fromkeys(ref for part in parts for ref in part.refs))


def made(
    kind: str,
    parts: Sequence[Value],
    ndim: int | None,
    n_columns: int | None,
    *,
    across: bool = False,
    **more: Any,
) -> Value:
    """Return an array that is made from others."""
    if any(part.form is None for part in parts):
        raise LostError
    told = [part.form for part in parts if not part.is_constant or kind == "beside"]
    settings = settings_of(parts)
    if not told or all(part.is_constant for part in parts):
        return CONSTANT._replace(ndim=ndim, n_columns=n_columns, across=across, settings=settings)
    form = {"np": kind, "x": told, "n": n_columns, **more}
    return Value(refs_of(parts), form, "array", ndim, n_columns, across, settings=settings)


def settings_of(parts: Iterable[Value]) -> Settings:
    """Return what the program put in on the way to values, constants among them."""
    return merged(*(part.settings for part in parts))


def each(parts: Sequence[Value], use: str = "d") -> Value:
    """Return what is computed element by element, with broadcasting."""
    dims = [part.ndim for part in parts]
    if None in dims:
        return opaque(parts)
    ndim = max((d for d in dims if d is not None), default=0)
    whole = [part for part in parts if part.ndim]
    across = ndim == 1 and all(part.across for part in whole)
    if ndim == 1 and not across and any(part.across for part in whole):
        return mix(parts, 1, 1)
    if ndim < 2 and not across:
        return made("each", parts, ndim, 1, use=use)
    widths = [part.n_columns for part in whole if part.ndim == 2 or part.across]
    if None in widths:
        return opaque(parts, ndim)
    width = max(w for w in widths if w is not None)
    if any(part.ndim == 1 and not part.across for part in whole) and width == 1:
        return opaque(parts, ndim)  # one row for each of its elements
    return made("each", parts, ndim, width, across=across, use=use)


def mix(parts: Sequence[Value], ndim: int | None, n_columns: int | None, use: str = "d") -> Value:
    """Return an array each of whose columns comes from all columns of all parts."""
    return made("mix", parts, ndim, n_columns, use=use)


def opaque(parts: Iterable[Value], ndim: int | None = None, n_columns: int | None = None) -> Value:
    """Return an array of which nothing but the data that it was made from is known."""
    return made("mix", list(parts), ndim, n_columns, o=1)


def rows_of(data: Value, by: Sequence[Value]) -> Value:
    """Return some rows of an array, chosen by others."""
    if any(part.form is None for part in by):
        raise LostError
    chosen = [part.form for part in by if not part.is_constant]
    found = made("rows", [data], data.ndim, data.n_columns, by=chosen)
    if data.is_constant:
        return mix([*by], data.ndim, data.n_columns)
    return found._replace(refs=refs_of([data, *by]), settings=settings_of([data, *by]))


def pick(data: Value, at: Sequence[int], ndim: int) -> Value:
    """Return some columns of an array, by position."""
    if data.n_columns is None or data.across:
        return opaque([data], ndim, 1 if ndim == 1 else None)
    if not all(-data.n_columns <= i < data.n_columns for i in at):
        raise LostError
    return made("pick", [data], ndim, len(at), at=[i % data.n_columns for i in at])


def beside(parts: Sequence[Value]) -> Value:
    """Return columns that were put one after the other."""
    widths = [part.n_columns for part in parts]
    total = None if None in widths else sum(w for w in widths if w is not None)
    if total is None:
        return opaque(parts, 2)
    return made("beside", parts, 2, total, w=widths)


def below(parts: Sequence[Value]) -> Value:
    """Return rows that were put one below the other."""
    dims, widths = {part.ndim for part in parts}, {part.n_columns for part in parts}
    if len(dims) != 1 or len(widths) != 1 or None in dims | widths:
        return opaque(parts)
    if any(part.across for part in parts):
        return mix(parts, 1, 1)
    return made("below", parts, dims.pop(), widths.pop())


class ArrayOrigin(Origin):
    """Origin of an array that NumPy made.

    Attributes
    ----------
    form : dict
        How its columns come from those of other data.
    n_columns : int
        How many it has.
    """

    __slots__ = ("form", "n_columns")

    def __init__(self, form: dict[str, Any], n_columns: int, settings: Settings = ()) -> None:
        leaves: dict[Leaf, None] = {}
        unsure = _leaves_of(form, leaves) or n_columns != 1
        super().__init__(tuple(leaves)[:MAX_LEAVES], False, unsure or len(leaves) > MAX_LEAVES)
        self.form = form
        self.n_columns = n_columns
        self.settings = settings

    def with_settings(self, settings: Settings) -> ArrayOrigin:
        """Return the same with other values put in."""
        return ArrayOrigin(self.form, self.n_columns, settings)

    def code(self) -> Any:
        """Return the form as it is written down."""
        return self.form


def _leaves_of(form: Any, leaves: dict[Leaf, None], use: str = "d") -> bool:
    """Note what a form is made from; return whether that is all that is known."""
    if form == 0:
        return False
    if form == "?":
        return True
    if isinstance(form, ArrayOrigin):
        return _leaves_of(form.form, leaves, use)
    if isinstance(form, Origin):
        for ref, column, own in form.leaves:
            leaves[ref, column, use if own in ("i", "d") else own] = None
        return form.opaque
    use = "a" if form.get("use") == "a" else use
    if form["np"] == "pick" and isinstance(form["x"][0], Origin):
        return _picked(form["x"][0], form["at"], leaves, use)
    unsure = bool(form.get("o")) or form["np"] == "pick"
    for part in form["x"]:
        unsure = _leaves_of(part, leaves, use) or unsure
    for part in form.get("by", ()):
        unsure = _leaves_of(part, leaves, "f") or unsure
    return unsure


def _picked(origin: Origin, at: Sequence[int], leaves: dict[Leaf, None], use: str) -> bool:
    """Note some columns of data by position, where it is a whole piece of data."""
    if len(origin.leaves) == 1 and origin.by_name and not origin.opaque:
        ref, column, _ = origin.leaves[0]
        names = [name for name, _ in ref.columns() or ()]
        if column is None and names and max(at) < len(names):
            leaves.update(dict.fromkeys((ref, names[i], use) for i in at))
            return False
    _leaves_of(origin, leaves, use)
    return True


def origin_of(value: Value) -> Origin:
    """Return a value as an origin of columns."""
    form = value.form
    if value.across:
        form = {"np": "mix", "x": [form], "n": 1, "use": "d"}
    if isinstance(form, Origin):
        return form
    if not isinstance(form, dict):
        raise LostError
    if _size(form) > MAX_PARTS:
        leaves = tuple((ref, None, "d") for ref in value.refs[:MAX_LEAVES])
        return Origin(leaves, False, True, settings=value.settings)
    return ArrayOrigin(form, value.n_columns or 1, value.settings)


def _size(form: Any) -> int:
    if isinstance(form, ArrayOrigin):
        return _size(form.form)
    if not isinstance(form, dict):
        return 1
    return sum(_size(part) for part in (*form["x"], *form.get("by", ())))
