"""Median and median absolute deviation by columns, and what they are worth with n values."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from lineage_stats.detectors._transforms import FloatArray, IntArray

# (x - median) / (1.4826 MAD) of a further Gaussian value is nearly FACTOR[n] times Student's t;
# simulated with 400,000 samples per n, equal at tail probabilities 1e-2 and 1e-5.
_FACTOR: Final = (
    np.inf, np.inf, 1.168, 2.104, 1.645, 1.210, 1.312, 1.245, 1.241, 1.245, 1.195, 1.173, 1.144,
    1.137,
)  # fmt: skip
_DF: Final = (
    1.0, 1.0, 1.0, 1.05, 2.06, 1.79, 2.85, 2.81, 3.80, 3.94, 4.74, 4.70, 5.47, 5.57,
)  # fmt: skip
NORMAL_MAD: Final = 1.4826022185056018


def median_and_mad(X: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return median, median absolute deviation and number of values of each column.

    NaN is left out. Works on a transposed copy, and only columns that lack a value are sorted.
    """
    columns = np.array(X.T, order="C")
    n = np.isfinite(columns).sum(axis=1)
    center, mad = np.empty(len(n)), np.empty(len(n))
    complete = n == columns.shape[1]
    for some, middle in ((complete, _middle), (~complete, _middle_of_some)):
        if some.any():
            values = columns[some] if not some.all() else columns
            center[some] = middle(values, n[some])
            np.subtract(values, center[some, None], out=values)
            np.abs(values, out=values)
            mad[some] = middle(values, n[some])
    return center, mad, n.astype(np.float64)


def _middle(values: FloatArray, n: IntArray) -> FloatArray:
    """Return the median of each row, whose order is changed; `n` is their length."""
    low, high = (int(n[0]) - 1) // 2, int(n[0]) // 2
    values.partition((low, high), axis=1)
    return np.asarray((values[:, low] + values[:, high]) / 2, dtype=np.float64)


def _middle_of_some(values: FloatArray, n: IntArray) -> FloatArray:
    """Return the median of the `n` values that each row has, whose order is changed."""
    values.sort(axis=1)  # NaN comes last
    rows = np.arange(len(values))
    low = values[rows, np.maximum((n - 1) // 2, 0)]
    high = values[rows, np.minimum(n // 2, values.shape[1] - 1)]
    return np.asarray(np.where(n > 0, (low + high) / 2, np.nan), dtype=np.float64)


def mad_factor(n: FloatArray) -> FloatArray:
    """Return by what to multiply 1.4826 MAD of `n` values, so that the ratio follows t."""
    size = np.maximum(n, 1.0)
    small = np.asarray(_FACTOR)[np.minimum(n, len(_FACTOR) - 1).astype(int)]
    return np.where(n < len(_FACTOR), small, 1 + 0.8 / size + 14 / size**2)


def mad_df(n: FloatArray) -> FloatArray:
    """Return the degrees of freedom of that t; an odd value more adds hardly any."""
    small = np.asarray(_DF)[np.minimum(n, len(_DF) - 1).astype(int)]
    return np.where(n < len(_DF), small, 0.74 * (n // 2) + 1)


def student_cut(df: FloatArray) -> FloatArray:
    """Return what Student's t exceeds in absolute value with probability 0.001."""
    return np.asarray(-special.stdtrit(df, 0.0005), dtype=np.float64)
