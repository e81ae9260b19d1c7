"""Statistics of many columns at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

NUMBER_STATISTICS = ("nulls", "mean", "sd", "min", "q25", "q50", "q75", "max")
MOST_TOGETHER = 5_000  # values of a table that is not worked through alone
_LEVELS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])


def number_statistics(values: FloatArray) -> FloatArray:
    """Return the `NUMBER_STATISTICS` of each row, an array of shape (n_columns, 8).

    Parameters
    ----------
    values : ndarray of shape (n_columns, n_rows)
        Numbers, at least one in each row; NaN and infinite ones count as missing.

    Notes
    -----
    Quantiles interpolate linearly. Sums are taken about the median: the variance loses no digits
    on columns far from zero, and that of a constant column is exactly zero.
    """
    with np.errstate(all="ignore"):
        values = np.ascontiguousarray(values)  # sums depend on the order in memory
        ordered = np.sort(values, axis=1)
        if np.isfinite(ordered.take((0, -1), axis=1)).all():
            return _complete(ordered)
        return _incomplete(values)


def statistics_of_many(tables: Sequence[FloatArray]) -> list[FloatArray]:
    """Return `number_statistics` of each of several tables, to the last bit.

    Small tables with equally many rows are worked through together: nearly all the time is that
    of calling NumPy. For large ones it is that of getting memory.
    """
    found = [np.empty((0, len(NUMBER_STATISTICS)))] * len(tables)
    by_length: dict[int, list[int]] = defaultdict(list)
    for number, table in enumerate(tables):
        if table.size > MOST_TOGETHER:
            found[number] = number_statistics(table)
        elif len(table):
            by_length[table.shape[1]].append(number)
    for numbers in by_length.values():
        parts = _together([tables[number] for number in numbers])
        for number, statistics in zip(numbers, parts, strict=True):
            found[number] = statistics
    return found


def _together(tables: list[FloatArray]) -> list[FloatArray]:
    """Return the statistics of tables with equally many rows."""
    if len(tables) == 1:
        return [number_statistics(tables[0])]
    starts = np.cumsum([0, *(len(table) for table in tables)])
    with np.errstate(all="ignore"):
        values = np.ascontiguousarray(np.concatenate(tables))
        ordered = np.sort(values, axis=1)
        finite = np.isfinite(ordered.take((0, -1), axis=1)).all(axis=1)
        # Which sums are taken depends on the table, not on the column.
        whole = np.repeat(np.logical_and.reduceat(finite, starts[:-1]), np.diff(starts))
        result = np.empty((len(values), len(NUMBER_STATISTICS)))
        if whole.all():
            result = _complete(ordered)
        else:
            result[whole] = _complete(ordered[whole])
            result[~whole] = _incomplete(values[~whole])
    return np.split(result, starts[1:-1])


def flag_statistics(flags: npt.NDArray[np.bool_] | FloatArray) -> tuple[list[float], list[float]]:
    """Return the shares of missing values and, among the others, of True, one per row."""
    if flags.dtype == bool:
        return [0.0] * flags.shape[0], flags.mean(axis=1).tolist()
    valid = np.isfinite(flags)
    counts = valid.sum(axis=1)
    with np.errstate(all="ignore"):
        shares = np.where(valid, flags, 0.0).sum(axis=1) / counts
    return (1.0 - counts / flags.shape[1]).tolist(), shares.tolist()


def _complete(ordered: FloatArray) -> FloatArray:
    """Return the statistics of sorted rows, which are overwritten."""
    n_columns, n_rows = ordered.shape
    low, high, fraction = _ranks(n_rows)
    below = ordered.take(low, axis=1)
    result = np.zeros((n_columns, len(NUMBER_STATISTICS)))
    result[:, 3:] = below + (ordered.take(high, axis=1) - below) * fraction
    centre = below[:, 2]
    deviation = np.subtract(ordered, centre[:, None], out=ordered)  # new memory takes longer
    mean = np.add.reduce(deviation, axis=1) / n_rows
    result[:, 1] = centre + mean
    squares = np.einsum("ij,ij->i", deviation, deviation)
    result[:, 2] = _sd(squares, mean, n_rows)
    return result


def _incomplete(values: FloatArray) -> FloatArray:
    valid = np.isfinite(values)
    counts = valid.sum(axis=1)
    ordered = np.sort(np.where(valid, values, np.nan), axis=1)
    rank = np.maximum(counts - 1, 0)[:, None] * _LEVELS
    low = rank.astype(np.intp)
    below = np.take_along_axis(ordered, low, axis=1)
    above = np.take_along_axis(ordered, np.ceil(rank).astype(np.intp), axis=1)
    result = np.empty((values.shape[0], len(NUMBER_STATISTICS)))
    result[:, 0] = 1.0 - counts / values.shape[1]
    result[:, 3:] = below + (above - below) * (rank - low)
    centre = below[:, 2]
    deviation = np.where(valid, values - centre[:, None], 0.0)
    mean = deviation.sum(axis=1) / counts
    result[:, 1] = centre + mean
    result[:, 2] = _sd(np.einsum("ij,ij->i", deviation, deviation), mean, counts)
    return result


def _sd(squares: FloatArray, mean: FloatArray, counts: int | npt.NDArray[np.intp]) -> FloatArray:
    """Return standard deviations with n - 1; NaN for a single value."""
    variance = np.maximum(squares - counts * mean * mean, 0.0) / np.subtract(counts, 1)
    return np.sqrt(variance)


@lru_cache(maxsize=512)
def _ranks(n_rows: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], FloatArray]:
    """Return, for the quartiles, the ranks below and above and the way between them."""
    rank = (n_rows - 1) * _LEVELS
    low = rank.astype(np.intp)
    return low, np.ceil(rank).astype(np.intp), rank - low
