"""Reading the plan that Spark ran: how many rows each part of it had, where that can be trusted.

Metrics of a node are not always its rows. A node under a limit stops early; the node under a
sort over all rows is run twice, since Spark samples its input first; a join that has no more
partners leaves the other side unread; a scan with filters may skip parts of a file.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lineage_stats.hooks._pyspark import _bridge as bridge
from lineage_stats.hooks._pyspark import _signature as signature
from lineage_stats.hooks._pyspark import _text as text
from lineage_stats.hooks._pyspark._logical import (
    MOST_NODES,
    LogicalPlan,
    PlanTooLargeError,
    generate_block,
    join_block,
    python_block,
    sample_block,
    union_block,
    window_block,
)
from lineage_stats.hooks._pyspark._rows import Rows, exactly
from lineage_stats.hooks._pyspark._signature import Base, Block
from lineage_stats.hooks._pyspark._workers import WorkerNode, runs_python, worker_node

# What metrics of a part of the plan are worth: the truth, a lower bound, nothing.
ALL, SOME, NONE = "all", "some", "none"

_PASSED = frozenset(
    """Project Sort InputAdapter ColumnarToRow RowToColumnar AQEShuffleRead CustomShuffleReader
    WriteFiles Coalesce DeserializeToObject SerializeFromObject CollectMetrics ArrowEvalPython
    BatchEvalPython AdaptiveSparkPlan ShuffleQueryStage BroadcastQueryStage ResultQueryStage
    TableCacheQueryStage ReturnAnswer""".split()
)
_STAGES = {
    "ShuffleQueryStage": "plan", "BroadcastQueryStage": "plan", "ResultQueryStage": "plan",
    "TableCacheQueryStage": "plan", "AdaptiveSparkPlan": "executedPlan",
}  # fmt: skip
_LIMITS = frozenset("CollectLimit LocalLimit GlobalLimit CollectTail".split())
_AGGREGATES = frozenset("HashAggregate SortAggregate ObjectHashAggregate".split())
_HASH_JOINS = frozenset("BroadcastHashJoin ShuffledHashJoin SortMergeJoin".split())
_PYTHON = frozenset("MapInPandas MapInArrow FlatMapGroupsInPandas FlatMapGroupsInArrow".split())


@dataclass
class Fact:
    """A part of the plan had so many rows; `stage` says with what it was run."""

    stage: int
    key: signature.Key
    rows: Rows


@dataclass
class Part:
    """What is known of one node: what decides its rows, how many there were."""

    block: Block | None = None
    rows: Rows | None = None
    ranked: bool = False  # whether rows were left out that a later filter would drop


class PhysicalPlan:
    """The plan of a query that ran.

    Parameters
    ----------
    root : JavaObject
        Its root.
    logical : LogicalPlan
        What the user wrote.
    trust : {"all", "some"}
        Whether all of the plan was run, or only as much as was needed.

    Attributes
    ----------
    facts : list of Fact
        How many rows parts of it had.
    workers : list of WorkerNode
        What ran in Python workers.
    written, n_files : int or None
        Rows and files that it wrote.
    """

    def __init__(self, root: Any, logical: LogicalPlan, trust: str = ALL) -> None:
        self.facts: list[Fact] = []
        self.workers: list[WorkerNode] = []
        self.written: int | None = None
        self.n_files: int | None = None
        self._logical = logical
        self._stage = self._stages = 0
        self._n_nodes = 0
        self._read(root, trust)

    def _read(self, node: Any, trust: str) -> Part:
        self._n_nodes += 1
        if self._n_nodes > 2 * MOST_NODES:
            raise PlanTooLargeError
        kind = str(node.nodeName()).strip()
        kind = "WholeStageCodegen" if kind.startswith("WholeStageCodegen") else kind
        inside = _STAGES.get(kind)
        if inside is not None:
            return self._read(getattr(node, inside)(), trust)
        if runs_python(kind):
            self.workers.append(worker_node(node, whole=trust == ALL))
        reader = self._reader(kind)
        if reader is None:
            self._read_children(node, NONE)
            return Part()
        part = reader(self, node, trust, kind)
        self._note(part)
        return part

    def _reader(self, kind: str) -> Reader | None:
        if kind in _PASSED or kind == "WholeStageCodegen" or kind.startswith("Execute "):
            return PhysicalPlan._read_passed
        if kind.startswith("Scan "):
            return PhysicalPlan._read_scan
        for kinds, reader in _READERS:
            if kind in kinds:
                return reader
        return None

    def _note(self, part: Part) -> None:
        if part.block is not None and part.rows is not None and not part.ranked:
            self.facts.append(Fact(self._stage, signature.key_of(part.block), part.rows))

    def _read_children(self, node: Any, trust: str) -> list[Part]:
        return [self._read(child, trust) for child in bridge.items(node.children())]

    def _measured(self, node: Any, trust: str, name: str = "numOutputRows") -> Rows | None:
        if trust == NONE:
            return None
        n = bridge.metric(node, name)
        if n is None or n < 0:
            return None
        return exactly(n) if trust == ALL else Rows(n)

    # -- one function for each sort of node ---------------------------------------------------

    def _read_passed(self, node: Any, trust: str, kind: str) -> Part:
        """Read a node that has the rows of its child."""
        if kind.endswith("EvalPython"):
            self._define(node.resultAttrs(), node.udfs())
        parts = self._read_children(node, trust)
        if kind == "Project":
            self._define_projected(node)
        if len(parts) != 1:
            return Part()
        if kind.startswith("Execute "):
            self.written = bridge.metric(node)
            self.n_files = bridge.metric(node, "numFiles")
        return parts[0]

    def _define_projected(self, node: Any) -> None:
        """Note columns that Spark itself has computed beforehand."""
        for column in bridge.texts(node.projectList()):
            found = text.aliased(column)
            if found is not None and not text.is_chance(found[0]):
                self._logical.definitions.setdefault(found[2], text.normal(found[0]))

    def _define(self, names: Any, expressions: Any) -> None:
        pairs = zip(bridge.texts(names), bridge.texts(expressions), strict=False)
        for name, expression in pairs:
            number = text.attribute_id(name)
            if number is not None:
                self._logical.definitions.setdefault(number, text.normal(expression))

    def _read_scan(self, node: Any, trust: str, kind: str) -> Part:
        source = self._logical.source_of(bridge.texts(node.output()))
        if source is None:
            return Part()
        if kind.startswith("Scan ExistingRDD"):
            return Part(source.block, self._measured(node, trust))
        if bridge.class_name(node) != "FileSourceScanExec":
            return Part()
        chosen = bridge.texts(node.partitionFilters())
        if any("dynamicpruning" in condition for condition in chosen):
            return Part()
        pushed = node.dataFilters().size() > 0
        rows = self._measured(node, SOME if pushed and trust == ALL else trust)
        conditions = [c for each in chosen for c in self._logical.conditions(each)]
        return Part(signature.where(source.block, conditions), rows)

    def _read_range(self, node: Any, trust: str, kind: str) -> Part:
        source = self._logical.source_of(bridge.texts(node.output()))
        return Part() if source is None else Part(source.block, self._measured(node, trust))

    def _read_filter(self, node: Any, trust: str, kind: str) -> Part:
        (below,) = self._read_children(node, trust)
        if below.block is None:
            return Part()
        conditions = self._logical.conditions(str(node.condition().toString()))
        return Part(signature.where(below.block, conditions), self._measured(node, trust))

    def _read_limit(self, node: Any, trust: str, kind: str) -> Part:
        self._read_children(node, SOME if trust == ALL else trust)
        return Part()

    def _read_top(self, node: Any, trust: str, kind: str) -> Part:
        """Read the first rows in order: the input is read to its end, unless it is in order."""
        ordered = node.children().apply(0).outputOrdering().size() > 0
        self._read_children(node, SOME if ordered and trust != NONE else ALL)
        return Part()

    def _read_exchange(self, node: Any, trust: str, kind: str) -> Part:
        """Everything below an exchange is run to its end, whatever happens above."""
        outer, self._stage = self._stage, self._stages + 1
        self._stages += 1
        ranged = kind == "Exchange" and str(node.outputPartitioning().toString()).startswith(
            "rangepartitioning"
        )
        try:
            begin, first = len(self.facts), len(self.workers)
            (below,) = self._read_children(node, ALL)
            if ranged:
                self._doubt(first)
                below.rows = self._once(node, below, begin)
            return below
        finally:
            self._stage = outer

    def _doubt(self, first: int) -> None:
        """Take no measurement of workers for true from a place on: they may have run twice."""
        self.workers[first:] = [node._replace(features=None) for node in self.workers[first:]]

    def _once(self, node: Any, below: Part, begin: int) -> Rows | None:
        """Correct what was counted twice below a sort over all rows: Spark samples first."""
        moved = bridge.metric(node, "shuffleRecordsWritten")
        counted = None if below.rows is None else below.rows.exact
        own = [fact for fact in self.facts[begin:] if fact.stage == self._stage]
        if moved is not None and counted == moved:
            return below.rows
        twice = moved is not None and counted == 2 * moved
        for fact in own:
            n = fact.rows.exact
            fact.rows = exactly(n // 2) if twice and n is not None and n % 2 == 0 else Rows()
        return None if moved is None else exactly(moved)

    def _read_reused(self, node: Any, trust: str, kind: str) -> Part:
        return Part()  # is read where it was made; here its columns have other numbers

    def _read_aggregate(self, node: Any, trust: str, kind: str) -> Part:
        (below,) = self._read_children(node, trust)
        if below.block is None:
            return Part()
        keys = [self._logical.resolve(k) for k in bridge.texts(node.groupingExpressions())]
        functions = node.aggregateExpressions()
        first = functions.apply(0).toString() if functions.size() else ""
        partial = first.startswith(("partial_", "merge_"))
        if not keys:
            return Part()
        block = signature.grouped(below.block, keys)
        if partial or (not first and not self._is_last(node, below)):
            return Part(below.block, None)
        return Part(block, self._measured(node, trust))

    def _is_last(self, node: Any, below: Part) -> bool:
        """Return whether groups are complete: only the upper of two nodes alike makes them so."""
        names = bridge.texts(node.groupingExpressions())
        child = _real_child(node)
        while child is not None and str(child.nodeName()).strip() not in _AGGREGATES:
            child = _real_child(child)
        if child is None:
            return False
        return bridge.texts(child.groupingExpressions()) == names

    def _read_hash_join(self, node: Any, trust: str, kind: str) -> Part:
        how = str(node.joinType().toString())
        rows = self._measured(node, trust)
        sides = self._trust_of_sides(node, trust, kind, how, rows)
        children = bridge.items(node.children())
        left, right = (self._read(child, side) for child, side in zip(children, sides, strict=True))
        pairs = zip(bridge.texts(node.leftKeys()), bridge.texts(node.rightKeys()), strict=True)
        conditions = [self._logical.resolve(f"({a} = {b})") for a, b in pairs]
        conditions += self._logical.conditions(bridge.option_text(node.condition()))
        if how == "RightOuter":
            left, right = right, left
        return Part(join_block(how, left.block, right.block, conditions), rows)

    def _trust_of_sides(
        self, node: Any, trust: str, kind: str, how: str, rows: Rows | None
    ) -> tuple[str, str]:
        """Return what metrics of both sides are worth, down to the next exchange."""
        if trust != ALL:
            return trust, trust
        if kind == "BroadcastHashJoin":
            side = ALL if rows is not None and rows.low > 0 else SOME
            return side, side
        if kind == "ShuffledHashJoin":
            return SOME, SOME
        left = ALL if how in ("LeftOuter", "LeftAnti", "FullOuter") else SOME
        right = ALL if how in ("RightOuter", "FullOuter") else SOME
        return left, right

    def _read_loop_join(self, node: Any, trust: str, kind: str) -> Part:
        """Both sides may be run more than once, down to the next exchange."""
        how = "Inner" if kind == "CartesianProduct" else str(node.joinType().toString())
        left, right = self._read_children(node, NONE)
        conditions = self._logical.conditions(bridge.option_text(node.condition()))
        if how == "RightOuter":
            left, right = right, left
        block = join_block(how, left.block, right.block, conditions)
        return Part(block, self._measured(node, trust))

    def _read_union(self, node: Any, trust: str, kind: str) -> Part:
        parts = self._read_children(node, trust)
        known = [part.rows for part in parts if part.rows is not None]
        rows = None
        if len(known) == len(parts):
            exact = all(r.exact is not None for r in known)
            low = sum(r.low for r in known)
            rows = exactly(low) if exact else Rows(low)
        return Part(union_block([part.block for part in parts]), rows)

    def _read_window(self, node: Any, trust: str, kind: str) -> Part:
        (below,) = self._read_children(node, trust)
        block = window_block(self._logical, below.block, node)
        return Part(block, below.rows, ranked=below.ranked)

    def _read_ranking(self, node: Any, trust: str, kind: str) -> Part:
        """Rows are left out that a filter on their rank would drop."""
        (below,) = self._read_children(node, trust)
        return Part(below.block, None, ranked=True)

    def _read_generate(self, node: Any, trust: str, kind: str) -> Part:
        (below,) = self._read_children(node, trust)
        block = generate_block(self._logical, below.block, node)
        return Part(block, self._measured(node, trust))

    def _read_sample(self, node: Any, trust: str, kind: str) -> Part:
        (below,) = self._read_children(node, trust)
        return Part(sample_block(below.block, node), self._measured(node, trust))

    def _read_expand(self, node: Any, trust: str, kind: str) -> Part:
        (below,) = self._read_children(node, trust)
        if below.block is None:
            return Part()
        made = text.normal(",".join(bridge.texts(node.output())))
        block = Block((Base("expand", (below.block,), (made,)),))
        return Part(block, self._measured(node, trust))

    def _read_python(self, node: Any, trust: str, kind: str) -> Part:
        (below,) = self._read_children(node, trust)
        block = python_block(below.block, bridge.texts(node.output()))
        return Part(block, self._measured(node, trust))

    def _read_cache(self, node: Any, trust: str, kind: str) -> Part:
        """Read what was cached: the plan that filled the cache counts if it did so once."""
        relation = node.relation()
        inside = relation.cachedPlan()
        for new, old in zip(bridge.texts(relation.output()), bridge.texts(inside.output()),
                            strict=False):  # fmt: skip
            number, before = text.attribute_id(new), text.attribute_id(old)
            if number is not None and number != before:
                self._logical.definitions.setdefault(number, f"#{before}")
        outer, self._stage = self._stage, self._stages + 1
        self._stages += 1
        begin, first = len(self.facts), len(self.workers)
        try:
            below = self._read(inside, ALL)
        finally:
            self._stage = outer
            self._doubt(first)
        pushed = node.predicates().size() > 0
        rows = self._measured(node, SOME if pushed and trust == ALL else trust)
        total = _rows_in_cache(relation)
        counted = None if below.rows is None else below.rows.exact
        if total is None and rows is not None:
            total = rows.exact
        if counted is None or counted != total:
            del self.facts[begin:]
        elif rows is not None and rows.exact is None:
            rows = exactly(counted)
        return Part(below.block, rows)


Reader = Callable[[PhysicalPlan, Any, str, str], Part]


def _real_child(node: Any) -> Any:
    """Return the only child of a node, looking through stages; None if it has none or several."""
    inside = _STAGES.get(str(node.nodeName()).strip())
    if inside is not None:
        return getattr(node, inside)()
    children = node.children()
    return children.apply(0) if children.size() == 1 else None


def _rows_in_cache(relation: Any) -> int | None:
    """Return the number of rows of a cache that is filled."""
    with suppress(Exception):  # an internal that differs between versions
        builder = relation.cacheBuilder()
        if builder.isCachedColumnBuffersLoaded():
            found = bridge.option_text(relation.computeStats().rowCount())
            return None if found is None else int(found)
    return None


_READERS: list[tuple[frozenset[str], Reader]] = [
    (frozenset(["Range"]), PhysicalPlan._read_range),
    (frozenset(["Filter"]), PhysicalPlan._read_filter),
    (_LIMITS, PhysicalPlan._read_limit),
    (frozenset(["TakeOrderedAndProject"]), PhysicalPlan._read_top),
    (frozenset(["Exchange", "BroadcastExchange"]), PhysicalPlan._read_exchange),
    (frozenset(["ReusedExchange"]), PhysicalPlan._read_reused),
    (_AGGREGATES, PhysicalPlan._read_aggregate),
    (_HASH_JOINS, PhysicalPlan._read_hash_join),
    (frozenset(["BroadcastNestedLoopJoin", "CartesianProduct"]), PhysicalPlan._read_loop_join),
    (frozenset(["Union"]), PhysicalPlan._read_union),
    (frozenset(["Window"]), PhysicalPlan._read_window),
    (frozenset(["WindowGroupLimit"]), PhysicalPlan._read_ranking),
    (frozenset(["Generate"]), PhysicalPlan._read_generate),
    (frozenset(["Sample"]), PhysicalPlan._read_sample),
    (frozenset(["Expand"]), PhysicalPlan._read_expand),
    (_PYTHON, PhysicalPlan._read_python),
    (frozenset(["InMemoryTableScan"]), PhysicalPlan._read_cache),
]
