"""Makes a long graph readable: unremarkable steps in a row become one node. Knows no traces."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

Node = Hashable


@dataclass(frozen=True, slots=True)
class FoldedGraph:
    """A graph with some of its chains drawn as one node.

    Attributes
    ----------
    groups : tuple of tuple of node
        What each node of the drawing stands for, in topological order.
    edges : tuple of (int, int)
        Edges between positions in `groups`.
    """

    groups: tuple[tuple[Node, ...], ...]
    edges: tuple[tuple[int, int], ...]


def fold_chains(
    nodes: Sequence[Node],
    edges: Sequence[tuple[Node, Node]],
    *,
    keep: Collection[Node] = (),
    min_length: int = 3,
) -> FoldedGraph:
    """Fold chains of steps that nobody needs to see one by one.

    Parameters
    ----------
    nodes : sequence of hashable
        Nodes in a topological order.
    edges : sequence of (node, node)
        Edges; each leads from an earlier node to a later one.
    keep : collection of node, default=()
        Nodes that are always drawn for themselves.
    min_length : int, default=3
        Shorter chains stay as they are.

    Returns
    -------
    FoldedGraph
        Groups of nodes and the edges between them. A chain is a path whose inner edges are the
        only ones out of their start and into their end, so that a fold hides no branch.

    Examples
    --------
    >>> fold_chains("abcde", [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")], keep="e").groups
    (('a', 'b', 'c', 'd'), ('e',))
    """
    parents: dict[Node, list[Node]] = {node: [] for node in nodes}
    children: dict[Node, list[Node]] = {node: [] for node in nodes}
    for parent, child in edges:
        parents[child].append(parent)
        children[parent].append(child)
    chains: list[list[Node]] = []
    chain_of: dict[Node, list[Node]] = {}
    for node in nodes:
        above = parents[node]
        joins = len(above) == 1 and len(children[above[0]]) == 1
        if joins and node not in keep and above[0] not in keep:
            chain = chain_of[above[0]]
        else:
            chain = []
            chains.append(chain)
        chain.append(node)
        chain_of[node] = chain
    groups = [
        group
        for chain in chains
        for group in ([chain] if len(chain) >= min_length else [[n] for n in chain])
    ]
    order = {node: i for i, node in enumerate(nodes)}
    # A chain ends before whatever reads it begins, so its last node gives a topological order.
    groups.sort(key=lambda group: order[group[-1]])
    position = {node: i for i, group in enumerate(groups) for node in group}
    folded = dict.fromkeys(
        (position[a], position[b]) for a, b in edges if position[a] != position[b]
    )
    return FoldedGraph(tuple(map(tuple, groups)), tuple(folded))
