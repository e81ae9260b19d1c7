"""Makes a large graph readable: the steps of one function become one node."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

Node = Hashable

TOP_LEVEL = "<module>"


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
    nodes: Sequence[Node],
    edges: Sequence[tuple[Node, Node]],
    *,
    function: Mapping[Node, str] | None = None,
    keep: Collection[Node] = (),
) -> FoldedGraph:
    """Fold the steps of each function, and those of top-level code that nobody has to see.

    Parameters
    ----------
    nodes : sequence of hashable
        Nodes in a topological order.
    edges : sequence of (node, node)
        Edges; each leads from an earlier node to a later one.
    function : mapping of node to str, default=None
        Which function each node belongs to; one without, or of top-level code, has none.
    keep : collection of node, default=()
        Nodes without a function that are drawn for themselves.

    Returns
    -------
    FoldedGraph
        Groups of nodes and the edges between them.

    Notes
    -----
    A node of a function joins the latest group of that function, unless that would make a cycle:
    a function whose steps lie before and after those of another one is several nodes. Any
    other node joins the group of its parents where all of them are in one that has no function.
    The time is that of nodes times groups.

    Examples
    --------
    >>> fold_graph("abcd", [("a", "b"), ("b", "c"), ("c", "d")], function={"b": "f", "c": "f"},
    ...            keep="ad").groups
    (('a',), ('b', 'c'), ('d',))
    """
    named = {n: f for n, f in (function or {}).items() if f and not f.endswith(TOP_LEVEL)}
    parents: dict[Node, list[Node]] = {node: [] for node in nodes}
    for parent, child in edges:
        parents[child].append(parent)
    folding = _Folding(named, frozenset(keep))
    for node in nodes:
        folding.add(node, parents[node])
    return folding.result(edges)


class _Folding:
    """Groups that grow node by node, and never form a cycle."""

    def __init__(self, function: Mapping[Node, str], keep: frozenset[Node]) -> None:
        self._function, self._keep = function, keep
        self._groups: list[list[Node]] = []
        self._before: list[set[int]] = []  # groups that each one reads from
        self._of_function: dict[str, list[int]] = {}
        self._position: dict[Node, int] = {}

    def add(self, node: Node, parents: Sequence[Node]) -> None:
        """Put a node into a group, or into a new one."""
        above = {self._position[parent] for parent in parents}
        number = self._fitting(node, above)
        if number is None:
            number = len(self._groups)
            self._groups.append([])
            self._before.append(set())
            if node in self._function:
                self._of_function.setdefault(self._function[node], []).append(number)
        self._groups[number].append(node)
        self._before[number] |= above - {number}
        self._position[node] = number

    def _fitting(self, node: Node, above: set[int]) -> int | None:
        if node not in self._function:
            one = min(above) if len(above) == 1 else None
            joins = one is not None and node not in self._keep and self._is_open(one)
            return one if joins else None
        mine = self._of_function.get(self._function[node], [])
        if not mine:
            return None
        between = self._upstream(above)  # one of these reads from itself if it takes the node
        return next((number for number in reversed(mine) if number not in between), None)

    def _is_open(self, number: int) -> bool:
        first = self._groups[number][0]
        return first not in self._function and first not in self._keep

    def _upstream(self, groups: set[int]) -> set[int]:
        found: set[int] = set()
        waiting = [above for number in groups for above in self._before[number]]
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += self._before[number]
        return found

    def result(self, edges: Sequence[tuple[Node, Node]]) -> FoldedGraph:
        """Return the groups in a topological order."""
        order = self._sorted()
        rank = {number: i for i, number in enumerate(order)}
        pairs = ((rank[self._position[a]], rank[self._position[b]]) for a, b in edges)
        folded = dict.fromkeys(pair for pair in pairs if pair[0] != pair[1])
        return FoldedGraph(tuple(tuple(self._groups[n]) for n in order), tuple(folded))

    def _sorted(self) -> list[int]:
        """Return group numbers, each after those it reads from; in their own order otherwise."""
        order: list[int] = []
        done: set[int] = set()
        for number in range(len(self._groups)):
            waiting = [number]
            while waiting:
                last = waiting[-1]
                open_ = sorted(self._before[last] - done)
                if last in done or not open_:
                    waiting.pop()
                    if last not in done:
                        done.add(last)
                        order.append(last)
                else:
                    waiting += reversed(open_)
        return order
