"""The alarm for many small deviations at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from scipy import special

from lineage_stats.detectors._tails import MIN_RUNS
from lineage_stats.detectors._transforms import FloatArray

_CAP: Final = 9.0
_MIN_CELLS: Final = 3
_TINY: Final = 1e-300


@dataclass(frozen=True)
class ManyCells:
    """Alarm for many small deviations at once.

    The statistic is the root of a run's mean squared score, capped per cell. The upper half of
    its healthy values is held against an exponential distribution: that fits where a common
    cause moves all cells together, and errs on the quiet side where cells are independent. Its
    mean is known from `k` excesses alone, so that one of `d` is exceeded by a further one with
    probability ``(1 + d / sum)**-k``.

    Attributes
    ----------
    ordered : ndarray of shape (n_runs,)
        Healthy values, sorted.
    """

    ordered: FloatArray

    @classmethod
    def fit(cls, statistic: FloatArray) -> ManyCells:
        """Learn from the statistics of healthy runs."""
        return cls(np.sort(statistic[np.isfinite(statistic)]))

    def p_values(self, statistic: FloatArray) -> FloatArray:
        """Return one-sided p-values: only large deviations alarm."""
        n = len(self.ordered)
        if n < MIN_RUNS:
            return np.ones_like(statistic)
        middle, number, total = self._upper_half
        if not number:
            return np.ones_like(statistic)
        beyond = np.maximum(statistic - middle, 0) / total
        above = 0.5 * (1 + beyond) ** -number
        below = 1 - np.searchsorted(self.ordered, statistic) / (n + 1)
        p = np.where(statistic >= middle, above, below)
        return np.where(np.isnan(p), 1.0, p)

    @cached_property
    def _upper_half(self) -> tuple[float, int, float]:
        """The median, and the number and the sum of the excesses over it."""
        middle = np.median(self.ordered)
        excess = self.ordered[self.ordered > middle] - middle
        return float(middle), len(excess), float(excess.sum())

    def left_out_p_values(self, statistic: FloatArray) -> FloatArray:
        """Return the p-value of each run of the fit, judged by the others."""
        p = np.ones_like(statistic)
        for i in np.flatnonzero(np.isfinite(statistic)):
            at = int(np.searchsorted(self.ordered, statistic[i]))
            p[i] = ManyCells(np.delete(self.ordered, at)).p_values(statistic[i : i + 1])[0]
        return p


def many_cells_statistic(p: FloatArray) -> FloatArray:
    """Return the root of each run's mean squared, capped normal score; NaN for too few cells."""
    if p.shape[1] < _MIN_CELLS:
        return np.full(len(p), np.nan)
    z = special.ndtri(np.maximum(p, _TINY) / 2)
    square = np.minimum(z**2, _CAP)
    n = np.isfinite(square).sum(axis=1)
    mean = np.nansum(square, axis=1) / np.maximum(n, 1)
    return np.where(n >= _MIN_CELLS, np.sqrt(mean), np.nan)
