"""The median of many values, exact, though few of them are ordered."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from lineage_stats.detectors._transforms import FloatArray

# So few values are sorted without a branch, many times as fast as more.
_SAMPLE: Final = 256
# Places on either side of the sample's median that tell how dense the values are.
_WIDTH: Final = 24


def median(values: FloatArray) -> float:
    """Return the median of an array of shape (n,) without NaN; NaN of no value."""
    n = len(values)
    if not n:
        return math.nan
    low, high = (n - 1) // 2, n // 2
    near, below = _around(values, low) if n > _SAMPLE else (values, 0)
    if below <= low and high < below + len(near):
        ordered, low, high = np.sort(near), low - below, high - below
    else:
        ordered = np.partition(values, (low, high))
    left, right = float(ordered[low]), float(ordered[high])
    return right if n % 2 else (left + right) / 2


def _around(values: FloatArray, rank: int) -> tuple[FloatArray, int]:
    """Return values that are most probably around the median's rank, and how many are below.

    One step of Newton's method from the median of a sample: its rank among all values is counted,
    and the sample tells how far away the values of the missing ranks are. Ties may mislead it.
    """
    n = len(values)
    sample = np.sort(values[:: -(-n // _SAMPLE)])
    middle = len(sample) // 2
    # Python's numbers overflow to infinity without a warning.
    before, start, after = sample[[middle - _WIDTH, middle, middle + _WIDTH]].tolist()
    per_rank = (after - before) / (2 * _WIDTH) * len(sample) / n
    missing = int(rank - np.count_nonzero(values < start))
    guess = start + per_rank * missing
    reach = per_rank * (abs(missing) + math.sqrt(n)) / 2
    near = values >= guess - reach
    below = n - int(np.count_nonzero(near))
    near &= values <= guess + reach
    return values.compress(near), below
