"""Reading the plan that the user wrote: its nodes, and what each says about rows and columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lineage_stats._interrupts import pass_on
from lineage_stats.hooks._pyspark import _bridge as bridge
from lineage_stats.hooks._pyspark import _signature as signature
from lineage_stats.hooks._pyspark import _text as text
from lineage_stats.hooks._pyspark._footers import MOST_FILES, read_footers
from lineage_stats.hooks._pyspark._marks import Marks
from lineage_stats.hooks._pyspark._rows import Step, exactly
from lineage_stats.hooks._pyspark._signature import Base, Block

MOST_NODES = 600

_SAME = frozenset(
    """Project Sort SubqueryAlias View Repartition RepartitionByExpression RebalancePartitions
    ResolvedHint CollectMetrics DeserializeToObject SerializeFromObject EventTimeWatermark
    GlobalLimit LocalLimit Window""".split()
)
_SOURCES = frozenset(
    """LogicalRelation LogicalRDD Range LocalRelation OneRowRelation HiveTableRelation
    DataSourceV2Relation StreamingRelation InMemoryRelation""".split()
)
_JOINS = {
    "LeftOuter": "left", "RightOuter": "left", "FullOuter": "", "LeftSemi": "fewer",
    "LeftAnti": "fewer", "Inner": "product-", "Cross": "product-",
}  # fmt: skip


@dataclass
class Source:
    """A source of the plan: its number, its columns by number, and what decides its rows."""

    number: int
    names: dict[str, str]
    block: Block


class PlanTooLargeError(Exception):
    """A plan has more nodes than can be looked at in passing."""


class LogicalPlan:
    """The analysed plan of a query.

    Parameters
    ----------
    root : JavaObject
        Its root.
    marks : Marks
        Which nodes the operations of the user have made.
    before_ns : int
        When the query began; what changed in files since then says nothing about it.

    Attributes
    ----------
    steps : list of Step
        Its nodes, children first.
    sources : list of Source
        What it reads.
    definitions : dict of str to str
        Columns that are computed row by row: the expression, by number.
    """

    def __init__(self, root: Any, marks: Marks, before_ns: int) -> None:
        self.steps: list[Step] = []
        self.sources: list[Source] = []
        self.definitions: dict[str, str] = {}
        self._marks = marks.within(root)
        self._before_ns = before_ns
        self._n_nodes = 0
        self.root = self._read(root)

    def resolve(self, expression: str) -> str:
        """Return an expression in terms of columns of sources, as far as that is possible."""
        return text.resolved(text.normal(expression), self.definitions)

    def conditions(self, expression: str | None) -> list[str]:
        """Return the conditions that an expression joins, in terms of columns of sources."""
        if expression is None:
            return []
        return [self.resolve(part) for part in text.conjuncts(expression)]

    def source_of(self, outputs: list[str]) -> Source | None:
        """Return the source that has the columns, or the only one where there are none."""
        if not outputs:
            return self.sources[0] if len(self.sources) == 1 else None
        ids = {text.attribute_id(output) for output in outputs}
        found = [source for source in self.sources if ids & source.names.keys()]
        return found[0] if len(found) == 1 else None

    def _read(self, node: Any) -> Step:
        self._n_nodes += 1
        if self._n_nodes > MOST_NODES:
            raise PlanTooLargeError
        kind = str(node.nodeName())
        step = Step(kind=kind, node=node)
        step.children = [self._read(child) for child in bridge.items(node.children())]
        step.tags = self._marks.of(node)
        reader = _READERS.get(kind)
        if kind in _SOURCES:
            self._read_source(step, node)
        elif reader is not None:
            reader(self, step, node)
        elif len(step.children) == 1 and (kind in _SAME or kind.endswith("Command")):
            step.relation = "same"
            step.block = step.children[0].block
        elif kind not in _SAME:  # it may make columns of its own
            step.outputs = tuple(bridge.texts(node.output()))
        self.steps.append(step)
        return step

    def _read_source(self, step: Step, node: Any) -> None:
        step.outputs = tuple(bridge.texts(node.output()))
        names = {}
        for output in step.outputs:
            number = text.attribute_id(output)
            if number is not None:
                names[number] = text.attribute_name(output)
        rows, present = self._known_of_source(step.kind, node, names)
        if rows is not None:
            step.rows = exactly(rows)
        position = len(self.sources)
        base = Base("src", args=(position,), attrs=frozenset(names))
        step.block = Block((base,), present=present)
        self.sources.append(Source(position, names, step.block))

    def _known_of_source(
        self, kind: str, node: Any, names: dict[str, str]
    ) -> tuple[int | None, frozenset[str]]:
        """Return the rows of a source, and which of its columns have a value in all of them."""
        if kind == "Range":
            return int(str(node.numElements())), frozenset(names)
        if kind == "LocalRelation":
            return int(node.data().size()), frozenset()
        if kind == "OneRowRelation":
            return 1, frozenset()
        if kind == "LogicalRelation":
            footers = _footers_of(node, self._before_ns)
            if footers is not None:
                present = frozenset(n for n, name in names.items() if name in footers.complete)
                return footers.rows, present
        return None, frozenset()

    def _read_project(self, step: Step, node: Any) -> None:
        step.relation, step.block = "same", step.children[0].block
        self._define(step, node.projectList(), by_row=True)

    def _define(self, step: Step, expressions: Any, *, by_row: bool) -> None:
        """Note which columns are computed, and how."""
        outputs = []
        own_code, java_code = set(), set()
        looked_at = self._marks.runs_own_code(step.node)
        for i, column in enumerate(bridge.texts(expressions)):
            found = text.aliased(column)
            if found is None:
                outputs.append(column)
                continue
            expression, name, number = found
            step.definitions[number] = text.normal(expression)
            step.names[number] = name
            outputs.append(f"{name}#{number}")
            # Asked of calls alone: each question is one more to Java.
            tree = expressions.apply(i) if looked_at and "(" in expression else None
            if tree is not None and self._marks.runs_own_code(tree, "PYTHON_UDF"):
                own_code.add(number)
            elif tree is not None and self._is_java_code(tree, expression):
                java_code.add(number)
            if by_row and not text.is_chance(expression):
                self.definitions[number] = step.definitions[number]
        step.outputs = tuple(outputs)
        step.own_code, step.java_code = frozenset(own_code), frozenset(java_code)

    def _is_java_code(self, tree: Any, expression: str) -> bool:
        """Return whether an expression is a named function: those of Spark itself have no name."""
        return "UDF(" not in expression and self._marks.runs_own_code(tree, "SCALA_UDF")

    def _read_filter(self, step: Step, node: Any) -> None:
        step.relation = "fewer"
        tree = node.condition()
        condition = str(tree.toString())
        step.used = (text.normal(condition),)
        step.used_by_own_code = self._marks.runs_own_code(tree)
        below = step.children[0].block
        if below is not None:
            step.block = signature.where(below, self.conditions(condition))

    def _read_aggregate(self, step: Step, node: Any) -> None:
        keys = [text.normal(key) for key in bridge.texts(node.groupingExpressions())]
        step.relation = "groups" if keys else "one"
        step.used = tuple(keys)
        self._define(step, node.aggregateExpressions(), by_row=False)
        for number, expression in step.definitions.items():
            if expression in keys:
                self.definitions[number] = expression
        below = step.children[0].block
        if below is not None and keys:
            resolved = [text.resolved(key, self.definitions) for key in keys]
            step.block = signature.grouped(below, resolved)

    def _read_distinct(self, step: Step, node: Any) -> None:
        step.relation = "groups"
        below = step.children[0].block
        keys = node.output() if step.kind == "Distinct" else node.keys()
        columns = [text.normal(key) for key in bridge.texts(keys)]
        step.used = tuple(columns)
        if below is not None:
            resolved = [text.resolved(column, self.definitions) for column in columns]
            step.block = signature.grouped(below, resolved)

    def _read_window(self, step: Step, node: Any) -> None:
        step.relation = "same"
        self._define(step, node.windowExpressions(), by_row=False)
        step.outputs = ()
        step.block = window_block(self, step.children[0].block, node)

    def _read_join(self, step: Step, node: Any) -> None:
        how = str(node.joinType().toString())
        condition = bridge.option_text(node.condition())
        step.used = () if condition is None else (text.normal(condition),)
        left, right = step.children
        relation = _JOINS.get(how)
        if relation is None:
            return
        if how == "RightOuter":
            left, right = right, left
            step.children, step.swapped = [left, right], True
        step.relation = relation.rstrip("-")
        step.left_only = how in ("LeftSemi", "LeftAnti")
        if relation == "product-":
            step.relation = "product" if condition is None else "inner"
        step.block = join_block(how, left.block, right.block, self.conditions(condition))

    def _read_union(self, step: Step, node: Any) -> None:
        step.relation = "sum"
        step.outputs = tuple(bridge.texts(node.output()))
        step.block = union_block([child.block for child in step.children])

    def _read_limit(self, step: Step, node: Any) -> None:
        """Take the two nodes of a limit as one: so many rows of each part, then of all."""
        limit = _number(str(node.limitExpr().toString()))
        child = step.children[0]
        if step.kind == "LocalLimit" or limit is None:
            step.relation = "fewer"
            return
        step.relation, step.limit = "limit", limit
        if child.kind == "LocalLimit":
            step.children = child.children

    def _read_generate(self, step: Step, node: Any) -> None:
        step.outputs = tuple(bridge.texts(node.output()))
        generator = text.normal(str(node.generator().toString()))
        step.used = (generator,)
        made = [text.attribute_id(output) for output in bridge.texts(node.generatorOutput())]
        step.definitions = {number: generator for number in made if number is not None}
        if self._is_own_generator(node.generator()):
            step.own_code = frozenset(step.definitions)
        step.relation = "left" if node.outer() else ""
        step.block = generate_block(self, step.children[0].block, node)

    def _is_own_generator(self, generator: Any) -> bool:
        return bridge.class_name(generator) == "PythonUDTF" or self._marks.runs_own_code(generator)

    def _read_sample(self, step: Step, node: Any) -> None:
        step.relation = "" if node.withReplacement() else "fewer"
        step.block = sample_block(step.children[0].block, node)

    def _read_fewer(self, step: Step, node: Any) -> None:
        step.relation = "fewer"

    def _read_python(self, step: Step, node: Any) -> None:
        step.outputs = tuple(bridge.texts(node.output()))
        step.block = python_block(step.children[0].block, list(step.outputs))


def _number(expression: str) -> int | None:
    return int(expression) if expression.isdigit() else None


def _footers_of(node: Any, before_ns: int) -> Any:
    relation = node.relation()
    if bridge.class_name(relation) != "HadoopFsRelation":
        return None
    location = relation.location()
    if (
        bridge.class_name(location) != "InMemoryFileIndex"
        or bridge.class_name(relation.fileFormat()) != "ParquetFileFormat"
    ):
        return None
    files = location.inputFiles()
    if len(files) > MOST_FILES:
        return None
    try:
        return read_footers(list(files), before_ns)
    except Exception as error:  # noqa: BLE001  # the files are the user's, and may be anything by now
        pass_on(error)
        return None


# -- blocks that are made alike from plans of both sorts -------------------------------------


def join_block(
    how: str, left: Block | None, right: Block | None, conditions: list[str]
) -> Block | None:
    """Return a join; of a right outer join the sides have been exchanged."""
    if left is None or right is None:
        return None
    if how in ("Inner", "Cross"):
        return signature.inner(left, right, conditions)
    if how in ("LeftOuter", "RightOuter"):
        return signature.one_sided("outer", left, right, conditions)
    if how == "LeftSemi":
        return signature.one_sided("semi", left, right, conditions)
    if how == "LeftAnti":
        return signature.one_sided("anti", left, right, conditions)
    if how == "FullOuter":
        return Block((Base("full", (left, right), tuple(sorted(conditions))),))
    return None


def union_block(parts: list[Block | None]) -> Block | None:
    """Return the rows of several parts one after the other."""
    known = [part for part in parts if part is not None]
    return Block((Base("union", tuple(known)),)) if len(known) == len(parts) else None


def window_block(plan: LogicalPlan, below: Block | None, node: Any) -> Block | None:
    """Return a block under a window; conditions on what it is divided by can be moved below."""
    if below is None:
        return None
    divided = [plan.resolve(column) for column in bridge.texts(node.partitionSpec())]
    plain = frozenset(c[1:] for c in divided if c.startswith("#") and c[1:].isdigit())
    return Block((Base("window", (below,), (), plain),))


def generate_block(plan: LogicalPlan, below: Block | None, node: Any) -> Block | None:
    """Return what an explode makes of a block."""
    if below is None:
        return None
    generator = plan.resolve(str(node.generator().toString()))
    if node.outer():
        return Block((Base("gen outer", (below,), (generator,)),))
    return signature.generated(below, generator)


def sample_block(below: Block | None, node: Any) -> Block | None:
    """Return a sample of a block."""
    if below is None:
        return None
    args = (node.lowerBound(), node.upperBound(), node.withReplacement(), node.seed())
    return Block((Base("sample", (below,), tuple(str(arg) for arg in args)),))


def python_block(below: Block | None, outputs: list[str]) -> Block | None:
    """Return what a function of the user's makes of a block."""
    if below is None or not outputs:
        return None
    return Block((Base("python", (below,), (text.attribute_id(outputs[0]),)),))


_READERS: dict[str, Callable[[LogicalPlan, Step, Any], None]] = {
    "Project": LogicalPlan._read_project,
    "Filter": LogicalPlan._read_filter,
    "Aggregate": LogicalPlan._read_aggregate,
    "Distinct": LogicalPlan._read_distinct,
    "Deduplicate": LogicalPlan._read_distinct,
    "Window": LogicalPlan._read_window,
    "Join": LogicalPlan._read_join,
    "Union": LogicalPlan._read_union,
    "GlobalLimit": LogicalPlan._read_limit,
    "LocalLimit": LogicalPlan._read_limit,
    "Generate": LogicalPlan._read_generate,
    "Sample": LogicalPlan._read_sample,
    "Offset": LogicalPlan._read_fewer,
    "Tail": LogicalPlan._read_fewer,
    "Except": LogicalPlan._read_fewer,
    "Intersect": LogicalPlan._read_fewer,
    "MapInPandas": LogicalPlan._read_python,
    "MapInArrow": LogicalPlan._read_python,
    "FlatMapGroupsInPandas": LogicalPlan._read_python,
    "FlatMapGroupsInArrow": LogicalPlan._read_python,
}
