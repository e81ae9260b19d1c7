"""Numbers of rows as far as they are known, and what plans say about how they hang together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lineage_stats.hooks._pyspark._signature import Block

_MOST_ROUNDS = 20


class Rows(NamedTuple):
    """A number of rows: at least `low`, and at most `high` where that is not None."""

    low: int = 0
    high: int | None = None

    @property
    def exact(self) -> int | None:
        """The number, if it is known."""
        return self.low if self.low == self.high else None

    def within(self, other: Rows) -> Rows:
        """Return what is known from both; raises where they exclude each other."""
        high = other.high if self.high is None else self.high
        if self.high is not None and other.high is not None:
            high = min(self.high, other.high)
        low = max(self.low, other.low)
        if high is not None and low > high:
            raise ContradictionError(f"at least {low} rows, at most {high}")
        return Rows(low, high)


ANY = Rows()


class ContradictionError(ValueError):
    """Two statements on a number of rows cannot both be true."""


def exactly(n: int) -> Rows:
    """Return a number of rows that is known."""
    return Rows(n, n)


@dataclass
class Step:
    """One node of the plan that the user wrote.

    Attributes
    ----------
    relation : str
        How its rows depend on those of its children: ``"same"``, ``"fewer"`` (at most as many),
        ``"groups"`` (fewer, but none only if there are none), ``"one"``, ``"sum"``, ``"limit"``,
        ``"left"`` (at least as many as the first child), ``"product"`` or ``""``.
    children : list of Step
        What it reads.
    limit : int
        Of a limit, the number of rows.
    tags : tuple of int
        Numbers of the user's operations that made it: later ones left it as it was.
    block : Block or None
        What decides its rows; None where that is not known.
    outputs : tuple of str
        Its columns, as ``name#12L``, where they are known.
    definitions : dict of str to str
        Columns that it computes, by number: the expression.
    used : tuple of str
        Expressions that decide which rows there are.
    names : dict of str to str
        Names of the columns that it computes, by number.
    left_only : bool
        Of a join, whether only the columns of the first child go on.
    swapped : bool
        Of a join, whether the columns of the first child come last.
    rows : Rows
        What is known of its rows.
    own_code : frozenset of str
        Numbers of the columns that a function of the user's computes in Python.
    java_code : frozenset of str
        Numbers of those that a named function of Java or Scala computes: the user's, or one by
        which a model of Spark's transforms.
    used_by_own_code : bool
        Whether such a function decides which rows there are.
    kind : str
        Name of the node.
    node : JavaObject
        The node itself.
    """

    relation: str = ""
    children: list[Step] = field(default_factory=list)
    limit: int = 0
    tags: tuple[int, ...] = ()
    block: Block | None = None
    outputs: tuple[str, ...] = ()
    definitions: dict[str, str] = field(default_factory=dict)
    used: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    left_only: bool = False
    swapped: bool = False
    rows: Rows = ANY
    own_code: frozenset[str] = frozenset()
    java_code: frozenset[str] = frozenset()
    used_by_own_code: bool = False
    kind: str = ""
    node: Any = None


def settle(steps: Sequence[Step]) -> None:
    """Narrow what is known of the rows of all steps until nothing changes.

    Raises `ContradictionError` where statements exclude each other.
    """
    for _ in range(_MOST_ROUNDS):
        before = [step.rows for step in steps]
        for step in steps:
            _upwards(step)
        for step in reversed(steps):
            _downwards(step)
        if before == [step.rows for step in steps]:
            return


def _upwards(step: Step) -> None:
    """Conclude from the children."""
    relation, children = step.relation, step.children
    if relation == "one":
        step.rows = step.rows.within(exactly(1))
    if not children:
        return
    first = children[0].rows
    if relation == "same":
        step.rows = step.rows.within(first)
    elif relation == "fewer":
        step.rows = step.rows.within(Rows(0, first.high))
    elif relation == "groups":
        step.rows = step.rows.within(Rows(min(1, first.low), first.high))
    elif relation == "limit":
        high = step.limit if first.high is None else min(step.limit, first.high)
        step.rows = step.rows.within(Rows(min(step.limit, first.low), high))
    elif relation == "left":
        step.rows = step.rows.within(Rows(first.low, None))
    elif relation in ("sum", "product"):
        step.rows = step.rows.within(_combined(relation, [child.rows for child in children]))


def _combined(relation: str, rows: Sequence[Rows]) -> Rows:
    low = high = 0 if relation == "sum" else 1
    unknown = False
    for part in rows:
        low = low + part.low if relation == "sum" else low * part.low
        if part.high is None:
            unknown = True
        else:
            high = high + part.high if relation == "sum" else high * part.high
    return Rows(low, None if unknown else high)


def _downwards(step: Step) -> None:
    """Conclude for the children."""
    relation, children, rows = step.relation, step.children, step.rows
    if not children:
        return
    child = children[0]
    if relation == "same":
        child.rows = child.rows.within(rows)
    elif relation in ("fewer", "groups"):
        child.rows = child.rows.within(Rows(rows.low, None))
        if relation == "groups" and rows.high == 0:
            child.rows = child.rows.within(exactly(0))
    elif relation == "limit":
        known = rows.high is not None and rows.high < step.limit
        child.rows = child.rows.within(Rows(rows.low, rows.high if known else None))
    elif relation == "left":
        child.rows = child.rows.within(Rows(0, rows.high))
    elif relation == "sum":
        _share(children, rows)


def _share(children: Sequence[Step], rows: Rows) -> None:
    """Conclude for each child of a union from the others."""
    for child in children:
        others = _combined("sum", [other.rows for other in children if other is not child])
        if rows.high is not None:
            child.rows = child.rows.within(Rows(0, max(0, rows.high - others.low)))
        if others.high is not None:
            child.rows = child.rows.within(Rows(max(0, rows.low - others.high), None))
