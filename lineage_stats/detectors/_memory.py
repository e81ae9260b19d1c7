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
        How probable it is that a cell wanders all the same, where it is not less.
    """

    effective: FloatArray
    shown: npt.NDArray[np.bool_]
    wanders: FloatArray


def effective_runs(z: FloatArray, apart: npt.NDArray[np.bool_] | None = None) -> Memory:
    """Find cells that resemble the run before.

    Parameters
    ----------
    z : ndarray of shape (n_runs, n_cells)
        Healthy values in order of time, NaN where missing.
    apart : ndarray of bool of shape (n_cells,), default=None
        Cells that need not be believed among all: those that can be judged by their steps, which
        costs little where the memory is none.

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
    center, mad, n = median_and_mad(z)
    # An outlier would hide the correlation of all others.
    reach = _FAR * NORMAL_MAD * mad
    y = np.clip(z - center, -reach, reach)
    y = np.nan_to_num(y - np.nansum(y, axis=0) / np.maximum(n, 1))
    y /= np.sqrt(np.maximum((y**2).sum(axis=0), 1e-300))
    r, n = (y[1:] * y[:-1]).sum(axis=0), np.maximum(n, 1)
    p = np.where((n >= _LEAST_RUNS) & (mad > 0), special.ndtr(-(r + 1 / n) * np.sqrt(n)), np.nan)
    shown = discoveries(p, _RATE) & (p < _CHANCE)
    if apart is not None:
        with np.errstate(invalid="ignore"):
            shown |= apart & (p < _CHANCE_APART)
    # It is too small on average, by that much.
    measured = r
    r = np.minimum(r + (1 + 3 * r) / n, 1.0)
    believed, known, wanders = shown, (n >= _FEWEST_TOGETHER) & (mad > 0), none
    if known.any() and _order_matters(y[:, known]):
        wanders = np.where(known, _wandering(measured, n, known), 0.0)
        likely = _together(r, n, known)
        believed = shown | (known & (np.minimum(r + n**-0.5, likely) > _MUCH))
        r = np.where(shown, r, likely)
    effective = np.maximum(n * (1 - r) / (1 + r), _LEAST_EFFECTIVE)
    return Memory(np.where(believed, effective, np.inf), shown, np.where(believed, 0.0, wanders))


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


def _wandering(r: FloatArray, n: FloatArray, known: npt.NDArray[np.bool_]) -> FloatArray:
    """Return how probable it is that a cell is a random walk, from its measured correlation.

    That of a walk is about normal, see `walk_correlation`; that of independent values with mean
    ``-1 / n`` and standard deviation ``n**-0.5``.
    """
    walk, width = walk_correlation(n)
    alone, noise = -1 / n, n**-0.5
    share = np.clip((r - alone)[known].mean() / (walk - alone)[known].mean(), 0.0, 0.99)
    far = np.square((np.minimum(r, walk) - walk) / width) - np.square((r - alone) / noise)
    with np.errstate(divide="ignore"):
        log_odds = special.logit(share) - far / 2 + np.log(noise / width)
    return np.asarray(special.expit(log_odds), dtype=np.float64)


def walk_correlation(n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of the correlation of `n` values of a random walk.

    Fitted to simulations of 20,000 walks, within 0.02 from 8 values to 300.
    """
    return 1 - 7 / (n + 2.4), 4.3 / (n + 7)


def remembering(
    scores: FloatArray, effective: FloatArray, wanders: FloatArray | None = None
) -> FloatArray:
    """Return scores that allow for scales of fewer runs than they were computed from.

    Parameters
    ----------
    scores : ndarray of shape (n_runs, n_cells)
        About standard normal.
    effective, wanders : ndarray of shape (n_cells,)
        As of `Memory`; a cell that may wander is worth the least number of runs if it does.
    """
    at = np.isfinite(effective)
    may = np.zeros_like(at) if wanders is None else (wanders > 0) & ~at
    if not (at.any() or may.any()):
        return scores
    bounded = scores.copy()
    bounded[:, at] = _worth(scores[:, at], effective[at])
    if wanders is not None and may.any():
        alone = scores[:, may]
        walk = special.ndtr(-np.abs(_worth(alone, np.full(alone.shape[1], _LEAST_EFFECTIVE))))
        p = wanders[may] * walk + (1 - wanders[may]) * special.ndtr(-np.abs(alone))
        bounded[:, may] = -np.sign(alone) * special.ndtri(np.maximum(p, 1e-300))
    return bounded


def _worth(scores: FloatArray, n: FloatArray) -> FloatArray:
    """Return scores by scales that are worth `n` runs."""
    return normal_score(scores / np.sqrt((1 + 1 / n) / (1 - 1 / n)), n - 1)
