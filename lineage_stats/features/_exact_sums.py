"""Sums of columns without rounding, so that they do not depend on what is added to what first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

# Every double is a whole number of these.
UNIT_EXPONENT: Final = -1074
# So many bits are taken off the values at once; so many of such values have an exact sum.
_BITS: Final = 40
_ROWS_AT_ONCE: Final = 1 << (52 - _BITS)
# What fits, with what is made of it, into the faster memory of a core.
_VALUES_AT_ONCE: Final = 1 << 14
_SPLITTER: Final = float(2**27 + 1)


def exact_sums(X: FloatArray) -> list[int]:
    """Return the sum of each column.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Finite values, of which the magnitudes are at most 1e200.

    Returns
    -------
    list of int
        The sums in units of ``2**UNIT_EXPONENT``: whole numbers, without any rounding.

    Notes
    -----
    The leading bits of a column, rounded to one common unit, are whole numbers that are small
    enough for their sum to be exact; what is left of the values is small, and its turn is next.
    They are rounded by adding a large number, of which the last bit is the unit, and taking it
    away again [1]_.

    References
    ----------
    .. [1] Rump, S. M., Ogita, T. and Oishi, S. (2008). "Accurate floating-point summation part I:
       faithful rounding". SIAM Journal on Scientific Computing 31(1), 189-224.
    """
    return _sums(X, _themselves)


def exact_square_sums(X: FloatArray) -> list[int]:
    """Return the sum of the squares of each column, in the same units.

    Magnitudes are at most 1e100. The square of one below 1e-145 is rounded, by itself and hence
    always alike.
    """
    return _sums(X, _squares)


Parts = Iterator[tuple[FloatArray, IntArray]]


def _themselves(values: FloatArray, exponents: IntArray) -> Parts:
    yield values, exponents


def _squares(values: FloatArray, exponents: IntArray) -> Parts:
    """Yield squares, and by how much these are rounded."""
    squares = values * values
    scaled = _SPLITTER * values
    high = scaled - (scaled - values)
    low = values - high
    errors = ((high * high - squares) + 2 * high * low) + low * low  # Dekker's product
    yield squares, 2 * exponents
    yield errors, 2 * exponents - 53


def _sums(X: FloatArray, parts: Callable[[FloatArray, IntArray], Parts]) -> list[int]:
    """Return the sums of what each column has in all its parts, few columns at once."""
    totals = [0] * X.shape[1]
    for begin in range(0, len(X), _ROWS_AT_ONCE):
        rows = X[begin : begin + _ROWS_AT_ONCE]
        n_columns = max(1, _VALUES_AT_ONCE // len(rows))
        for first in range(0, X.shape[1], n_columns):
            values = np.ascontiguousarray(rows[:, first : first + n_columns].T)
            largest = np.maximum(values.max(axis=1), -values.min(axis=1))
            for part, exponents in parts(values, np.frexp(largest)[1]):
                _add_sums(totals, first, part, exponents)
    return totals


def _add_sums(totals: list[int], first: int, rest: FloatArray, exponents: IntArray) -> None:
    """Add the sum of each row, smaller than these powers of two, to the totals from the first."""
    while rest.any():
        exponents = np.maximum(exponents - _BITS, UNIT_EXPONENT)
        large = np.ldexp(1.5, exponents + 52)[:, None]
        whole = rest + large
        whole -= large
        rest = rest - whole
        sums = np.ldexp(whole.sum(axis=1), -exponents).tolist()
        shifts = (exponents - UNIT_EXPONENT).tolist()
        for j, (total, shift) in enumerate(zip(sums, shifts, strict=True), first):
            if total:
                totals[j] += int(total) << shift


def exact_mean(total: int, n: int) -> float:
    """Return the mean of `n` values, given their sum: the nearest double."""
    return total / (n << -UNIT_EXPONENT) if n else np.nan


def exact_variance(total: int, squares: int, n: int) -> float:
    """Return the sample variance of `n` values, given their sums: the nearest double."""
    if n < 2:
        return np.nan
    deviations = n * (squares << -UNIT_EXPONENT) - total * total
    return max(deviations, 0) / (n * (n - 1) << -2 * UNIT_EXPONENT)
