"""What decides how many rows a part of a plan has, in a form that optimising does not change.

Two parts of plans of one query, the one that the user wrote and the one that Spark ran, have the
same number of rows if they read the same sources under the same conditions, whatever the order.
A `Block` is an inner join of *bases* under conditions; a base is a source, or what conditions can
be moved into only in part: outer joins, aggregations, windows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lineage_stats.hooks._pyspark._text import (
    equal_pair,
    ids_in,
    implies,
    not_null,
    replaced,
)

Key = Any  # nested tuples and frozensets
_ONE_SIDED = ("outer", "anti")


@dataclass(frozen=True)
class Base:
    """Something that has rows of its own.

    Attributes
    ----------
    kind : str
        ``"src"``, ``"outer"``, ``"semi"``, ``"anti"``, ``"agg"``, ``"gen"``, ``"window"``, or
        any other name for what conditions cannot be moved into.
    parts : tuple of Block
        What it is made from.
    args : tuple
        What else its rows depend on.
    attrs : frozenset of str
        Numbers of the columns that conditions may use and be moved into the first part.
    """

    kind: str
    parts: tuple[Block, ...] = ()
    args: tuple[Any, ...] = ()
    attrs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Block:
    """Bases that are joined, and the conditions that their rows fulfil."""

    bases: tuple[Base, ...]
    conditions: tuple[str, ...] = ()
    present: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def attrs(self) -> frozenset[str]:
        """Numbers of the columns that its sources have."""
        return frozenset().union(*(_all_attrs(base) for base in self.bases))


def _all_attrs(base: Base) -> frozenset[str]:
    if base.kind == "src":
        return base.attrs
    return base.attrs.union(*(part.attrs for part in base.parts))


def where(block: Block, conditions: Iterable[str]) -> Block:
    """Return a block under more conditions, each moved down as far as that changes nothing."""
    bases = list(block.bases)
    kept = list(block.conditions)
    for condition in conditions:
        used = ids_in(condition)
        for i, base in enumerate(bases):
            if base.kind != "src" and base.parts and used and used <= base.attrs:
                first = where(base.parts[0], [condition])
                bases[i] = Base(base.kind, (first, *base.parts[1:]), base.args, base.attrs)
                break
        else:
            kept.append(condition)
    return Block(tuple(bases), tuple(kept), block.present)


def inner(left: Block, right: Block, conditions: Iterable[str]) -> Block:
    """Return an inner join."""
    both = Block(left.bases + right.bases, left.conditions + right.conditions,
                 left.present | right.present)  # fmt: skip
    return where(both, conditions)


def one_sided(kind: str, left: Block, right: Block, conditions: Iterable[str]) -> Block:
    """Return a left outer, left anti or left semi join."""
    of_right, of_left, rest = [], [], []
    for condition in conditions:
        used = ids_in(condition)
        if used and used <= right.attrs:
            of_right.append(condition)
        elif kind == "semi" and used and used <= left.attrs:
            of_left.append(condition)
        else:
            rest.append(condition)
    left, right = where(left, of_left), where(right, of_right)
    return Block((Base(kind, (left, right), tuple(sorted(rest)), left.attrs),))


def grouped(child: Block, keys: Iterable[str]) -> Block:
    """Return the groups of a block by expressions."""
    chosen = frozenset(key for key in keys if ids_in(key))
    if len(child.bases) == 1 and not child.conditions:
        below = child.bases[0]
        if below.kind == "agg" and chosen and chosen <= below.args[0]:
            child = below.parts[0]
    plain = frozenset(key[1:] for key in chosen if key[0] == "#" and key[1:].isdigit())
    return Block((Base("agg", (child,), (chosen,), plain),))


def generated(child: Block, generator: str) -> Block:
    """Return what an explode makes: Spark leaves out beforehand what would make nothing."""
    kept = tuple(c for c in child.conditions if not _makes_something(c, generator))
    return Block((Base("gen", (Block(child.bases, kept, child.present),), (generator,),
                       child.attrs),))  # fmt: skip


def _makes_something(condition: str, generator: str) -> bool:
    """Return whether a condition only asks that there is something to explode."""
    asked = not_null(condition)
    if asked is not None:
        return asked in generator
    return condition.startswith("(size(") and condition.endswith(" > 0)")


def key_of(block: Block) -> Key:
    """Return the form of a block that is equal for all blocks of equally many rows."""
    classes = _classes(block.conditions)
    first = {member: min(group, key=int) for group in classes for member in group}
    conditions = _without_implied(block.conditions, first, _never_null(block))
    return (
        frozenset(Counter(_base_key(base) for base in block.bases).items()),
        frozenset(classes),
        frozenset(_counted(conditions, first).items()),
    )


def _base_key(base: Base) -> Key:
    if base.kind == "semi":
        return _semi_key(base)
    if base.kind in _ONE_SIDED:
        left, right = base.parts
        return base.kind, key_of(left), key_of(_without_inferred(left, right, base.args)), base.args
    return base.kind, tuple(key_of(part) for part in base.parts), base.args


def _semi_key(base: Base) -> Key:
    """Conditions on the keys of a semi-join hold on both sides, wherever they stand."""
    left, right = base.parts
    together = (*left.conditions, *right.conditions, *base.args)
    joined = Block(left.bases + right.bases, together, left.present | right.present)
    bases = tuple(frozenset(Counter(map(_base_key, p.bases)).items()) for p in base.parts)
    return "semi", bases, key_of(joined)[1:]


def _without_inferred(left: Block, right: Block, conditions: Iterable[str]) -> Block:
    """Return the right side of an outer join without what Spark concluded from the left one."""
    classes = _classes((*conditions, *left.conditions))
    first = {member: min(group, key=int) for group in classes for member in group}
    known = {replaced(c, first) for c in left.conditions}
    own = Counter(right.conditions)
    kept = []
    for condition in own.elements():
        asked = not_null(condition)
        matched = asked is not None and any(implies(c, asked) for c in conditions)
        if not matched and replaced(condition, first) not in known:
            kept.append(condition)
    return Block(right.bases, tuple(kept), right.present)


def _classes(conditions: Iterable[str]) -> list[frozenset[str]]:
    """Return which columns are equal to each other."""
    groups: list[set[str]] = []
    for condition in conditions:
        pair = equal_pair(condition)
        if pair is not None:
            touching = [g for g in groups if g & set(pair)]
            groups = [g for g in groups if not g & set(pair)]
            groups.append(set(pair).union(*touching))
    return [frozenset(g) for g in groups]


def _never_null(block: Block) -> frozenset[str]:
    own = [base.attrs for base in block.bases if base.kind == "src"]
    return block.present & frozenset().union(*own)


def _without_implied(
    conditions: tuple[str, ...], first: Mapping[str, str], never_null: frozenset[str]
) -> list[str]:
    """Return conditions without ``isnotnull`` where that says nothing more."""
    strict = [c for c in conditions if not_null(c) is None]
    kept = []
    for condition in conditions:
        asked = not_null(condition)
        if equal_pair(condition) is not None:
            continue
        if asked is not None:
            name = asked[1:] if asked.startswith("#") else ""
            if name in first or name in never_null or any(implies(c, asked) for c in strict):
                continue
        kept.append(condition)
    return kept


def _counted(conditions: Iterable[str], first: Mapping[str, str]) -> dict[str, int]:
    """Count conditions, one that was concluded for an equal column as the same."""
    found: dict[str, int] = {}
    for condition, n in Counter(conditions).items():
        name = replaced(condition, first)
        found[name] = max(found.get(name, 0), n)
    return found
