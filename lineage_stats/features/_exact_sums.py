"""Sums of columns without rounding, so that they do not depend on what is added to what first."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# Every double is a whole number of these.
UNIT_EXPONENT: Final = -1074
# So many bits are taken off the values at once; so many of such values have an exact sum.
_BITS: Final = 40
_ROWS_AT_ONCE: Final = 1 << (52 - _BITS)
_SPLITTER: Final = float(2**27 + 1)


def exact_sums(X: FloatArray) -> list[int]:
    """Return the sum of each column.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Finite values.

    Returns
    -------
    list of int
        The sums in units of ``2**UNIT_EXPONENT``: whole numbers, without any rounding.

    Notes
    -----
    The leading bits of a column, rounded to one common unit, are whole numbers that are small
    enough for their sum to be exact; what is left of the values is small, and its turn is next.
    """
    totals = [0] * X.shape[1]
    for first in range(0, len(X), _ROWS_AT_ONCE):
        rest = X[first : first + _ROWS_AT_ONCE]
        columns = np.arange(X.shape[1])
        while True:
            largest = np.abs(rest).max(axis=0)
            left = largest > 0
            if not left.all():
                rest, columns, largest = rest[:, left], columns[left], largest[left]
            if not len(columns):
                break
            unit = np.maximum(np.frexp(largest)[1] - _BITS, UNIT_EXPONENT)
            whole = np.rint(np.ldexp(rest, -unit))
            rest = rest - np.ldexp(whole, unit)
            sums = whole.sum(axis=0).tolist()
            for j, total, exponent in zip(columns.tolist(), sums, unit.tolist(), strict=True):
                totals[j] += int(total) << (exponent - UNIT_EXPONENT)
    return totals


def exact_square_sums(X: FloatArray) -> list[int]:
    """Return the sum of the squares of each column, in the same units.

    Magnitudes are at most 1e100. The square of one below 1e-145 is rounded, by itself and hence
    always alike.
    """
    squares = X * X
    scaled = _SPLITTER * X
    high = scaled - (scaled - X)
    low = X - high
    errors = ((high * high - squares) + 2 * high * low) + low * low  # Dekker's product
    return [a + b for a, b in zip(exact_sums(squares), exact_sums(errors), strict=True)]


def exact_mean(total: int, n: int) -> float:
    """Return the mean of `n` values, given their sum: the nearest double."""
    return total / (n << -UNIT_EXPONENT) if n else np.nan


def exact_variance(total: int, squares: int, n: int) -> float:
    """Return the sample variance of `n` values, given their sums: the nearest double."""
    if n < 2:
        return np.nan
    deviations = n * (squares << -UNIT_EXPONENT) - total * total
    return max(deviations, 0) / (n * (n - 1) << -2 * UNIT_EXPONENT)
