"""Cells that remember: runs that resemble the run before say less than as many independent ones."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from lineage_stats.detectors._discovery import discoveries
from lineage_stats.detectors._robust import NORMAL_MAD, median_and_mad
from lineage_stats.detectors._tails import normal_score
from lineage_stats.detectors._transforms import FloatArray

_LEAST_RUNS: Final = 10
# A correlation with the run before is believed if chance makes it in one cell of a hundred, and
# of the cells that are believed one in ten is without a memory.
_CHANCE: Final = 0.01
_RATE: Final = 0.1
_LEAST_EFFECTIVE: Final = 3.0
_FAR: Final = 3.0


def effective_runs(z: FloatArray) -> FloatArray:
    """Return how many independent runs each cell's healthy values are worth.

    Parameters
    ----------
    z : ndarray of shape (n_runs, n_cells)
        Healthy values in order of time, NaN where missing.

    Returns
    -------
    ndarray of shape (n_cells,)
        ``n (1 - r) / (1 + r)``, at least 3, where the correlation `r` with the run before is more
        than chance at 1 %, and at a false discovery rate of 0.1 among all cells; infinity
        elsewhere. A cell that is believed to wander hides nearly every fault after few runs.
    """
    found = np.full(z.shape[1], np.inf)
    if len(z) < _LEAST_RUNS:
        return found
    center, mad, n = median_and_mad(z)
    # An outlier would hide the correlation of all others.
    reach = _FAR * NORMAL_MAD * mad
    y = np.clip(z - center, -reach, reach)
    y = np.nan_to_num(y - np.nansum(y, axis=0) / np.maximum(n, 1))
    r = (y[1:] * y[:-1]).sum(axis=0) / np.maximum((y**2).sum(axis=0), 1e-300)
    n = np.maximum(n, 1)
    p = np.where((n >= _LEAST_RUNS) & (mad > 0), special.ndtr(-(r + 1 / n) * np.sqrt(n)), np.nan)
    believed = discoveries(p, _RATE) & (p < _CHANCE)
    # It is too small on average, by that much.
    r = np.minimum(r + (1 + 3 * r) / n, 1.0)
    effective = np.maximum(n * (1 - r) / (1 + r), _LEAST_EFFECTIVE)
    return np.where(believed, effective, found)


def remembering(scores: FloatArray, effective: FloatArray) -> FloatArray:
    """Return scores that allow for scales of fewer runs than they were computed from."""
    at = np.isfinite(effective)
    if not at.any():
        return scores
    n = effective[at]
    wider = np.sqrt((1 + 1 / n) / (1 - 1 / n))
    bounded = scores.copy()
    bounded[:, at] = normal_score(scores[:, at] / wider, n - 1)
    return bounded
