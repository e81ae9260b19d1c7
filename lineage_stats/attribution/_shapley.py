"""Shapley values of a set function. Knows no traces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
ValueFunction = Callable[[BoolArray], float]

MAX_EXACT_AUTO = 10
MAX_EXACT = 20


@dataclass(frozen=True)
class ShapleyResult:
    """Result of `shapley_values`.

    Attributes
    ----------
    values : ndarray of shape (n_players,)
        Shapley value of each player; they sum to ``value(all) - value(none)``.
    standard_errors : ndarray of shape (n_players,)
        Standard error of each value; zero where they were computed exactly.
    method : {"exact", "permutation"}
        How they were computed.
    n_evaluations : int
        How often the set function was called.
    """

    values: FloatArray
    standard_errors: FloatArray
    method: str
    n_evaluations: int

    def __repr__(self) -> str:
        return (
            f"<ShapleyResult: {len(self.values)} players, {self.method}, "
            f"{self.n_evaluations} evaluations, total {self.values.sum():.4g}>"
        )


def shapley_values(
    value: ValueFunction,
    n_players: int,
    *,
    method: str = "auto",
    n_permutations: int = 200,
    random_state: int | np.random.Generator = 0,
) -> ShapleyResult:
    """Divide what a coalition of all players is worth fairly among the players.

    Parameters
    ----------
    value : callable
        Set function: takes a boolean array of shape (n_players,), True where the player is in
        the coalition, and returns the worth of the coalition, a finite number. It is called
        once per coalition; the array must not be changed.
    n_players : int
        Number of players.
    method : {"auto", "exact", "permutation"}, default="auto"
        ``"exact"`` enumerates all ``2 ** n_players`` coalitions (up to 20 players),
        ``"permutation"`` samples orders of the players, ``"auto"`` enumerates up to 10 players.
    n_permutations : int, default=200
        Number of sampled orders, at least 4; rounded up to an even number, as each order is
        followed by its reverse.
    random_state : int or numpy.random.Generator, default=0
        Chance of the sampled orders.

    Returns
    -------
    ShapleyResult
        Values, standard errors, method and number of evaluations.

    Raises
    ------
    ValueError
        If a parameter is out of range or the set function returns no finite number.

    Notes
    -----
    The value of player i is the mean, over all orders of the players, of what i adds to those
    before it [1]_. Along each order the contributions telescope, so the values sum to
    ``value(all) - value(none)`` with either method. An order and its reverse are negatively
    correlated for most games, so pairs halve the variance, and the standard error is that of
    the mean over pairs [2]_.

    References
    ----------
    .. [1] L. S. Shapley (1953). A value for n-person games. Contributions to the Theory of
       Games II, 307-317.
    .. [2] R. Mitchell, J. Cooper, E. Frank, G. Holmes (2022). Sampling permutations for
       Shapley value estimation. JMLR 23(43), 1-46.

    Examples
    --------
    >>> from lineage_stats.attribution import shapley_values
    >>> gloves = lambda s: float(s[0] and (s[1] or s[2]))  # one left glove, two right ones
    >>> shapley_values(gloves, 3).values.round(3).tolist()
    [0.667, 0.167, 0.167]
    """
    _check(n_players, method, n_permutations)
    game = _Memo(value, n_players)
    if method == "exact" or (method == "auto" and n_players <= MAX_EXACT_AUTO):
        values = _enumerate(game, n_players)
        return ShapleyResult(values, np.zeros(n_players), "exact", game.n_evaluations)
    rng = np.random.default_rng(random_state)
    pairs = _sample_pairs(game, n_players, (n_permutations + 1) // 2, rng)
    errors = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))
    return ShapleyResult(pairs.mean(axis=0), errors, "permutation", game.n_evaluations)


def _check(n_players: int, method: str, n_permutations: int) -> None:
    shape = "The '{}' parameter of shapley_values must be {}. Got {!r} instead."
    if n_players < 0:
        raise ValueError(shape.format("n_players", "a non-negative int", n_players))
    if method not in ("auto", "exact", "permutation"):
        raise ValueError(shape.format("method", "'auto', 'exact' or 'permutation'", method))
    if n_permutations < 4:
        raise ValueError(shape.format("n_permutations", "an int of at least 4", n_permutations))
    if method == "exact" and n_players > MAX_EXACT:
        wanted = f"'permutation' for more than {MAX_EXACT} players"
        raise ValueError(shape.format("method", wanted, method))


class _Memo:
    """A set function that is called once per coalition."""

    def __init__(self, value: ValueFunction, n_players: int) -> None:
        self._value = value
        self._known: dict[bytes, float] = {}
        self.n_players = n_players

    @property
    def n_evaluations(self) -> int:
        return len(self._known)

    def __call__(self, members: BoolArray) -> float:
        key = members.tobytes()
        if key not in self._known:
            worth = float(self._value(members))
            if not np.isfinite(worth):
                raise ValueError(
                    f"The set function returned {worth} for the coalition "
                    f"{np.flatnonzero(members).tolist()}; it must return a finite number."
                )
            self._known[key] = worth
        return self._known[key]


def _enumerate(game: _Memo, n: int) -> FloatArray:
    codes = np.arange(2**n)
    members = (codes[:, None] >> np.arange(n)) & 1 == 1
    worth = np.array([game(row) for row in members])
    weight = np.array([1.0 / (n * comb(n - 1, k)) for k in range(n)])
    size = members.sum(axis=1)
    values = np.empty(n)
    for i in range(n):
        without = codes[~members[:, i]]
        values[i] = np.sum(weight[size[without]] * (worth[without | (1 << i)] - worth[without]))
    return values


def _sample_pairs(game: _Memo, n: int, n_pairs: int, rng: np.random.Generator) -> FloatArray:
    pairs = np.empty((n_pairs, n))
    for row in pairs:
        order = rng.permutation(n)
        row[:] = (_along(game, order) + _along(game, order[::-1])) / 2
    return pairs


def _along(game: _Memo, order: npt.NDArray[np.intp]) -> FloatArray:
    """Return what each player adds to those before it."""
    members = np.zeros(len(order), dtype=np.bool_)
    added = np.empty(len(order))
    before = game(members.copy())
    for player in order:
        members[player] = True
        worth = game(members.copy())
        added[player] = worth - before
        before = worth
    return added
