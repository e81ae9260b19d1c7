"""Positions for a layered drawing of a graph, left to right. Knows no traces."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import fmean

Node = Hashable
Edge = tuple[Node, Node]

# Room that a passing edge takes, in units of one node.
VIRTUAL_SIZE = 0.3


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
        for node, following in pairwise(chain):
            depth.setdefault(following, depth[node] + 1)
            links.append((node, following))
    columns: list[list[Node]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node, column in depth.items():
        columns[column].append(node)
    row = _rows(columns, links, set(nodes), n_sweeps)
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


def _rows(
    columns: list[list[Node]], links: list[Edge], real: set[Node], n_sweeps: int
) -> dict[Node, float]:
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
            half = [0.5 if node in real else VIRTUAL_SIZE / 2 for node in column]
            row.update(zip(column, _spread([wish[n] for n in column], half), strict=True))
    top = min(row.values(), default=0.0)
    return {node: value - top for node, value in row.items()}


def _spread(wishes: Sequence[float], half: Sequence[float]) -> list[float]:
    """Return positions in order, without overlap, as close to the wishes as least squares allows.

    `half` is half the size of each node.
    """
    offsets = list(accumulate((a + b for a, b in pairwise(half)), initial=0.0))
    blocks: list[tuple[float, int]] = []  # (mean of wish minus offset, number of nodes)
    for wish, offset in zip(wishes, offsets, strict=False):
        blocks.append((wish - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m)]
    begins = [begin for begin, size in blocks for _ in range(size)]
    return [begin + offset for begin, offset in zip(begins, offsets, strict=False)]
