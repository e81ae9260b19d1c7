"""Positions for a layered drawing of a graph, left to right. Knows no traces."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

Node = Hashable
Edge = tuple[Node, Node]


@dataclass(frozen=True, slots=True)
class Layout:
    """A layered drawing.

    Attributes
    ----------
    layer : mapping of node to int
        Column of each node, from 0 at the left.
    row : mapping of node to float
        Height of each node in its column, in units of one node; the topmost is 0.
    routes : mapping of (node, node) to tuple of (float, float)
        For each edge the (column, row) points it passes, both ends included.
    """

    layer: Mapping[Node, int]
    row: Mapping[Node, float]
    routes: Mapping[Edge, tuple[tuple[float, float], ...]]


def layered_layout(nodes: Sequence[Node], edges: Sequence[Edge], *, n_sweeps: int = 8) -> Layout:
    """Place the nodes of a directed acyclic graph in columns.

    Parameters
    ----------
    nodes : sequence of hashable
        Nodes in a topological order.
    edges : sequence of (node, node)
        Edges; each leads from an earlier node to a later one.
    n_sweeps : int, default=8
        Passes over the columns that bring neighbours close together.

    Returns
    -------
    Layout
        Columns, rows and the way of each edge.

    Notes
    -----
    Columns are lengths of longest paths; an edge over several columns is led through one virtual
    node in each; the order in a column is that of the mean position of the neighbours, from both
    sides in turn (the barycentre heuristic). The time is linear in the number of virtual nodes,
    but for the sorting.

    References
    ----------
    Sugiyama, K., Tagawa, S., Toda, M. (1981). Methods for visual understanding of hierarchical
    system structures. IEEE Transactions on Systems, Man, and Cybernetics 11(2), 109-125.

    Examples
    --------
    >>> layout = layered_layout(["a", "b", "c"], [("a", "b"), ("a", "c")])
    >>> layout.layer
    {'a': 0, 'b': 1, 'c': 1}
    >>> layout.row
    {'a': 0.5, 'b': 0.0, 'c': 1.0}
    """
    layer = _columns(nodes, edges)
    chains = {edge: _chain(edge, layer) for edge in edges}
    depth: dict[Node, int] = dict(layer)
    links: list[Edge] = []
    for chain in chains.values():
        for node, following in itertools.pairwise(chain):
            depth.setdefault(following, depth[node] + 1)
            links.append((node, following))
    columns: list[list[Node]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node, column in depth.items():
        columns[column].append(node)
    row = _rows(columns, links, n_sweeps)
    routes = {
        edge: tuple((float(depth[node]), row[node]) for node in chain)
        for edge, chain in chains.items()
    }
    return Layout(layer, {node: row[node] for node in nodes}, routes)


def _columns(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[Node, int]:
    above: dict[Node, list[Node]] = {node: [] for node in nodes}
    below: dict[Node, list[Node]] = {node: [] for node in nodes}
    for parent, child in edges:
        above[child].append(parent)
        below[parent].append(child)
    layer: dict[Node, int] = {}
    for node in nodes:
        layer[node] = max((layer[parent] + 1 for parent in above[node]), default=0)
    for node in nodes:  # a source stands next to its first reader, not at the far left
        if not above[node] and below[node]:
            layer[node] = min(layer[child] for child in below[node]) - 1
    return layer


def _chain(edge: Edge, layer: Mapping[Node, int]) -> list[Node]:
    """Return the edge's ends with one virtual node for each column between."""
    start, end = edge
    return [start, *((start, end, c) for c in range(layer[start] + 1, layer[end])), end]


def _rows(columns: list[list[Node]], links: list[Edge], n_sweeps: int) -> dict[Node, float]:
    left: dict[Node, list[Node]] = {node: [] for column in columns for node in column}
    right: dict[Node, list[Node]] = {node: [] for column in columns for node in column}
    for parent, child in links:
        left[child].append(parent)
        right[parent].append(child)
    row = {node: float(i) for column in columns for i, node in enumerate(column)}
    for sweep in range(n_sweeps):
        neighbours, order = (left, columns) if sweep % 2 == 0 else (right, columns[::-1])
        for column in order:
            wish = {n: fmean([row[m] for m in neighbours[n] or [n]]) for n in column}
            column.sort(key=lambda n: wish[n])
            row.update(_spread([wish[n] for n in column], column))
    top = min(row.values(), default=0.0)
    return {node: value - top for node, value in row.items()}


def _spread(wishes: Sequence[float], column: Sequence[Node]) -> dict[Node, float]:
    """Return rows at least 1 apart, in order, as close to the wishes as least squares allows."""
    blocks: list[tuple[float, int]] = []  # (mean of wish minus rank, number of nodes)
    for rank, wish in enumerate(wishes):
        blocks.append((wish - rank, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m)]
    offsets = [offset for offset, size in blocks for _ in range(size)]
    return {n: o + i for i, (n, o) in enumerate(zip(column, offsets, strict=True))}
