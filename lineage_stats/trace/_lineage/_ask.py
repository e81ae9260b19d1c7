"""Questions about the columns of one run, and of many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from lineage_stats.exceptions import UnknownColumnError
from lineage_stats.trace._lineage._find import NodeFinder
from lineage_stats.trace._lineage._frame import IDENTITY, RELATIONS, VALUES, Node
from lineage_stats.trace._lineage._graph import ColumnGraph, Reached
from lineage_stats.trace._lineage._history import ColumnHistory, ColumnRecord
from lineage_stats.trace._lineage._result import (
    ColumnDependency,
    ColumnLineage,
    ColumnPath,
    ColumnPaths,
)

if TYPE_CHECKING:
    from lineage_stats.trace._trace import Trace

MOST_SOURCES = 100  # of a column whose sources are told one by one


class ColumnQuestions:
    """Answers questions about the columns of one run.

    Parameters
    ----------
    trace : Trace
        The run.
    """

    def __init__(self, trace: Trace) -> None:
        self.graph = ColumnGraph(trace)
        self.finder = NodeFinder(trace, self.graph)

    def upstream(self, name: str) -> ColumnLineage:
        """Return all that a column, model or metric depends on."""
        start = self.finder.find(name, last=True)
        return self._lineage(start, "upstream", self.graph.above(start))

    def downstream(self, name: str) -> ColumnLineage:
        """Return all that depends on a column, or on any column of data."""
        start = self.finder.find(name, last=False)
        return self._lineage(start, "downstream", self.graph.below(start))

    def every(self, name: str, *, upstream: bool) -> tuple[list[Node], ColumnLineage]:
        """Return what all columns of a name depend on, or what depends on any of them."""
        start = [node for group in self.finder.candidates(name) for node in group]
        reached = self.graph.above(start) if upstream else self.graph.below(start)
        return start, self._lineage(start, "upstream" if upstream else "downstream", reached)

    def paths(self, start: str, end: str, most: int) -> ColumnPaths:
        """Return the ways from one column to another."""
        first = self._one(start, last=False)
        last = self._one(end, last=True)
        found = list(self.graph.paths(first, last, most + 1))
        paths = tuple(self._path(nodes) for nodes in found[:most])
        label = self.graph.label
        return ColumnPaths(label(first), label(last), paths, complete=len(found) <= most)

    def _one(self, name: str, *, last: bool) -> Node:
        nodes = self.finder.find(name, last=last)
        if len(nodes) > 1:
            labels = ", ".join(self.graph.label(node) for node in nodes[:5])
            raise UnknownColumnError(
                f"'{name}' stands for {len(nodes)} columns; a path leads from one to one. "
                f"Name one of them: {labels}{', ...' if len(nodes) > 5 else ''}."
            )
        return nodes[0]

    def _lineage(
        self, start: list[Node], direction: str, reached: dict[Node, Reached]
    ) -> ColumnLineage:
        found = [self.dependency(node, how) for node, how in reached.items()]
        label = self.graph.label
        return ColumnLineage(tuple(label(node) for node in start), direction, tuple(found))

    def dependency(self, node: Node, how: Reached) -> ColumnDependency:
        """Return a node that was reached, labelled."""
        graph = self.graph
        op = graph.operation(node)
        return ColumnDependency(
            name=graph.label(node),
            operation=None if op is None else op.key,
            column=node[1],
            kind=graph.kind(node),
            relations=tuple(r for r in RELATIONS if r in how.relations),
            opaque=all(how.relations.values()),
            distance=how.distance,
            is_source=not graph.parents.get(node),
            variable=graph.variables.get(node[0]),
        )

    def makers(self, name: str) -> Iterator[tuple[str | None, str | None, Collection[str]]]:
        """Yield operation, column and relations of all upstream; those of the column itself first.

        A column has the relation ``identity`` to itself. One of several tables that an operation
        made has no operation itself.
        """
        graph, start = self.graph, self.finder.find(name, last=True)
        for node in start:
            op = graph.operation(node)
            alone = op is not None and graph.dataset(node) == op.key
            yield op.key if op is not None and alone else None, node[1], (IDENTITY,)
        for node, how in graph.above(start).items():
            op = graph.operation(node)
            yield None if op is None else op.key, node[1], how.relations

    def _path(self, nodes: tuple[Node, ...]) -> ColumnPath:
        relations: list[str] = []
        opaque = False
        for source, target in pairwise(nodes):
            edges = {r: o for (n, r), o in self.graph.parents[target].items() if n == source}
            relations.append("+".join(r for r in RELATIONS if r in edges))
            opaque = opaque or all(edges.values())
        names = tuple(self.graph.label(node) for node in nodes)
        return ColumnPath(names, tuple(relations), opaque)


def ask_all(
    traces: Iterable[Trace], name: str, *, upstream: bool, ask: Callable[[Trace], ColumnQuestions]
) -> ColumnHistory:
    """Return what a column ever depended on, or what ever depended on it, over many runs."""
    records: dict[tuple[str, str], ColumnRecord] = {}
    runs: list[str] = []
    n_traces = 0
    for trace in traces:
        n_traces += 1
        start, lineage = ask(trace).every(name, upstream=upstream)
        if not start:
            continue
        runs.append(trace.run_id)
        for found in lineage:
            key = trace.pipeline, found.name
            old = records.get(key)
            records[key] = ColumnRecord.first(trace, found) if old is None else old.again(
                trace, found
            )  # fmt: skip
    if not runs:
        raise UnknownColumnError(
            f"None of the {n_traces} runs has a column, model, metric or file '{name}'."
        )
    direction = "upstream" if upstream else "downstream"
    return ColumnHistory(name, direction, tuple(runs), tuple(records.values()))


def makers_of(trace: Trace, name: str) -> list[tuple[str | None, str | None, Collection[str]]]:
    """Return who had a column's values in hand, as `Trace.upstream` finds it, without labels."""
    return list(trace._questions.makers(name))


def values_from(trace: Trace) -> Iterator[tuple[tuple[str, int, str], tuple[str, int, str]]]:
    """Yield pairs of columns of other names, the second of which is made of values of the first.

    A column is (operation, number of its output, name). What is uncertain is left out, and so is
    what is made of very many columns.
    """
    made = {ref.id: (op.key, port) for op in trace for port, ref in enumerate(op.outputs)}
    for (data, column), edges in trace._questions.graph.parents.items():
        if data not in made or column is None or len(edges) > MOST_SOURCES:
            continue
        for ((source, name), relation), opaque in edges.items():
            if relation in VALUES and not opaque and source in made and name not in (None, column):
                yield (*made[source], str(name)), (*made[data], column)
