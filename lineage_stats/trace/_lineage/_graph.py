"""The graph of columns of one run: which column comes from which, and how."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lineage_stats.trace._lineage import _joins as joins
from lineage_stats.trace._lineage import _models as models
from lineage_stats.trace._lineage import _rules as rules
from lineage_stats.trace._lineage._arrays import array_frame
from lineage_stats.trace._lineage._frame import (
    DERIVED,
    FILTERED,
    GROUPED,
    IDENTITY,
    JOINED,
    ORDERED,
    UNKNOWN,
    Edges,
    Frame,
    Known,
    Node,
    composed,
    merged,
    valued,
)
from lineage_stats.trace._lineage._recipe import recipe_of
from lineage_stats.trace._lineage._rules import Rule, Step
from lineage_stats.trace._operation import DataRef, Operation

if TYPE_CHECKING:
    from lineage_stats.trace._trace import Trace

RULES: dict[str, Rule] = {
    "one": rules.one,
    "set": rules.put_columns,
    "set_many": rules.put_many,
    "put": rules.put_cells,
    "pop": rules.take_out,
    "reset_index": rules.index_to_columns,
    "counts": rules.counts,
    "mix": rules.mixed,
    "columns": rules.by_columns,
    "sink": rules.by_kind,
    "any": rules.anything,
    "merge": joins.merge,
    "concat": joins.concat,
    "group": joins.group,
    "dummies": joins.dummies,
    "pivot": joins.pivot,
    "melt": joins.melt,
    "make": joins.make,
    "split": models.split,
    "fit": models.fit,
    "features": models.features,
    "predict": models.predict,
}

# What a recipe from a file may lack or hold; nothing of it may stop the reading of a trace.
_DAMAGE = (KeyError, IndexError, TypeError, ValueError, AttributeError)


MOST_MIXED = 1000  # columns of a table that was mixed from others
_FEW = 32  # edges of a node that are followed one by one
_OF_ROWS = frozenset({FILTERED, JOINED, GROUPED, ORDERED})
_Edge = tuple[tuple[Node, str], bool]
_Steps = Sequence[tuple[Node, str, bool]]  # where to, how, and whether that is uncertain
_NONE: tuple[Any, list[_Edge], frozenset[_Edge]] = (None, [], frozenset())


class ColumnGraph:
    """Columns, models and metrics of one run as nodes, and what they come from as edges.

    Parameters
    ----------
    trace : Trace
        The run.

    Attributes
    ----------
    parents : dict of Node to Edges
        For each node, what it comes from. Nodes are in the order in which they were made.
    maker : dict of Node to int
        Position of the operation that made a node; absent for data that came from outside.
    variables : dict of str to str
        Name of the variable that a piece of data was given to, by its identifier.
    """

    def __init__(self, trace: Trace) -> None:
        names = {digest: tuple(n for n, _ in pairs) for digest, pairs in trace.schemas.items()}
        self._known = Known(names, array_frame)
        self._operations = trace.operations
        self.parents: dict[Node, Edges] = self._known.parents
        self.maker: dict[Node, int] = {}
        self.port: dict[str, int] = {}
        self.variables: dict[str, str] = {}
        self._written: dict[str, list[tuple[Node, Frame]]] = {}
        self._wide: dict[Node, tuple[Edges, list[_Edge], frozenset[_Edge]]] = {}
        self._rows: dict[frozenset[_Edge], frozenset[_Edge]] = {}
        self._children: dict[Node, list[tuple[Node, str, bool]]] | None = None
        for position, op in enumerate(trace.operations):
            if op.status != "failed":
                self._add(position, op)

    # -- making ---------------------------------------------------------------------------

    def _add(self, position: int, op: Operation) -> None:
        for ref in op.inputs:
            self._from_outside(ref)
        for ref in op.outputs:
            self._known.refs[ref.id] = ref
        recipe = recipe_of(op)
        self._take_as_one(op, recipe)
        step = Step(self._known, op, recipe)
        frames = _resolved(step, recipe)
        for port, ref in enumerate(op.outputs):
            frame = frames[port] if port < len(frames) else Frame({}, default=_anything(step))
            self._put(position, port, ref, frame, step)
            self._name(op, port, ref, recipe)
        with suppress(*_DAMAGE):
            for port, levels in (recipe.get("levels") or {}).items():
                self._read_index(position, op, int(port), levels)
        if not op.outputs and (op.metric is not None or op.kind in ("metric", "sink")):
            node = (f"@{op.key}", None)
            self.parents[node] = frames[0].all() if frames else {}
            self.maker[node] = position
            if op.kind == "sink" and "file[path]" in op.facts:
                table = self._known.whole(op.inputs[0].id) if op.inputs else Frame()
                before = self._written.get(op.facts["file[path]"], [])
                self._written[op.facts["file[path]"]] = [
                    *(before if _adds_to_file(op) else ()),
                    (node, table),
                ]
        elif op.kind == "source":
            self._read_back(op)

    def _take_as_one(self, op: Operation, recipe: Mapping[str, Any]) -> None:
        """Tell columns by the thousand not apart that all come from all of another table.

        A table that was transposed has as many as it had rows, each with every source.
        """
        known = self._known.as_one
        if recipe.get("as") == "mix" or any(ref.id in known for ref in op.inputs):
            known.update(r.id for r in op.outputs if (r.n_columns or 0) > MOST_MIXED)

    def _read_back(self, op: Operation) -> None:
        """Join what is read from a file to what this run wrote to it before."""
        written = self._written.get(op.facts.get("file[path]", ""), ())
        for ref in op.outputs if written else ():
            for node in self._known.nodes(ref.id):
                found = [
                    table.columns.get(str(node[1]), {(file, DERIVED): False})
                    for file, table in written
                ]
                # Of several tables in a file nobody knows which one it is.
                sure = {key for key in found[0] if all(key in edges for edges in found)}
                self.parents[node] = {
                    key: opaque or key not in sure for key, opaque in merged(*found).items()
                }

    def _from_outside(self, ref: DataRef) -> None:
        if ref.id in self._known.refs:
            return
        self._known.refs[ref.id] = ref
        for node in self._known.nodes(ref.id):
            self.parents.setdefault(node, {})

    def _put(self, position: int, port: int, ref: DataRef, frame: Frame, step: Step) -> None:
        self.port[ref.id] = port
        nodes = self._known.nodes(ref.id)
        if nodes[0][1] is None:
            found = {nodes[0]: frame.all()}
        else:
            found = _matched(nodes, frame, ref, step)
        for node, edges in found.items():
            # A folded operation may read what it made itself.
            own = {k: o for k, o in edges.items() if k[0][0] != ref.id}
            self.parents[node] = merged(self.parents.get(node, {}), own)
            self._split(node)
            self.maker.setdefault(node, position)
        self._known.states[ref.id] = Frame({}, frame.rows, frame.index, frame.token)

    def _split(self, node: Node) -> None:
        """Tell what a node has by itself from what chose its rows, which others share."""
        edges = self.parents[node]
        if len(edges) > _FEW:
            rows = frozenset(item for item in edges.items() if item[0][1] in _OF_ROWS)
            own = [item for item in edges.items() if item not in rows]
            self._wide[node] = (edges, own, self._rows.setdefault(rows, rows))

    def _name(self, op: Operation, port: int, ref: DataRef, recipe: Mapping[str, Any]) -> None:
        variables = recipe.get("vars") or ()
        if len(variables) == 1 or len(variables) == len(op.outputs):
            name = variables[min(port, len(variables) - 1)]
            if len(variables) == 1 and op.kind == "fit" and len(op.outputs) == 2 and port == 1:
                name = None
            if name:
                self.variables[ref.id] = name
        elif port == 0 and op.inputs and _is_inplace(op):
            owner = recipe.get("x")
            before = owner if isinstance(owner, str) else op.inputs[0].id
            if before in self.variables:
                self.variables[ref.id] = self.variables[before]

    def _read_index(self, position: int, op: Operation, port: int, levels: Any) -> None:
        if port >= len(op.outputs):
            return
        ref = op.outputs[port].id
        index: list[tuple[str | None, Edges]] = []
        for name in levels:
            node = (ref, name)
            if name is not None:
                self.parents.setdefault(node, {})
                self.maker.setdefault(node, position)
            index.append((name, {} if name is None else {(node, IDENTITY): False}))
        self._known.states[ref].index = index

    # -- looking --------------------------------------------------------------------------

    @property
    def children(self) -> Mapping[Node, list[tuple[Node, str, bool]]]:
        """For each node, what was made of it, with relation and whether that is uncertain."""
        if self._children is None:
            found: dict[Node, list[tuple[Node, str, bool]]] = defaultdict(list)
            for node, edges in self.parents.items():
                for (source, relation), opaque in edges.items():
                    found[source].append((node, relation, opaque))
            self._children = found
        return self._children

    def above(self, start: Iterable[Node]) -> dict[Node, Reached]:
        """Return all nodes upstream, each with its relations to `start` and its distance."""
        done: set[tuple[int, str | None, bool]] = set()

        def step(node: Node, relation: str | None, way: bool) -> _Steps:
            parents = self.parents.get(node)
            if not parents:
                return ()
            found: Iterable[_Edge] = parents.items()
            edges, own_edges, rows = self._wide.get(node, _NONE)
            if edges is parents:
                # What chose the rows of a table is followed for one column, and so for all.
                told = (id(rows), relation, way)
                found = own_edges if told in done else found
                done.add(told)
            if relation is None:
                return [(source, own, opaque) for (source, own), opaque in found]
            return [(source, composed(own, relation), opaque) for (source, own), opaque in found]

        return _walk(start, step)

    def below(self, start: Iterable[Node]) -> dict[Node, Reached]:
        """Return all nodes downstream, each with its relations from `start` and its distance."""

        def step(node: Node, relation: str | None, way: bool) -> _Steps:
            found = self.children.get(node, ())
            if relation is None:
                return found
            return [(target, composed(relation, own), opaque) for target, own, opaque in found]

        return _walk(start, step)

    def paths(self, start: Node, end: Node, most: int) -> Iterator[tuple[Node, ...]]:
        """Yield the paths from one node to another, shortest first, at most `most`."""
        distance = {end: 0}
        distance.update((node, found.distance) for node, found in self.above([end]).items())
        if start not in distance:
            return
        queue: list[tuple[int, int, tuple[Node, ...]]] = [(distance[start], 0, (start,))]
        n_queued = n_found = 0
        while queue and n_found < most:
            _, _, path = heapq.heappop(queue)
            if path[-1] == end:
                n_found += 1
                yield path
                continue
            for node in dict.fromkeys(target for target, _, _ in self.children.get(path[-1], ())):
                if node in distance and node not in path:
                    n_queued += 1
                    heapq.heappush(queue, (len(path) + distance[node], n_queued, (*path, node)))

    def comes_before(self, first: Node, others: Iterable[Node]) -> bool:
        """Return whether all others come from `first`."""
        found = self.below([first])
        return all(node in found or node == first for node in others)

    def comes_after(self, last: Node, others: Iterable[Node]) -> bool:
        """Return whether `last` comes from all others."""
        found = self.above([last])
        return all(node in found or node == last for node in others)

    # -- naming ---------------------------------------------------------------------------

    def operation(self, node: Node) -> Operation | None:
        """Return the operation that made a node."""
        position = self.maker.get(node)
        return None if position is None else self._operations[position]

    def kind(self, node: Node) -> str:
        """Return ``column``, ``model``, ``metric``, ``file``, ``data`` or ``unknown``."""
        if node == UNKNOWN:
            return "unknown"
        if node[0].startswith("@"):
            op = self.operation(node)
            return "file" if op is not None and op.kind == "sink" else "metric"
        if node[1] is not None:
            return "column"
        ref = self._known.refs.get(node[0])
        return "model" if ref is not None and ref.kind == "model" else "data"

    def dataset(self, node: Node) -> str:
        """Return the name of the data that a node belongs to: its operation, else its id."""
        op = self.operation(node)
        if op is None:
            return "unknown" if node == UNKNOWN else node[0]
        same = [ref for ref in op.outputs if ref.kind != "model"]
        port = self.port.get(node[0], 0)
        return f"{op.key}[{port}]" if len(same) > 1 and self.kind(node) != "model" else op.key

    def label(self, node: Node) -> str:
        """Return the full name of a node."""
        name = self.dataset(node)
        return name if node[1] is None else f"{name}.{node[1]}"


class Reached:
    """How a node was reached."""

    __slots__ = ("distance", "relations")

    def __init__(self, distance: int) -> None:
        self.distance = distance
        self.relations: dict[str, bool] = {}


def _walk(
    start: Iterable[Node], step: Callable[[Node, str | None, bool], _Steps]
) -> dict[Node, Reached]:
    """Go breadth first over pairs of node and relation; a certain way counts before another."""
    begin = dict.fromkeys(start)
    found: dict[Node, Reached] = {}
    level: list[tuple[Node, str | None, bool]] = [(node, None, False) for node in begin]
    distance = 0
    while level:
        distance += 1
        following: list[tuple[Node, str | None, bool]] = []
        for node, relation, opaque in level:
            for other, way, unsure in step(node, relation, opaque):
                if other in begin:
                    continue
                reached = found.get(other)
                if reached is None:
                    reached = found[other] = Reached(distance)
                unsure = unsure or opaque
                if way not in reached.relations or (reached.relations[way] and not unsure):
                    reached.relations[way] = unsure
                    following.append((other, way, unsure))
        level = following
    return found


def _resolved(step: Step, recipe: Mapping[str, Any]) -> list[Frame]:
    rule = RULES.get(recipe.get("as") or "", rules.by_kind)
    try:
        return rule(step)
    except _DAMAGE:
        return [Frame({}, default=_anything(step)) for _ in step.op.outputs or (None,)]


def _adds_to_file(op: Operation) -> bool:
    """Return whether a file may hold more than what an operation wrote: sheets, keys, lines."""
    facts = op.facts
    is_open = "file[size]" not in facts
    return is_open or op.name.endswith("to_hdf") or facts.get("param[mode]", "") in ("a", "'a'")


def _anything(step: Step) -> Edges:
    return valued(step.inputs().all(), DERIVED, opaque=True)


def _matched(nodes: list[Node], frame: Frame, ref: DataRef, step: Step) -> dict[Node, Edges]:
    """Return the edges of each column, by its name, else by its position."""
    columns = list(frame.columns.values())
    if (
        columns
        and len(columns) == len(nodes)
        and (frame.by_position or ref.kind == "array" or len(columns) == 1)
    ):
        return dict(zip(nodes, columns, strict=True))
    found: dict[Node, Edges] = {}
    for node in nodes:
        name = str(node[1])
        edges = frame.columns.get(name)
        if edges is None:
            edges = frame.columns.get(name.rpartition("#")[0])  # a repeated name
        if edges is None:
            edges = frame.default
        found[node] = _anything(step) if edges is None else edges
    return found


def _is_inplace(op: Operation) -> bool:
    return (
        op.name.endswith("=")
        or op.name.startswith("del ")
        or op.name.rpartition(".")[2] in ("insert", "isetitem", "update", "pop")
        or op.facts.get("param[inplace]") == "True"
    )
