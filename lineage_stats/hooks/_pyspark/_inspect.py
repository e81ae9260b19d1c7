"""One action of the user's: how many rows each of the user's operations had in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from lineage_stats.hooks._pyspark import _bridge as bridge
from lineage_stats.hooks._pyspark._logical import LogicalPlan, PlanTooLargeError
from lineage_stats.hooks._pyspark._marks import Marks
from lineage_stats.hooks._pyspark._physical import ALL, SOME, Fact, PhysicalPlan
from lineage_stats.hooks._pyspark._rows import ContradictionError, Rows, Step, exactly, settle
from lineage_stats.hooks._pyspark._signature import Key, key_of
from lineage_stats.hooks._pyspark._workers import worker_features
from lineage_stats.hooks._pyspark._written import written_features

# Names of actions whose plan says what it did; those that fetch only some of the rows.
_COMPLETE = frozenset(
    """count collect collectToPython collectAsArrowToPython toPandas toArrow command save
    saveAsTable insertInto createOrReplaceTempView foreach foreachPartition""".split()
)
_PARTLY = frozenset("head take show first isEmpty tail getRowsToPython showString".split())
_MOST_NAMED = 100  # columns that are told with their types by one answer of the Java side

# A plan may also be deeper than what is left of the stack: the program may stand deep itself.
_TOO_LARGE = (PlanTooLargeError, RecursionError)

Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Event:
    """An action that has ended, as Spark told of it."""

    function: str
    execution: Any
    begin_ns: int


@dataclass
class Found:
    """What an action tells of the operations before it, by their numbers."""

    rows: dict[int, Rows] = field(default_factory=dict)
    columns: dict[int, Columns] = field(default_factory=dict)
    features: dict[int, dict[str, float]] = field(default_factory=dict)
    plan: LogicalPlan | None = None


def inspect(event: Event, marks: Marks, known: Mapping[int, int], named: Iterable[int]) -> Found:
    """Return what an action tells.

    Parameters
    ----------
    event : Event
        The action.
    marks : Marks
        Which nodes of plans the operations of the user have made.
    known : mapping of int to int
        Rows of operations that are known otherwise.
    named : iterable of int
        Operations of which the columns are known.
    """
    try:
        logical = LogicalPlan(event.execution.analyzed(), marks, event.begin_ns)
    except _TOO_LARGE:
        return Found()
    tagged = [step for step in logical.steps if step.tags]
    if not tagged:
        return Found()
    physical = _physical(event, logical)
    found = Found(plan=logical)
    found.rows = _rows(logical, tagged, physical, known)
    found.features = _features(logical, physical)
    skipped = set(named)
    for step in tagged:
        new = [tag for tag in step.tags if tag not in skipped | found.columns.keys()]
        if new:
            found.columns.update(dict.fromkeys(new, columns_of(step.node)))
    return found


def _physical(event: Event, logical: LogicalPlan) -> PhysicalPlan | None:
    if event.function not in _COMPLETE | _PARTLY:
        return None
    try:
        trust = ALL if event.function in _COMPLETE else SOME
        return PhysicalPlan(event.execution.executedPlan(), logical, trust)
    except _TOO_LARGE:
        return None


def _features(logical: LogicalPlan, physical: PhysicalPlan | None) -> dict[int, dict[str, float]]:
    """Return what is measured, by operation: a write tells of the frame that it was given."""
    if physical is None:
        return {}
    found = worker_features(logical.steps, physical.workers)
    root = logical.root
    written = root.children[0].tags if len(root.children) == 1 else ()
    with suppress(Exception):  # the files are the user's, and may be gone or broken
        told = written_features(root.node, physical.written, physical.n_files) if written else {}
        for number in written:
            found.setdefault(number, {}).update(told)
    return found


def _rows(
    logical: LogicalPlan,
    tagged: list[Step],
    physical: PhysicalPlan | None,
    known: Mapping[int, int],
) -> dict[int, Rows]:
    """Return rows by operation; nothing where statements contradict each other."""
    before = [step.rows for step in logical.steps]
    for facts in (physical.facts if physical is not None else [], []):
        try:
            for step, rows in zip(logical.steps, before, strict=True):
                step.rows = rows
            _put_known(logical, tagged, physical, known)
            _put_facts(logical.steps, facts)
            settle(logical.steps)
            return _by_tag(tagged)
        except ContradictionError:
            continue
    return {}


def _put_known(
    logical: LogicalPlan,
    tagged: list[Step],
    physical: PhysicalPlan | None,
    known: Mapping[int, int],
) -> None:
    for step in tagged:
        for tag in step.tags:
            if tag in known:
                step.rows = step.rows.within(exactly(known[tag]))
    if physical is not None and physical.written is not None and logical.root.children:
        root = logical.root
        root.rows = root.rows.within(exactly(physical.written))


def _put_facts(steps: list[Step], facts: list[Fact]) -> None:
    by_key: dict[Key, Rows] = {}
    for fact in facts:
        by_key[fact.key] = by_key.get(fact.key, Rows()).within(fact.rows)
    for step in steps:
        if step.block is not None:
            step.rows = step.rows.within(by_key.get(key_of(step.block), Rows()))


def _by_tag(tagged: list[Step]) -> dict[int, Rows]:
    found: dict[int, Rows] = {}
    for step in tagged:
        for tag in step.tags:
            found[tag] = found.get(tag, Rows()).within(step.rows)
    return found


def columns_of(node: Any) -> Columns:
    """Return name and type of each column of a node."""
    schema = node.schema()
    n = schema.size()
    if n <= _MOST_NAMED:
        fields = json.loads(schema.json())["fields"]
        return tuple((f["name"], _type_name(f["type"])) for f in fields)
    found = []
    for begin in range(0, n, _MOST_NAMED):
        page = schema.slice(begin, begin + _MOST_NAMED).mkString(bridge.SEPARATOR)
        for text in page.split(bridge.SEPARATOR):
            name, _, rest = text.removeprefix("StructField(").partition(",")
            kind = rest.rpartition(",")[0].partition("(")[0].partition("Type")[0].lower()
            found.append((name, kind))
    return tuple(found)


def _type_name(kind: Any) -> str:
    return kind if isinstance(kind, str) else str(kind.get("type", "struct"))
