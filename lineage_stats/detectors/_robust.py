"""Median and median absolute deviation by columns, and what they are worth with n values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy import special

from lineage_stats.detectors._median import median
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
# Values that are ordered at once: a part of a megabyte.
_AT_A_TIME: Final = 65_536
_MANY_RUNS: Final = 2_000
_COLUMNS_OF_TILE: Final = 40
_RUNS_OF_TILE: Final = 500
NORMAL_MAD: Final = 1.4826022185056018


def median_and_mad(X: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return median, median absolute deviation and number of values of each column.

    NaN is left out. Few runs are worked on many columns at a time, many runs column by column.
    """
    return _of_many_runs(X) if len(X) >= _MANY_RUNS else _of_few_runs(X)


def _of_many_runs(X: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    center, mad, n = np.empty((3, X.shape[1]))
    for j, column in enumerate(_columns(X)):
        values = column[np.isfinite(column)]
        n[j], center[j] = len(values), median(values)
        values -= center[j]
        mad[j] = median(np.abs(values, out=values))
    return center, mad, n


def _columns(X: FloatArray) -> Iterator[FloatArray]:
    """Yield the columns one by one, each contiguous; the next ones overwrite it.

    Copied in tiles, for the lines of memory that a tile is read from are still in the cache when
    its next column is.
    """
    n_runs, n_columns = X.shape
    block = np.empty((_COLUMNS_OF_TILE, n_runs))
    for first in range(0, n_columns, _COLUMNS_OF_TILE):
        columns = X[:, first : first + _COLUMNS_OF_TILE].T
        for begin in range(0, n_runs, _RUNS_OF_TILE):
            runs = slice(begin, begin + _RUNS_OF_TILE)
            block[: len(columns), runs] = columns[:, runs]
        yield from block[: len(columns)]


def _of_few_runs(X: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the same from a transposed copy, by partition of some columns at a time.

    Where values are missing half of them count as the smallest and half as the largest, so that
    the middle is at the same place in each column.
    """
    columns = np.array(X.T, order="C")
    known = np.isfinite(columns)
    n = np.count_nonzero(known, axis=1)
    center, mad = np.empty((2, len(n)))
    step = max(_AT_A_TIME // max(columns.shape[1], 1), 1)
    for first in range(0, len(n), step):
        some = slice(first, first + step)
        values, missing = columns[some], np.nonzero(~known[some])
        center[some] = _middle(values.copy(), missing, n[some])
        np.subtract(values, center[some, None], out=values)
        np.abs(values, out=values)
        mad[some] = _middle(values, missing, n[some])
    return center, mad, n.astype(np.float64)


def _middle(values: FloatArray, missing: tuple[IntArray, ...], n: IntArray) -> FloatArray:
    """Return the median of the `n` values that each row has; `values` is overwritten."""
    rows, places = missing
    number = np.arange(len(rows)) - np.searchsorted(rows, rows)
    values[rows, places] = np.where(number % 2 == 0, np.inf, -np.inf)
    length = values.shape[1]
    low, high = max(length // 2 - 1, 0), length // 2
    middle = np.full(len(n), np.nan)
    if not length:
        return middle
    values.partition((low, high), axis=1)
    even, odd = (n > 0) & (n % 2 == 0), n % 2 == 1
    middle[even] = (values[even, low] + values[even, high]) / 2
    middle[odd] = values[odd, high if length % 2 else low]
    return middle


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
