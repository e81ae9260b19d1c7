"""Shapley values over those orders of the players that can be gone through."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def values_over_orders(worth: FloatArray, passable: BoolArray) -> FloatArray | None:
    """Return what each player adds on average over all orders that meet passable coalitions only.

    Parameters
    ----------
    worth : ndarray of shape (2 ** n_players,)
        Worth of each coalition; bit i of the index tells whether player i is in it.
    passable : ndarray of shape (2 ** n_players,)
        Which coalitions count; the worth of the others is never looked at.

    Returns
    -------
    ndarray of shape (n_players,) or None
        They sum to the worth of all players less that of none. None without any such order.

    Notes
    -----
    Where every coalition is passable these are the Shapley values. A coalition that cannot run,
    as a call of a function without the function, has no worth; to average over the orders that
    avoid it is the value of a game with precedence constraints [1]_. An order is a path through
    the lattice of coalitions, so that one edge counts as often as paths lead to its begin, times
    those that lead on from its end. Time is O(n 2^n).

    References
    ----------
    .. [1] U. Faigle, W. Kern (1992). The Shapley value for cooperative games under precedence
       constraints. International Journal of Game Theory 21, 249-266.
    """
    n = (len(worth) - 1).bit_length()
    before, after = _paths(passable, n)
    n_orders = before[-1]
    if not n_orders:
        return None
    values = np.zeros(n)
    for i in range(n):
        for coalition in range(len(worth)):
            larger = coalition | 1 << i
            n_through = 0 if larger == coalition else before[coalition] * after[larger]
            if n_through:
                values[i] += n_through / n_orders * (worth[larger] - worth[coalition])
    return values


def _paths(passable: BoolArray, n: int) -> tuple[list[int], list[int]]:
    """Count the ways from no player to each coalition, and from each to all players."""
    last = len(passable) - 1
    before, after = [0] * (last + 1), [0] * (last + 1)
    if not (passable[0] and passable[last]):
        return before, after
    before[0] = after[last] = 1
    for coalition in range(1, last + 1):
        if passable[coalition]:
            bits = (1 << i for i in range(n) if coalition >> i & 1)
            before[coalition] = sum(before[coalition ^ bit] for bit in bits)
    for coalition in range(last - 1, -1, -1):
        if passable[coalition]:
            bits = (1 << i for i in range(n) if not coalition >> i & 1)
            after[coalition] = sum(after[coalition | bit] for bit in bits)
    return before, after


def spread_over_orders(worth: FloatArray, passable: BoolArray) -> FloatArray:
    """Return half the range of what each player adds wherever that is known."""
    n = (len(worth) - 1).bit_length()
    spread = np.zeros(n)
    for i in range(n):
        without = np.array([c for c in range(len(worth)) if not c >> i & 1])
        known = without[passable[without] & passable[without | 1 << i]]
        added = worth[known | 1 << i] - worth[known]
        spread[i] = np.ptp(added) / 2 if added.size else 0.0
    return spread
