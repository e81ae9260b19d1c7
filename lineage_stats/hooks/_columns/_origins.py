"""What columns an object that is no output of an operation was made from.

``df["a"] / df["b"]`` is not listed as an operation. Its result is remembered here, by identity and
weakly, as *leaves*: columns of data that has a reference, each with how it was used.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Iterable
from typing import Any

from lineage_stats.features._cache import BoundedCache
from lineage_stats.features._families import family_of
from lineage_stats.hooks._columns._settings import Settings
from lineage_stats.hooks._objects import forget_dead
from lineage_stats.hooks._refs import Ref
from lineage_stats.hooks._resizing import may_be_resized

MAX_LEAVES = 32  # columns that one object is known to be made from, one by one
MAX_NUMBERS = 256  # results of reductions that are still known

# Reference, column (None: all columns) and relation: "i" identity, "d" derived, "a" aggregated,
# "f" filtered by.
Leaf = tuple[Ref, str | None, str]


class Origin:
    """Where the columns of an object come from.

    Attributes
    ----------
    leaves : tuple of Leaf
        What it was made from.
    by_name : bool
        Whether each column comes from those of its name among the leaves that are whole tables;
        otherwise every column comes from all leaves.
    opaque : bool
        Whether it is not known what the leaves have to do with it.
    keys : tuple or None
        For a grouping, what it was grouped by, as a recipe holds it.
    only : tuple of str or None
        For a grouping, the columns that were chosen.
    options : tuple of str
        For a grouping, ``"columns"`` if the keys become columns, ``"window"`` for a moving one;
        ``"part"`` for the rows of one group, which is none itself.
    settings : tuple of Setting
        Values that the program put in on the way.
    """

    __slots__ = ("by_name", "keys", "leaves", "only", "opaque", "options", "settings")

    def __init__(
        self,
        leaves: tuple[Leaf, ...],
        by_name: bool,
        opaque: bool = False,
        keys: tuple[Any, ...] | None = None,
        only: tuple[str, ...] | None = None,
        options: tuple[str, ...] = (),
        settings: Settings = (),
    ) -> None:
        self.leaves = leaves
        self.by_name = by_name
        self.opaque = opaque
        self.keys = keys
        self.only = only
        self.options = options
        self.settings = settings

    def with_settings(self, settings: Settings) -> Origin:
        """Return the same with other values put in."""
        return Origin(
            self.leaves, self.by_name, self.opaque, self.keys, self.only, self.options, settings
        )

    @property
    def is_grouping(self) -> bool:
        """Whether it is a grouping, and not the rows of one group."""
        return self.keys is not None and "part" not in self.options

    def code(self) -> Any:
        """Return the origin as lists of references; a whole table or column is its reference."""
        leaves = self.leaves
        flat: Any
        if len(leaves) == 1 and leaves[0][1] is None and leaves[0][2] == "i" and not self.opaque:
            flat = leaves[0][0]
        else:
            mode = ("t" if self.by_name else "c") + ("?" if self.opaque else "")
            flat = [mode, *([r, c] if u == "i" else [r, c, u] for r, c, u in leaves)]
        if self.keys is None:
            return flat
        grouped: dict[str, Any] = {"of": flat, "by": self.keys}
        if self.only is not None:
            grouped["only"] = self.only
        if self.options:
            grouped["opt"] = self.options
        return grouped


class _Entry(weakref.ref):  # type: ignore[type-arg]  # of anything
    __slots__ = ("key", "origin")

    key: int
    origin: Origin


class OriginTable:
    """Knows origins of living objects; neither keeps the objects alive nor marks them."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}
        self._dead: deque[_Entry] = deque()  # see ObjectTable
        self._numbers: BoundedCache[int, tuple[float, Origin]] = BoundedCache(MAX_NUMBERS)

    def __len__(self) -> int:
        forget_dead(self._entries, self._dead)
        return len(self._entries)

    def get(self, obj: Any) -> Origin | None:
        """Return the origin of an object, if it is known."""
        if isinstance(obj, float):
            known = self._numbers.get(id(obj))
            return known[1] if known is not None and known[0] is obj else None
        entry = self._entries.get(id(obj))
        return entry.origin if entry is not None and entry() is obj else None

    def set(self, obj: Any, origin: Origin) -> None:
        """Remember the origin of an object that can be referred to, or of a float."""
        if isinstance(obj, float):
            # It cannot be referred to weakly; holding it keeps its identity its own.
            self._numbers.keep(id(obj), (obj, origin))
            return
        if may_be_resized(obj):
            return
        try:
            entry = _Entry(obj, self._dead.append)
        except TypeError:
            return
        if self._dead:
            forget_dead(self._entries, self._dead)
        entry.key = id(obj)
        entry.origin = origin
        self._entries[entry.key] = entry

    def forget(self, obj: Any) -> None:
        """Forget an object: it is the output of an operation now."""
        if self._entries:
            self._entries.pop(id(obj), None)


def origin_of_refs(obj: Any, refs: tuple[Ref, ...]) -> Origin:
    """Return the origin of an object that stands for references."""
    if len(refs) == 1:
        ref = refs[0]
        leaves: tuple[Leaf, ...] = ((ref, None, "i"),)
        if ref.kind == "column":
            return Origin(leaves, False)
        family = family_of(type(obj))
        if ref.kind == "table" and family in ("frame", "grouping"):
            return Origin(leaves, True)
        if family in ("array", "sparse") and ref.kind == "array" and _is_whole(obj, ref):
            return Origin(leaves, ref.n_columns != 1)
        if ref.kind == "model" and family == "estimator":
            return Origin(leaves, False)
    return Origin(tuple((ref, None, "d") for ref in refs), False, True)


def _is_whole(array: Any, ref: Ref) -> bool:
    """Return whether an array is what the reference describes, and not a view of a part."""
    shape = array.shape
    n_columns = shape[1] if len(shape) == 2 else 1 if len(shape) == 1 else None
    return bool(shape) and shape[0] == ref.rows and n_columns == ref.n_columns


def combined(origins: Iterable[Origin], relation: str, opaque: bool = False) -> Origin | None:
    """Return the origin of what was computed from several objects; None without any."""
    leaves: dict[Leaf, None] = {}
    by_name = False
    n_origins = 0
    keys: tuple[Any, ...] | None = None
    for origin in origins:
        n_origins += 1
        if "part" in origin.options:
            keys = origin.keys
        by_name = by_name or origin.by_name
        opaque = opaque or origin.opaque
        for ref, column, used in origin.leaves:
            how = "f" if used == "f" else "a" if "a" in (used, relation) else relation
            leaves[ref, column, how] = None
    if not n_origins:
        return None
    if len(leaves) > MAX_LEAVES:
        refs = dict.fromkeys(ref for ref, _, _ in leaves)
        return Origin(tuple((r, None, "d") for r in list(refs)[:MAX_LEAVES]), False, True)
    return Origin(tuple(leaves), by_name, opaque, keys, None, () if keys is None else ("part",))
