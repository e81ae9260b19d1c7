"""Columns of a run and what each comes from, as plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from lineage_stats.trace import Trace
from lineage_stats.trace._lineage._frame import Node
from lineage_stats.trace._lineage._graph import ColumnGraph

Record = dict[str, Any]
Source = tuple[Node, str, bool]


def column_records(trace: Trace) -> list[Record]:
    """Return every piece of data of a run with its columns, in the order in which it was made.

    Parameters
    ----------
    trace : Trace
        The run.

    Returns
    -------
    list of dict
        The ``data`` of a report's graph. What all columns of a piece of data come from is in
        ``shared``, what only some come from is with these. A source is the position of a piece
        of data in the list, the name of its column (None for a model, a metric or a file, and for
        data of which all columns are meant), the relation, and whether it is only possible.
    """
    graph = ColumnGraph(trace)
    nodes: dict[str, list[Node]] = defaultdict(list)
    for node in graph.parents:
        nodes[node[0]].append(node)
    position = {identifier: i for i, identifier in enumerate(nodes)}
    dtypes = {ref.id: dict(trace.columns(ref)) for op in trace for ref in (*op.inputs, *op.outputs)}
    described = _Sources(position, nodes)
    return [
        {
            **_described(graph, mine[0]),
            **described.of(graph, mine, dtypes.get(identifier, {})),
        }
        for identifier, mine in nodes.items()
    ]


def _described(graph: ColumnGraph, first: Node) -> Record:
    op = graph.operation(first)
    return {
        "operation": None if op is None else op.key,
        "port": graph.port.get(first[0], 0),
        "kind": graph.kind(first),
        "variable": graph.variables.get(first[0], ""),
    }


class _Sources:
    """Writes what columns come from, each source once where all columns share it."""

    def __init__(self, position: Mapping[str, int], nodes: Mapping[str, Sequence[Node]]) -> None:
        self._position, self._nodes = position, nodes

    def of(self, graph: ColumnGraph, nodes: Sequence[Node], dtypes: Mapping[str, str]) -> Record:
        """Return ``columns`` and ``shared`` of one piece of data."""
        edges = {
            node: {(source, relation, opaque): None for (source, relation), opaque in found.items()}
            for node in nodes
            for found in [graph.parents[node]]
        }
        first = next(iter(edges.values()))
        shared = {
            source: None for source in first if all(source in mine for mine in edges.values())
        }
        return {
            "shared": self._written(shared),
            "columns": [
                {
                    "name": node[1],
                    "dtype": dtypes.get(node[1] or "", ""),
                    "sources": self._written([s for s in edges[node] if s not in shared]),
                }
                for node in nodes
            ],
        }

    def _written(self, sources: Mapping[Source, None] | Sequence[Source]) -> list[Record]:
        """Return sources as records; all columns of one piece of data are one record."""
        by_data: dict[tuple[str, str, bool], list[str | None]] = defaultdict(list)
        for (identifier, column), relation, opaque in sources:
            if identifier in self._position:
                by_data[identifier, relation, opaque].append(column)
        found = []
        for (identifier, relation, opaque), columns in by_data.items():
            if len(columns) == len(self._nodes[identifier]) > 1:
                columns = [None]
            found += [
                {
                    "data": self._position[identifier], "column": column, "relation": relation,
                    "possible": opaque,
                }
                for column in columns
            ]  # fmt: skip
        return found
