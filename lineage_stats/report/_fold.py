"""Makes a large graph readable: unremarkable steps between landmarks become one node."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

Node = Hashable


@dataclass(frozen=True, slots=True)
class FoldedGraph:
    """A graph with some of its regions drawn as one node.

    Attributes
    ----------
    groups : tuple of tuple of node
        What each node of the drawing stands for, in topological order.
    edges : tuple of (int, int)
        Edges between positions in `groups`.
    """

    groups: tuple[tuple[Node, ...], ...]
    edges: tuple[tuple[int, int], ...]


def fold_graph(
    nodes: Sequence[Node], edges: Sequence[tuple[Node, Node]], *, keep: Collection[Node] = ()
) -> FoldedGraph:
    """Fold the steps that nobody needs to see one by one.

    Parameters
    ----------
    nodes : sequence of hashable
        Nodes in a topological order.
    edges : sequence of (node, node)
        Edges; each leads from an earlier node to a later one.
    keep : collection of node, default=()
        Nodes that are always drawn for themselves.

    Returns
    -------
    FoldedGraph
        Groups of nodes and the edges between them.

    Notes
    -----
    A node joins the group of its parents where all of them are in one group. So no path leaves a
    group and enters it again, and the folded graph has no cycle. Time is linear.

    Examples
    --------
    >>> fold_graph("abcd", [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")], keep="d").groups
    (('a', 'b', 'c'), ('d',))
    """
    parents: dict[Node, list[Node]] = {node: [] for node in nodes}
    for parent, child in edges:
        parents[child].append(parent)
    groups: list[list[Node]] = []
    position: dict[Node, int] = {}
    for node in nodes:
        above = {position[parent] for parent in parents[node]}
        joins = len(above) == 1 and node not in keep and not keep_any(groups[min(above)], keep)
        position[node] = min(above) if joins else len(groups)
        if joins:
            groups[position[node]].append(node)
        else:
            groups.append([node])
    pairs = ((position[a], position[b]) for a, b in edges)
    folded = dict.fromkeys(pair for pair in pairs if pair[0] != pair[1])
    return FoldedGraph(tuple(map(tuple, groups)), tuple(folded))


def keep_any(group: Collection[Node], keep: Collection[Node]) -> bool:
    """Return whether a group holds a node that is drawn for itself."""
    return any(node in keep for node in group)
