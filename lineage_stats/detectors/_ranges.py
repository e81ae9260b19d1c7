"""Ranges of healthy values, as each healthy run sees those of the others."""

from __future__ import annotations

import numpy as np

from lineage_stats.detectors._transforms import FloatArray


def range_of_others(
    X: FloatArray, tolerance: FloatArray | float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return the range of the other runs' values for each run and cell, tolerance included.

    Minus and plus infinity where no other run has a value.
    """
    n = len(X)
    up = np.sort(np.where(np.isnan(X), np.inf, X), axis=0)
    down = np.sort(np.where(np.isnan(X), -np.inf, X), axis=0)
    low = np.where(up[0] == X, up[min(1, n - 1)], up[0])
    high = np.where(down[-1] == X, down[max(n - 2, 0)], down[-1])
    nothing = np.isinf(low) | np.isinf(high)
    return (
        np.where(nothing, -np.inf, low - tolerance),
        np.where(nothing, np.inf, high + tolerance),
    )
