"""Players that change nothing: the coalitions that they would be in need not be run."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution.replay._view import View

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

NULL = 0.01  # part of the whole effect below which a player is taken to have none


def find_null_groups(view: View) -> list[int]:
    """Return groups of players, as masks, that change nothing first and change nothing last.

    A player is tried alone, and everything but that player. If that explains the whole effect,
    the others are such a group together. Trying ends where running all that is left costs no
    more. Raises BudgetSpentError.
    """
    view.find([0, view.full])
    nulls: list[int] = []
    for i in range(view.n):
        live = view.full & ~_union(nulls)
        if len(missing_masks(view, live)) <= 2:
            break
        bit = 1 << i
        view.find([bit, view.full ^ bit])
        if _is_null(view, view.full ^ bit):
            return [view.full ^ bit]
        if _is_null(view, bit):
            nulls.append(bit)
    return nulls


def missing_masks(view: View, live: int) -> list[int]:
    """Return the coalitions of live players that were not run; all of them together need not."""
    inner = (mask for mask in range(1, view.full) if mask & live == mask and mask != live)
    return [mask for mask in inner if not view.knows(mask)]


def _is_null(view: View, group: int) -> bool:
    whole = abs(view.mean(view.full) - view.mean(0))
    first = abs(view.mean(group) - view.mean(0))
    last = abs(view.mean(view.full) - view.mean(view.full ^ group))
    # Where a run broke down these are NaN, and nothing is null.
    return first <= NULL * whole and last <= NULL * whole


def fill_in(worth: FloatArray, passable: BoolArray, nulls: list[int]) -> None:
    """Work out, in place, what coalitions are worth from those without the null players.

    The small effects of null players are taken to add up, so that the whole sum stays exact.
    """
    full = worth.shape[1] - 1
    effect = np.zeros((len(worth), full.bit_length()))
    for group in nulls:
        members = _players(group)
        change = worth[:, group] - worth[:, 0] + worth[:, full] - worth[:, full ^ group]
        effect[:, members] = change[:, None] / 2 / len(members)
    null = _union(nulls)
    live = full & ~null
    for mask in range(1, full):
        core = mask & live
        if np.isfinite(worth[:, mask]).all() or (mask == core and core != live):
            continue
        if core == live:
            worth[:, mask] = worth[:, full] - effect[:, _players(null & ~mask)].sum(axis=1)
        else:
            worth[:, mask] = worth[:, core] + effect[:, _players(mask & null)].sum(axis=1)
        passable[mask] = np.isfinite(worth[:, mask]).all()


def _union(groups: list[int]) -> int:
    union = 0
    for group in groups:
        union |= group
    return union


def _players(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]
