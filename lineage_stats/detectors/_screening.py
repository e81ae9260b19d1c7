"""Which of the runs given as healthy stand out in very many cells."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._robust import NORMAL_MAD, mad_factor, median_and_mad
from lineage_stats.detectors._roles import DISTANCE, NEWS, assign_roles
from lineage_stats.detectors._transforms import FloatArray, transform
from lineage_stats.features import Cell

_FAR: Final = 6.0
_MIN_RUNS: Final = 8
_MIN_FAR: Final = 3
_FAR_SHARE: Final = 0.03
_ONE_IN: Final = 10


def screen_runs(X: FloatArray, cells: tuple[Cell, ...]) -> npt.NDArray[np.bool_]:
    """Return which healthy runs to keep.

    Parameters
    ----------
    X : ndarray of shape (n_runs, n_cells)
        Runs that were given as healthy.
    cells : tuple of Cell
        What the columns are.

    Returns
    -------
    ndarray of bool of shape (n_runs,)
        False for a run with more far cells than ``max(3, 3 %, 10 x median count)``: further than
        6 robust standard deviations from the median, or constant in almost all other runs. All
        are kept where there are fewer than 8 runs, or where more than one, and more than one in
        ten, would go: then it is not a few runs that are odd.

    Notes
    -----
    One bad run in twenty inflates standard deviations and learned tails so much that faults go
    unseen; so such runs are left out, and reported in ``screened_run_ids_``.
    """
    keep = np.ones(len(X), dtype=bool)
    if len(X) < _MIN_RUNS or X.shape[1] == 0:
        return keep
    roles = assign_roles(X, cells)
    z = transform(X, roles.code)
    center, mad, n = median_and_mad(z)
    with np.errstate(invalid="ignore", divide="ignore"):
        far = np.abs(z - center) > _FAR * NORMAL_MAD * mad_factor(n) * mad
    far &= roles.role == DISTANCE
    odd = _alone(X, roles.tolerance) & (roles.role == NEWS)
    count = (far | odd).sum(axis=1)
    limit = max(_MIN_FAR, _FAR_SHARE * X.shape[1], 10 * float(np.median(count)))
    bad = count > limit
    return keep if bad.sum() > _few(len(X)) else ~bad


def _few(n_runs: int) -> int:
    return max(1, n_runs // _ONE_IN)


def _alone(X: FloatArray, tolerance: FloatArray) -> npt.NDArray[np.bool_]:
    """Return where a run differs from a value that all but a few runs share."""
    center = np.nanmedian(np.where(np.isnan(X).all(axis=0), 0.0, X), axis=0)
    differs = np.abs(X - center) > tolerance
    return np.asarray(differs & (differs.sum(axis=0) <= _few(len(X))))
