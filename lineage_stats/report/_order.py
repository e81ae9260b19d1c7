"""In which order the nodes of each column stand, so that few edges cross. Knows no traces."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean

Node = Hashable
Columns = list[list[Node]]
Neighbours = Mapping[Node, Sequence[Node]]

# Rounds without fewer crossings after which the search ends.
PATIENCE = 4


def order_columns(
    columns: Columns, left: Neighbours, right: Neighbours, *, n_sweeps: int = 24
) -> Columns:
    """Return the columns in an order with few crossings.

    Parameters
    ----------
    columns : list of list of node
        Nodes by column.
    left, right : mapping of node to sequence of node
        Neighbours of each node in the columns before and after its own.
    n_sweeps : int, default=24
        Most passes over the columns.

    Returns
    -------
    list of list of node
        The best order found; the same for the same input.

    Notes
    -----
    A pass sorts each column by the mean position of the neighbours on one side, from both sides
    in turn (the barycentre heuristic); then neighbours in a column change places for as long as
    that saves crossings. The best order of all passes is kept. A pass takes time linear in
    the edges, but for the sorting.

    References
    ----------
    Gansner, E. R., Koutsofios, E., North, S. C., Vo, K.-P. (1993). A technique for drawing
    directed graphs. IEEE Transactions on Software Engineering 19(3), 214-230.
    """
    current = [list(column) for column in columns]
    place = {node: float(i) for column in current for i, node in enumerate(column)}
    best, fewest, stale = [list(column) for column in current], _total(current, right, place), 0
    for sweep in range(n_sweeps):
        if fewest == 0 or stale >= PATIENCE:
            break
        neighbours, order = (left, current) if sweep % 2 == 0 else (right, current[::-1])
        for column in order:
            wish = {n: fmean([place[m] for m in neighbours[n] or [n]]) for n in column}
            column.sort(key=wish.__getitem__)
            place.update((node, float(i)) for i, node in enumerate(column))
        _swap(current, left, right, place)
        found = _total(current, right, place)
        stale = 0 if found < fewest else stale + 1
        if found < fewest:
            best, fewest = [list(column) for column in current], found
    return best


def count_crossings(columns: Columns, right: Neighbours) -> int:
    """Return how many edges cross between neighbouring columns.

    Examples
    --------
    >>> count_crossings([["a", "b"], ["c", "d"]], {"a": ["d"], "b": ["c"]})
    1
    """
    place = {node: float(i) for column in columns for i, node in enumerate(column)}
    return _total(columns, right, place)


def _total(columns: Columns, right: Neighbours, place: Mapping[Node, float]) -> int:
    total = 0
    for column, _ in pairwise(columns):
        ends: list[float] = []  # of the edges so far, in order
        for node in column:
            mine = sorted(place[m] for m in right.get(node, ()))
            total += sum(len(ends) - bisect_right(ends, end) for end in mine)
            for end in mine:
                ends.insert(bisect_left(ends, end), end)
    return total


def _swap(columns: Columns, left: Neighbours, right: Neighbours, place: dict[Node, float]) -> None:
    """Let neighbours change places where that saves crossings, until none does."""
    for column in columns:
        around = {n: _around(n, left, right, place) for n in column}
        better = True
        rounds = len(column)
        while better and rounds:
            better, rounds = False, rounds - 1
            for i in range(len(column) - 1):
                upper, lower = column[i], column[i + 1]
                kept = _crossed(around[upper], around[lower])
                if kept and kept > _crossed(around[lower], around[upper]):
                    column[i], column[i + 1] = lower, upper
                    better = True
        place.update((node, float(i)) for i, node in enumerate(column))


Around = tuple[list[float], list[float]]


def _around(node: Node, left: Neighbours, right: Neighbours, place: Mapping[Node, float]) -> Around:
    return (sorted(place[m] for m in left[node]), sorted(place[m] for m in right[node]))


def _crossed(upper: Around, lower: Around) -> int:
    """Return the crossings of two nodes' edges where one stands above the other."""
    return sum(
        len(above) - bisect_right(above, end)
        for above, below in zip(upper, lower, strict=True)
        for end in below
    )
