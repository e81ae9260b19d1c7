"""Cells that remember: runs that resemble the run before say less than as many independent ones."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.detectors._discovery import discoveries
from lineage_stats.detectors._robust import NORMAL_MAD, median_and_mad
from lineage_stats.detectors._tails import normal_score
from lineage_stats.detectors._transforms import FloatArray

_LEAST_RUNS: Final = 10
_FEWEST_TOGETHER: Final = 8
# A correlation with the run before is believed if chance makes it in one cell of a hundred, and
# of the cells that are believed one in ten is without a memory.
_CHANCE: Final = 0.01
_RATE: Final = 0.1
_CHANCE_APART: Final = 0.05
_SHARE_APART: Final = 0.2
_LEAST_EFFECTIVE: Final = 3.0
_FAR: Final = 3.0
# Orders of the runs to hold theirs against, and a correlation that halves what runs are worth.
_ORDERS: Final = 199
_MUCH: Final = 1 / 3


class Memory(NamedTuple):
    """What the cells' order says of them.

    Attributes
    ----------
    effective : ndarray of shape (n_cells,)
        How many independent runs each cell's healthy values are worth; infinity: as many as they
        are.
    shown : ndarray of bool of shape (n_cells,)
        Where a cell shows by itself that it is less.
    wanders : ndarray of shape (n_cells,)
        How probable it is that a cell wanders that does not show it.
    """

    effective: FloatArray
    shown: npt.NDArray[np.bool_]
    wanders: FloatArray


def effective_runs(
    z: FloatArray,
    apart: npt.NDArray[np.bool_] | None = None,
    by_steps: npt.NDArray[np.bool_] | None = None,
) -> Memory:
    """Find cells that resemble the run before.

    Parameters
    ----------
    z : ndarray of shape (n_runs, n_cells)
        Healthy values in order of time, NaN where missing.
    apart : ndarray of bool of shape (n_cells,), default=None
        Cells that need not be believed among all: metrics, of which there are few.
    by_steps : ndarray of bool of shape (n_cells,), default=None
        Cells that are judged by their steps if they may wander. These may have any correlation
        above 1/3 as well as that of a walk, and of those apart two in ten wander, unless they show
        it: that costs little where the memory is none.

    Returns
    -------
    Memory
        ``n (1 - r) / (1 + r)`` effective runs, at least 3. A cell shows its correlation `r` with
        the run before where it is more than chance at 1 %, and at a false discovery rate of 0.1
        among all cells, from 10 runs on; a cell apart where it is more than chance at 5 %. Few
        runs show it of few cells. From 8 runs on all cells are asked together: where no more than
        one of 100 orders of the runs has neighbours that are so much alike, further cells of `r`
        above 1/3 are believed of which the correlations of all cells, as a normal prior, expect
        that as well. The others are a mixture then: of cells without a memory and of random
        walks, whose correlations among few runs are known from simulation, in shares that give
        the mean correlation.
    """
    none = np.zeros(z.shape[1])
    unknown = Memory(np.full(z.shape[1], np.inf), none.astype(bool), none)
    if len(z) < _FEWEST_TOGETHER:
        return unknown
    if apart is None:
        apart = none.astype(bool)
    if by_steps is None:
        by_steps = none.astype(bool)
    center, mad, n = median_and_mad(z)
    # An outlier would hide the correlation of all others.
    reach = _FAR * NORMAL_MAD * mad
    y = np.clip(z - center, -reach, reach)
    y = np.nan_to_num(y - np.nansum(y, axis=0) / np.maximum(n, 1))
    y /= np.sqrt(np.maximum((y**2).sum(axis=0), 1e-300))
    r, n = (y[1:] * y[:-1]).sum(axis=0), np.maximum(n, 1)
    p = np.where((n >= _LEAST_RUNS) & (mad > 0), special.ndtr(-(r + 1 / n) * np.sqrt(n)), np.nan)
    with np.errstate(invalid="ignore"):
        shown = (discoveries(p, _RATE) & (p < _CHANCE)) | (apart & (p < _CHANCE_APART))
    # It is too small on average, by that much.
    measured = r
    r = np.minimum(r + (1 + 3 * r) / n, 1.0)
    believed, known, wanders = shown, (n >= _FEWEST_TOGETHER) & (mad > 0), none
    if known.any() and _order_matters(y[:, known]):
        share = _share(measured, n, known)
        wanders = np.where(known, _wandering(measured, n, share, by_steps), 0.0)
        likely = _together(r, n, known)
        believed = shown | (known & (np.minimum(r + n**-0.5, likely) > _MUCH))
        r = np.where(shown, r, likely)
    alone = np.where(apart & known & by_steps, _wandering(measured, n, _SHARE_APART, by_steps), 0.0)
    wanders = np.maximum(wanders, alone)
    effective = np.maximum(n * (1 - r) / (1 + r), _LEAST_EFFECTIVE)
    return Memory(np.where(believed, effective, np.inf), shown, np.where(shown, 0.0, wanders))


def _order_matters(y: FloatArray) -> bool:
    """Return whether runs resemble the run before more than those of any order would.

    All cells together, as they depend on each other: their products are those of whole runs.
    """
    products = y @ y.T
    order = np.arange(len(y))
    rng = np.random.default_rng(0)
    orders = [order, *(rng.permutation(order) for _ in range(_ORDERS))]
    alike = np.array([products[at[1:], at[:-1]].sum() for at in orders])
    return bool(np.mean(alike >= alike[0]) <= _CHANCE)


def _together(r: FloatArray, n: FloatArray, known: npt.NDArray[np.bool_]) -> FloatArray:
    """Return correlations as likely as the other cells make them: a posterior mean."""
    noise = 1 / n
    mean, spread = r[known].mean(), max(r[known].var() - noise[known].mean(), 0.0)
    return np.asarray((spread * r + noise * mean) / (spread + noise), dtype=np.float64)


def _share(r: FloatArray, n: FloatArray, known: npt.NDArray[np.bool_]) -> float:
    """Return which share of random walks gives cells their mean correlation."""
    walk, _ = walk_correlation(n)
    share = (r + 1 / n)[known].mean() / (walk + 1 / n)[known].mean()
    return float(np.clip(share, 0.0, 0.99))


def _wandering(
    r: FloatArray, n: FloatArray, share: float, weakly: npt.NDArray[np.bool_]
) -> FloatArray:
    """Return how probable it is that a cell wanders, from its measured correlation.

    That of a walk is about normal, see `walk_correlation`; that of independent values with mean
    ``-1 / n`` and standard deviation ``n**-0.5``. Half of those that wander `weakly` are no
    walks, but have any correlation above 1/3.
    """
    walk, width = walk_correlation(n)
    alone, noise = -1 / n, n**-0.5
    above = np.where(weakly, np.maximum(r - alone, 0.0), r - alone) / noise
    below = (np.minimum(r, walk) - walk) / width
    log_ratio = (np.square(above) - np.square(below)) / 2 + np.log(noise / width)
    # The correlation that is measured is that much smaller on average.
    more = special.log_ndtr((r + (1 + 3 * _MUCH) / n - _MUCH) / noise) - np.log(1 - _MUCH)
    some = more + np.square(above) / 2 + np.log(np.sqrt(2 * np.pi) * noise)
    log_ratio = np.where(weakly, np.logaddexp(log_ratio, some) - np.log(2), log_ratio)
    with np.errstate(divide="ignore"):
        return np.asarray(special.expit(special.logit(share) + log_ratio), dtype=np.float64)


def walk_correlation(n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of the correlation of `n` values of a random walk.

    Fitted to simulations of 20,000 walks, within 0.02 from 8 values to 300.
    """
    return 1 - 7 / (n + 2.4), 4.3 / (n + 7)


def remembering(
    scores: FloatArray,
    effective: FloatArray,
    wanders: FloatArray | None = None,
    steps: FloatArray | None = None,
) -> FloatArray:
    """Return scores that allow for scales of fewer runs than they were computed from.

    Parameters
    ----------
    scores : ndarray of shape (n_runs, n_cells)
        About standard normal.
    effective, wanders : ndarray of shape (n_cells,)
        As of `Memory`.
    steps : ndarray of shape (n_runs, n_cells), default=None
        Scores of the steps from the healthy runs next in time; NaN where these are not known.

    Returns
    -------
    ndarray of shape (n_runs, n_cells)
        Scores whose p-value is ``w p_walk + (1 - w) p_level``, where `w` is how probable it is that
        the cell wanders: `p_walk` is that of the step, without one that of the least number of
        effective runs, or of `effective`, if that is finite.
    """
    at = np.isfinite(effective)
    may = np.zeros_like(at) if wanders is None else wanders > 0
    if not (at.any() or may.any()):
        return scores
    level = scores.copy()
    level[:, at] = _worth(scores[:, at], effective[at])
    if wanders is None or not may.any():
        return level
    walk = _worth(scores, np.where(at, effective, _LEAST_EFFECTIVE))
    alone = np.where(at, level, scores)
    if steps is not None:
        known = ~np.isnan(steps)
        walk, alone = np.where(known, steps, walk), np.where(known, scores, alone)
    p = wanders * special.ndtr(-np.abs(walk)) + (1 - wanders) * special.ndtr(-np.abs(alone))
    level[:, may] = (-np.sign(level) * special.ndtri(np.maximum(p, 1e-300)))[:, may]
    return level


def _worth(scores: FloatArray, n: FloatArray) -> FloatArray:
    """Return scores by scales that are worth `n` runs."""
    return normal_score(scores / np.sqrt((1 + 1 / n) / (1 - 1 / n)), n - 1)
