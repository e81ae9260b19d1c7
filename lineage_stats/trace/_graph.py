"""Reachability in the graph of one run. Works on integers; knows no traces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def reachable(neighbours: Sequence[Iterable[int]], start: Iterable[int]) -> set[int]:
    """Return all nodes that can be reached from `start`, without `start` itself.

    Parameters
    ----------
    neighbours : sequence of iterables of int
        For each node, the nodes that one step leads to.
    start : iterable of int
        Nodes to begin with.

    Returns
    -------
    set of int
        Nodes at a distance of at least one step, in time linear in nodes and edges.
    """
    seen: set[int] = set()
    stack = list(start)
    while stack:
        for node in neighbours[stack.pop()]:
            if node not in seen:
                seen.add(node)
                stack.append(node)
    return seen


def children_of(parents: Sequence[Iterable[int]]) -> list[list[int]]:
    """Return for each node the nodes of which it is a parent."""
    children: list[list[int]] = [[] for _ in parents]
    for node, above in enumerate(parents):
        for parent in above:
            children[parent].append(node)
    return children
