"""Columns and what they come from, while one operation after the other is resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lineage_stats.trace._operation import DataRef

# Identifier of data and name of a column; None for a model, a metric or a file written.
Node = tuple[str, str | None]
# Source and relation, and whether no more is known than that there may be one.
Edges = dict[tuple[Node, str], bool]

IDENTITY, DERIVED, AGGREGATED = "identity", "derived", "aggregated"
FILTERED, JOINED, GROUPED, ORDERED = "filtered-by", "joined-on", "grouped-by", "ordered-by"
VALUES = (IDENTITY, DERIVED, AGGREGATED)
RELATIONS = (*VALUES, FILTERED, JOINED, GROUPED, ORDERED)

UNKNOWN: Node = ("?", None)

Keys = list[tuple[str | None, Edges]]

_USED = {"i": IDENTITY, "d": DERIVED, "a": AGGREGATED, "f": FILTERED}


def merged(*parts: Mapping[tuple[Node, str], bool]) -> Edges:
    """Return all edges; one that is known for certain from any part is certain."""
    found: Edges = {}
    for part in parts:
        for key, opaque in part.items():
            found[key] = opaque and found.get(key, True)
    return found


@cache  # of few relations, for each edge of a walk
def composed(first: str, then: str) -> str:
    """Return the relation over two steps, the second one nearer to the result.

    Examples
    --------
    >>> composed("identity", "derived"), composed("filtered-by", "derived")
    ('derived', 'filtered-by')
    >>> composed("aggregated", "joined-on")
    'joined-on'
    """
    if then not in VALUES:
        return then
    if first not in VALUES:
        return first
    return VALUES[max(VALUES.index(first), VALUES.index(then))]


def valued(edges: Edges, relation: str, *, opaque: bool = False) -> Edges:
    """Return the edges of what was computed from something with these."""
    return merged(*({(node, composed(r, relation)): o or opaque} for (node, r), o in edges.items()))


def used(edges: Edges, relation: str, *, opaque: bool = False) -> Edges:
    """Return the edges of what something with these edges had a part in choosing."""
    return merged(*({(node, relation): o or opaque} for (node, _), o in edges.items()))


def unknown() -> Edges:
    """Return the edge of what appeared from nowhere."""
    return {(UNKNOWN, DERIVED): True}


@dataclass
class Frame:
    """Columns of one piece of data with their edges.

    Attributes
    ----------
    columns : dict of str to Edges
        In order.
    rows : Edges
        What had a part in which rows there are, and in which order.
    index : list of (name or None, Edges)
        Levels of the index.
    token : object
        Equal for data whose rows are the same, in the same order and under the same labels.
    default : Edges or None
        Edges of columns that are not named; None if there should be none.
    by_position : bool
        Whether the columns stand for those of the result by position.
    plain : bool
        Whether it has no labels of rows, as an array.
    """

    columns: dict[str, Edges] = field(default_factory=dict)
    rows: Edges = field(default_factory=dict)
    index: list[tuple[str | None, Edges]] = field(default_factory=lambda: [(None, {})])
    token: object = field(default_factory=object)
    default: Edges | None = None
    by_position: bool = False
    plain: bool = False

    def all(self) -> Edges:
        """Return the edges of all columns together."""
        return merged(*self.columns.values(), self.default or {})

    def labels(self) -> Edges:
        """Return the edges of the index."""
        return merged(*(edges for _, edges in self.index))

    def at(self, positions: Iterable[int]) -> Edges:
        """Return the edges of some columns by position."""
        columns = list(self.columns.values())
        return merged(*(columns[i] for i in positions if i < len(columns)))

    def alignment(self, other: Frame) -> Edges:
        """Return on what it depends which rows of `other` meet which rows of this."""
        if other.token == self.token:
            return {}
        if other.plain:
            return used(self.rows, FILTERED)
        return merged(
            self.rows, other.rows, used(self.labels(), JOINED), used(other.labels(), JOINED)
        )


class Known:
    """What is known of all data of a run so far.

    Parameters
    ----------
    columns : mapping of str to tuple of str
        Names of the columns by schema digest.
    read_array : callable, default=None
        Makes a table of what was written down of an array that NumPy made.
    """

    def __init__(
        self,
        columns: Mapping[str, tuple[str, ...]],
        read_array: Callable[[Known, Any], Frame] | None = None,
    ) -> None:
        self._columns = columns
        self._read_array = read_array
        self.refs: dict[str, DataRef] = {}
        self.states: dict[str, Frame] = {}
        self.parents: dict[Node, Edges] = {}
        self.fits: dict[str, Frame] = {}
        self.as_one: set[str] = set()  # data whose columns are not told apart

    def names(self, ref: str) -> tuple[str, ...]:
        """Return the names of the columns of data."""
        known = self.refs.get(ref)
        if known is None or known.schema is None or ref in self.as_one:
            return ()
        return self._columns.get(known.schema, ())

    def nodes(self, ref: str) -> list[Node]:
        """Return the nodes of data: its columns, or the data itself if it has none."""
        names = self.names(ref)
        return [(ref, name) for name in names] if names else [(ref, None)]

    def whole(self, ref: str) -> Frame:
        """Return data as it is."""
        if ref == "?":
            return Frame({}, default=unknown())
        state = self.states.get(ref)
        if state is None:
            state = self.states[ref] = Frame(token=ref)
        frame = Frame({}, state.rows, state.index, state.token)
        data = self.refs.get(ref)
        frame.plain = data is not None and data.kind == "array"
        frame.by_position = frame.plain
        names = self.names(ref)
        if names:
            frame.columns = {name: {((ref, name), IDENTITY): False} for name in names}
        else:
            frame.default = {((ref, None), IDENTITY): False}
        return frame

    def is_table(self, code: Any) -> bool:
        """Return whether an input meets others column by column, by name."""
        if isinstance(code, list):
            return str(code[0]).startswith("t")
        ref = self.refs.get(code) if isinstance(code, str) else None
        return ref is not None and ref.kind == "table"

    def frame(self, code: Any) -> Frame:
        """Return what a recipe means by an input."""
        if isinstance(code, str):
            return self.whole(code)
        if isinstance(code, dict):
            if "np" in code and self._read_array is not None:
                return self._read_array(self, code)
            return self._grouped(code)
        if not isinstance(code, list) or not code:
            return Frame({}, default={})
        mode, leaves = code[0], [[*leaf, "i"][:3] for leaf in code[1:]]
        parts = [self.whole(ref) for ref, _, _ in leaves]
        frame = self._common(parts)
        edges = [
            self._leaf(part, column, _USED.get(use, DERIVED), mode)
            for part, (_, column, use) in zip(parts, leaves, strict=True)
        ]
        together = merged(*(e for part in edges for e in part.values()))
        if not mode.startswith("t"):
            named = {column for _, column, _ in leaves}
            name = named.pop() if len(named) == 1 else None
            frame.columns = {name or "": merged(together, frame.default or {})}
            frame.default = None
            return frame
        shown = next((e for e, leaf in zip(edges, leaves, strict=True) if leaf[1] is None), {})
        for at, name in enumerate(shown):
            frame.columns[name] = merged(
                frame.default or {}, *(_same(e, name, at, len(shown)) for e in edges)
            )
        frame.default = None
        return frame

    def keys(self, frame: Frame, keys: Any) -> Keys:
        """Return name and edges of each key that a recipe names.

        A key is the name of a column or level, a level, data with a name, or not known.
        """
        if keys == "*":
            return [*frame.columns.items()] if frame.columns else [(None, frame.all())]
        found: Keys = []
        for key in keys or ():
            if isinstance(key, str):
                found.append((key, _column_or_level(frame, key)))
            elif isinstance(key, dict):
                found += _levels(frame, key.get("level"))
            elif isinstance(key, list):
                found.append((key[0], self._value(frame, key[1])))
            else:
                found.append((None, valued(frame.all(), DERIVED, opaque=True)))
        return found

    def _value(self, frame: Frame, code: Any) -> Edges:
        if code is None:
            return valued(frame.all(), DERIVED, opaque=True)
        if code in (0, "?"):
            return unknown() if code else {}
        other = self.frame(code)
        return merged(other.all(), frame.alignment(other))

    def _grouped(self, code: dict[str, Any]) -> Frame:
        """Return what is grouped; of one group, that its rows were chosen."""
        frame = self.frame(code["of"])
        if "part" in code.get("opt", ()):
            by = influence(self.keys(frame, code.get("by")), FILTERED)
            frame.columns = {name: merged(e, by) for name, e in frame.columns.items()}
            frame.rows, frame.token = merged(frame.rows, by), object()
        return frame

    def _common(self, parts: list[Frame]) -> Frame:
        """Return the rows that several pieces of data have together."""
        first = parts[0]
        frame = Frame({}, first.rows, first.index, first.token, plain=first.plain)
        for part in parts[1:]:
            frame.default = merged(frame.default or {}, frame.alignment(part))
            if part.token != frame.token:
                frame.rows = merged(frame.rows, part.rows)
                frame.token = object()
        return frame

    def _leaf(self, part: Frame, column: str | None, use: str, mode: str) -> dict[str, Edges]:
        """Return the edges of one leaf by column."""
        unsure = mode.endswith("?") and not self._alike(part)
        relation = use if not mode.endswith("?") else composed(use, DERIVED)
        if column is None:
            chosen = part.columns or {"": part.default or {}}
        elif column in part.columns:
            chosen = {"": part.columns[column]}
        else:
            chosen, unsure = {"": part.all()}, True
        return {name: valued(e, relation, opaque=unsure) for name, e in chosen.items()}

    def _alike(self, part: Frame) -> bool:
        """Return whether it makes no difference which column it is."""
        nodes = [node for edges in part.columns.values() for node, _ in edges]
        above = [self.parents.get(node) for node in nodes]
        return len(above) > 0 and above[0] is not None and all(a == above[0] for a in above)


def _same(edges: dict[str, Edges], name: str, at: int, count: int) -> Edges:
    """Return the edges of the column of that name, else of that position, else of all."""
    if name in edges:
        return edges[name]
    if len(edges) == count and count > 1:
        return list(edges.values())[at]
    return merged(*edges.values()) if len(edges) == 1 else {}


def _column_or_level(frame: Frame, name: str) -> Edges:
    if name in frame.columns:
        return frame.columns[name]
    levels = [edges for level, edges in frame.index if level == name]
    return levels[0] if levels else {}


def _levels(frame: Frame, level: str | None) -> list[tuple[str | None, Edges]]:
    if level is None:
        return frame.index
    chosen: list[tuple[str | None, Edges]]
    chosen = [(name, edges) for name, edges in frame.index if name == level]
    if (
        not chosen
        and level.lstrip("-").isdigit()
        and -len(frame.index) <= int(level) < len(frame.index)
    ):
        chosen = [frame.index[int(level)]]
    return chosen or frame.index


def influence(
    keys: Iterable[tuple[str | None, Edges]], relation: str, *, opaque: bool = False
) -> Edges:
    """Return the edges of keys that had a part in choosing rows."""
    return merged(*(used(edges, relation, opaque=opaque) for _, edges in keys))
