"""What more than one healthy run in ten has reached is no news, however narrow the others are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from scipy import special

from lineage_stats.detectors._transforms import FloatArray

_SHARE: Final = 10
_FEWEST: Final = 2


@dataclass(frozen=True)
class Reached:
    """Values that are known of healthy runs, on either side.

    Attributes
    ----------
    low, high : ndarray of shape (n_cells,)
        What `k` of the healthy runs are below, and above.
    most : ndarray of shape (n_cells,)
        Largest score of a value between.

    Notes
    -----
    One in ten of the healthy runs may have been faulty, not more: `k` is the least number above
    that, ``max(2, n // 10 + 1)``. A value that `k` of `n` healthy runs have reached has, on its
    side, a probability of ``k / (n + 1)`` at least, by their ranks alone, whatever centre and
    scale are. Where values keep to two levels, the scale is that of the more frequent one.
    Scores between are cut off there. Tails are learned from scores that are not.
    """

    low: FloatArray
    high: FloatArray
    most: FloatArray

    @classmethod
    def fit(cls, z: FloatArray) -> Self:
        """Learn from healthy runs, an array of shape (n_runs, n_cells); NaN is missing."""
        n = np.isfinite(z).sum(axis=0)
        k = np.maximum(n // _SHARE + 1, _FEWEST)
        up, at = np.sort(z, axis=0), np.arange(z.shape[1])
        enough = n >= 2 * k
        first = np.where(enough, k - 1, 0)
        last = np.where(enough, n - k, 0)
        most = -special.ndtri(np.minimum(k / (n + 1), 0.5))
        return cls(
            np.where(enough, up[first, at], np.inf), np.where(enough, up[last, at], -np.inf), most
        )

    def bound(self, scores: FloatArray, z: FloatArray) -> FloatArray:
        """Return scores of runs `z`, small where values are between those that were reached."""
        known = (z >= self.low) & (z <= self.high)
        return np.where(known, np.clip(scores, -self.most, self.most), scores)

    def to_arrays(self) -> dict[str, FloatArray]:
        """Return the state as arrays."""
        return {f"reached_{field.name}": getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, arrays: Mapping[str, FloatArray]) -> Self:
        """Make it from what `to_arrays` returned; older files have none: nothing was reached."""
        if "reached_low" not in arrays:
            return cls(np.array(np.inf), np.array(-np.inf), np.array(0.0))
        return cls(*(arrays[f"reached_{field.name}"] for field in fields(cls)))
