"""Positions for a layered drawing of a graph, left to right. Knows no traces."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from lineage_stats.report._order import order_columns

Node = Hashable
Edge = tuple[Node, Node]

# Room that a passing edge takes, in units of one node.
VIRTUAL_SIZE = 0.3
# How much a straight passage counts beside an edge between two nodes.
STRAIGHT = 4.0


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


@dataclass(frozen=True, slots=True)
class _Bend:
    """Where what one node made passes a column; shared by all who read it further on."""

    source: Node
    column: int


def layered_layout(nodes: Sequence[Node], edges: Sequence[Edge], *, n_sweeps: int = 24) -> Layout:
    """Place the nodes of a directed acyclic graph in columns.

    Parameters
    ----------
    nodes : sequence of hashable
        Nodes in a topological order.
    edges : sequence of (node, node)
        Edges; each leads from an earlier node to a later one.
    n_sweeps : int, default=24
        Most passes over the columns, both to order them and to straighten edges.

    Returns
    -------
    Layout
        Columns, rows and the way of each edge.

    Notes
    -----
    Columns are lengths of longest paths, but for nodes that stand nearer to their readers
    without making edges longer. Edges over several columns are led through one virtual node in
    each, which all edges from one node share. The order in the columns is that of
    `order_columns`; rows bring neighbours to one height, as close as least squares allows.
    The time is linear in the number of virtual nodes, but for the sorting.

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
    links = dict.fromkeys(link for chain in chains.values() for link in pairwise(chain))
    depth: dict[Node, int] = dict(layer)
    for _, end in links:
        if isinstance(end, _Bend):
            depth[end] = end.column
    columns: list[list[Node]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node, column in depth.items():
        columns[column].append(node)
    row = _rows(columns, list(links), n_sweeps)
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
    for node in reversed(nodes):  # towards the readers, where that makes no edge longer
        if below[node] and len(below[node]) >= len(above[node]):
            layer[node] = min(layer[child] for child in below[node]) - 1
    for node in nodes:  # and back, where nothing was won
        if above[node] and len(above[node]) >= len(below[node]):
            layer[node] = max(layer[parent] for parent in above[node]) + 1
    first = min(layer.values(), default=0)
    return {node: column - first for node, column in layer.items()}


def _chain(edge: Edge, layer: Mapping[Node, int]) -> list[Node]:
    """Return the edge's ends with one virtual node for each column between."""
    start, end = edge
    return [start, *(_Bend(start, c) for c in range(layer[start] + 1, layer[end])), end]


def _rows(columns: list[list[Node]], links: list[Edge], n_sweeps: int) -> dict[Node, float]:
    left: dict[Node, list[Node]] = {node: [] for column in columns for node in column}
    right: dict[Node, list[Node]] = {node: [] for column in columns for node in column}
    for parent, child in links:
        left[child].append(parent)
        right[parent].append(child)
    columns = order_columns(columns, left, right, n_sweeps=n_sweeps)
    row = {node: float(i) for column in columns for i, node in enumerate(column)}
    for sweep in range(n_sweeps):
        # The last pass sees both sides, so that neither is favoured.
        sides = (left, right) if sweep == n_sweeps - 1 else ((left,), (right,))[sweep % 2]
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            wishes = [_wish(node, sides, row) for node in column]
            half = [VIRTUAL_SIZE / 2 if isinstance(n, _Bend) else 0.5 for n in column]
            row.update(zip(column, _spread(wishes, half), strict=True))
    top = min(row.values(), default=0.0)
    return {node: value - top for node, value in row.items()}


def _wish(
    node: Node, sides: Sequence[Mapping[Node, Sequence[Node]]], row: Mapping[Node, float]
) -> tuple[float, float]:
    """Return where a node would like to stand, and how much that counts."""
    total = weight = 0.0
    for side in sides:
        for other in side[node]:
            mine = STRAIGHT if isinstance(node, _Bend) or isinstance(other, _Bend) else 1.0
            total, weight = total + mine * row[other], weight + mine
    return (total / weight, weight) if weight else (row[node], 0.1)


def _spread(wishes: Sequence[tuple[float, float]], half: Sequence[float]) -> list[float]:
    """Return positions in order, without overlap, as close to the wishes as least squares allows.

    Each wish is a position and its weight; `half` is half the size of each node.
    """
    offsets = list(accumulate((a + b for a, b in pairwise(half)), initial=0.0))
    blocks: list[tuple[float, float, int]] = []  # (mean of wish minus offset, weight, nodes)
    for (wish, weight), offset in zip(wishes, offsets, strict=False):
        blocks.append((wish - offset, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, v, n), (b, w, m) = blocks[-2:]
            blocks[-2:] = [((a * v + b * w) / (v + w), v + w, n + m)]
    begins = [begin for begin, _, size in blocks for _ in range(size)]
    return [begin + offset for begin, offset in zip(begins, offsets, strict=False)]
