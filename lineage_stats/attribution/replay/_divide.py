"""Divides what a replay showed among the players."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution.replay._coalitions import BudgetSpentError
from lineage_stats.attribution.replay._orders import spread_over_orders, values_over_orders
from lineage_stats.attribution.replay._screen import fill_in, find_null_groups, missing_masks
from lineage_stats.attribution.replay._view import View

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

DECIDED = 2.0  # standard errors between the first and the second that end the sampling
MIN_PAIRS = 3


@dataclass(frozen=True)
class Division:
    """What each player adds to the metric on its way from healthy to faulty.

    Attributes
    ----------
    effects : ndarray of shape (n_players,)
        Change of the metric's value by each player; they sum to that by all.
    standard_errors : ndarray of shape (n_players,)
        Standard errors over seeds, or over sampled orders.
    method : {"exact", "screened", "sampled", "partial"}
        All coalitions were run; those without players that change nothing; those of a sample of
        orders; as many as the budget allowed.
    coupled : tuple of tuple of int
        Players that only run together.
    """

    effects: FloatArray
    standard_errors: FloatArray
    method: str
    coupled: tuple[tuple[int, ...], ...] = ()


def divide(
    view: View,
    *,
    thorough: bool,
    max_exact: int,
    n_permutations: int,
    greater_is_better: bool,
    rng: np.random.Generator,
) -> Division:
    """Return what each player answers for.

    Parameters
    ----------
    view : View
        The players.
    thorough : bool
        Whether all coalitions are run even where players turn out to change nothing.
    max_exact : int
        Most players whose coalitions are all run.
    n_permutations : int
        Most orders that are sampled above that.
    greater_is_better : bool
        Which way the metric is better: a coalition that breaks down counts as the worst value
        seen where no order of the players avoids it.
    rng : numpy.random.Generator
        Chance of the sampled orders.
    """
    if view.n == 0:
        return Division(np.zeros(0), np.zeros(0), "exact")
    if view.n > max_exact:
        return _sampled(view, (n_permutations + 1) // 2, greater_is_better, rng)
    try:
        view.find([0, view.full])
        nulls = [] if thorough else find_null_groups(view)
        live = view.full
        for group in nulls:
            live &= ~group
        view.find(missing_masks(view, live))
    except BudgetSpentError:
        return _partial(view)
    worth, passable = view.tables()
    if nulls:
        fill_in(worth, passable, nulls)
    return _over_seeds(worth, passable, "screened" if nulls else "exact", greater_is_better)


def _over_seeds(
    worth: FloatArray, passable: BoolArray, method: str, greater_is_better: bool
) -> Division:
    n = (len(passable) - 1).bit_length()
    groups = _coupled(passable, n)
    found = []
    for of_seed in worth:
        values = _of_groups(of_seed, passable, groups, n)
        if values is None:
            filled = with_the_worst(of_seed, greater_is_better)
            values = values_over_orders(filled, np.ones(len(filled), dtype=np.bool_))
        found.append(np.zeros(n) if values is None else values)
    effects = np.array(found)
    n_seeds = len(effects)
    errors = effects.std(axis=0, ddof=1) / np.sqrt(n_seeds) if n_seeds > 1 else np.zeros(n)
    return Division(
        effects.mean(axis=0), errors, method, tuple(group for group in groups if len(group) > 1)
    )


def with_the_worst(worth: FloatArray, greater_is_better: bool) -> FloatArray:
    """Return the values with the worst of them for what broke down; zeros where all did."""
    known = worth[np.isfinite(worth)]
    if not known.size:
        return np.zeros_like(worth)
    worst = known.min() if greater_is_better else known.max()
    return np.where(np.isfinite(worth), worth, worst)


def _coupled(passable: BoolArray, n: int) -> list[tuple[int, ...]]:
    """Put players together that never run one without the other."""
    group = list(range(n))
    masks = np.arange(len(passable))
    for i, j in itertools.combinations(range(n), 2):
        apart = (masks >> i & 1) != (masks >> j & 1)
        if not passable[apart].any() and passable[0] and passable[-1]:
            old, new = group[j], group[i]
            group = [new if g == old else g for g in group]
    return [tuple(i for i in range(n) if group[i] == g) for g in sorted(set(group))]


def _of_groups(
    worth: FloatArray, passable: BoolArray, groups: list[tuple[int, ...]], n: int
) -> FloatArray | None:
    """Return the values of the game between groups, shared equally within each."""
    bits = [sum(1 << i for i in group) for group in groups]
    masks = np.array(
        [
            sum(bit for k, bit in enumerate(bits) if code >> k & 1)
            for code in range(1 << len(groups))
        ]
    )
    values = values_over_orders(worth[masks], passable[masks])
    if values is None:
        return None
    shared = np.zeros(n)
    for group, value in zip(groups, values, strict=True):
        shared[list(group)] = value / len(group)
    return shared


def _partial(view: View) -> Division:
    """Divide by what is known where the budget did not reach."""
    worth, passable = view.tables()
    means = worth.mean(axis=0)
    effects = values_over_orders(means, passable)
    if effects is not None:
        return Division(effects, spread_over_orders(means, passable), "partial")
    whole = float(means[-1] - means[0])
    whole = whole if np.isfinite(whole) else 0.0
    equal = np.full(view.n, whole / view.n)
    return Division(equal, np.abs(equal), "partial")


def _sampled(
    view: View, max_pairs: int, greater_is_better: bool, rng: np.random.Generator
) -> Division:
    orders: list[npt.NDArray[np.intp]] = []
    for _ in range(max_pairs):
        order = rng.permutation(view.n)
        try:
            view.find([*_along(order), *_along(order[::-1])])
        except BudgetSpentError:
            break
        orders.append(order)
        pairs = _contributions(view, orders, greater_is_better)
        if len(orders) >= MIN_PAIRS and _is_decided(pairs, greater_is_better):
            break
    if not orders:
        return _nothing_sampled(view)
    n = len(orders)
    errors = pairs.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.abs(pairs[0])
    return Division(pairs.mean(axis=0), errors, "sampled")


def _nothing_sampled(view: View) -> Division:
    known = view.knows(0) and view.knows(view.full)
    whole = view.mean(view.full) - view.mean(0) if known else 0.0
    equal = np.full(view.n, (whole if np.isfinite(whole) else 0.0) / view.n)
    return Division(equal, np.abs(equal), "partial")


def _along(order: npt.NDArray[np.intp]) -> list[int]:
    """Return the coalitions that an order of the players goes through."""
    masks = [0]
    for player in order:
        masks.append(masks[-1] | 1 << int(player))
    return masks


def _contributions(
    view: View, orders: list[npt.NDArray[np.intp]], greater_is_better: bool
) -> FloatArray:
    """Return what each player adds along each order and its reverse, on average."""
    ways = [way for order in orders for way in (order, order[::-1])]
    worth = np.array([[view.mean(mask) for mask in _along(way)] for way in ways])
    steps = np.diff(with_the_worst(worth, greater_is_better), axis=1)
    added = np.empty_like(steps)
    for row, way, step in zip(added, ways, steps, strict=True):
        row[way] = step
    paired: FloatArray = (added[::2] + added[1::2]) / 2
    return paired


def _is_decided(pairs: FloatArray, greater_is_better: bool) -> bool:
    """Whether the first player is clearly ahead of the second."""
    harm = -pairs if greater_is_better else pairs
    first, second = np.argsort(-harm.mean(axis=0), kind="stable")[:2]
    ahead = harm[:, first] - harm[:, second]
    error = ahead.std(ddof=1) / np.sqrt(len(ahead))
    return bool(ahead.mean() > DECIDED * error)
