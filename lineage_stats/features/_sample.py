"""Which rows are looked at when there are too many to look at all."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt


@lru_cache(maxsize=64)
def sample_positions(n_rows: int, sample_rows: int) -> npt.NDArray[np.intp] | None:
    """Return increasing row positions, or None where all rows are taken.

    One position is drawn from each of ``sample_rows`` strata of equal size. A plain stride would
    see one weekday only where rows repeat weekly; a draw within each stratum does not, and being
    sorted it reads memory forwards. The draws depend on the two numbers alone.
    """
    if n_rows <= sample_rows:
        return None
    edges = np.arange(sample_rows + 1, dtype=np.int64) * n_rows // sample_rows
    positions = edges[:-1] + (_uniform(sample_rows) * np.diff(edges)).astype(np.intp)
    positions.flags.writeable = False
    return positions


@lru_cache(maxsize=8)
def _uniform(size: int) -> npt.NDArray[np.float64]:
    """Return numbers in [0, 1) by the SplitMix64 generator, the same with every NumPy."""
    x = np.arange(1, size + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return (x >> np.uint64(11)).astype(np.float64) * 2.0**-53
