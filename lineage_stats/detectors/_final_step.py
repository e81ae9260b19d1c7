"""From the smallest alarm of a run to the probability of the run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np

from lineage_stats.detectors._tails import KEEP, MIN_RUNS
from lineage_stats.detectors._transforms import FloatArray

_PRIOR_RUNS: Final = 30.0
_LEAST_POWER: Final = 0.3
_MOST_POWER: Final = 1.3
_IMPOSSIBLE: Final = 0.01
_LEAST: Final = 1e-100
_TINY: Final = 1e-300


@dataclass(frozen=True)
class FinalStep:
    """From the smallest alarm of a run to the probability of the run.

    Attributes
    ----------
    amount : float
        About the number of independent alarms.
    power : float
        1 where the alarms' p-values are right; smaller where they are too small in the tail.
    seen : ndarray of shape (n_runs,)
        Smallest alarms of the left-out healthy runs, sorted; empty where they were too few.

    Notes
    -----
    The mean of two estimates. The *fitted* one, ``1 - exp(-amount * (-log(1 - x))**power)``, is
    ``1 - (1 - x)**amount`` for independent alarms with right p-values. The *counted* one is the
    rank among the left-out runs over ``n + 1``, which is right on average whatever the
    distribution; beyond the smallest of `n` it goes on from ``1 / (n + 1)`` with the fitted
    power. No run is more improbable than its smallest alarm: where cells resemble the run before,
    left-out runs sound fewer alarms than new ones.

    References
    ----------
    V. Vovk, A. Gammerman and G. Shafer, Algorithmic Learning in a Random World (2005), for the
    counted estimate.
    """

    amount: float
    power: float = 1.0
    seen: FloatArray = field(default_factory=lambda: np.empty(0))

    @classmethod
    def fit(
        cls, smallest: FloatArray, n_alarms: float, countable: FloatArray | None = None
    ) -> FinalStep:
        """Learn from the smallest alarm of each left-out run; `countable`: those to be counted.

        Maximum likelihood of a Weibull distribution from the smaller half of the values, the
        power held towards 1 by a prior that weighs as much as 30 runs. Fewer than 8 runs give
        Bonferroni's step.
        """
        loss = np.sort(-np.log1p(-np.clip(smallest, _LEAST, 1 - 1e-12)))
        n = len(loss)
        k = math.ceil(KEEP * n)
        if n < MIN_RUNS or smallest.min() >= 1:
            return cls(float(n_alarms))
        # A single very small value must not rule the fit; that is what counting is for.
        loss = np.maximum(loss, loss[k - 1] / (20.0 * n))
        weight = np.r_[np.ones(k - 1), n - k + 1]
        loss = loss[:k]
        low, high = _LEAST_POWER, _MOST_POWER
        for _ in range(40):
            power = (low + high) / 2
            scaled = weight * (loss / loss[-1]) ** power
            slope = (k + _PRIOR_RUNS) / power - _PRIOR_RUNS + np.log(loss / loss[-1]).sum()
            slope -= k * (scaled * np.log(loss / loss[-1])).sum() / scaled.sum()
            low, high = (power, high) if slope > 0 else (low, power)
        fitted = cls(k / float((weight * loss**power).sum()), power)
        # A run that odd was no healthy one: it must not make others of its kind look healthy.
        least = fitted.smallest_fitted(_IMPOSSIBLE / n)
        seen = smallest if countable is None else countable
        return replace(fitted, seen=np.sort(np.clip(seen, least, 1.0)))

    def p_values(self, smallest: FloatArray) -> FloatArray:
        """Return the probability that a healthy run has so small a smallest alarm."""
        fitted = self.fitted(smallest)
        if not len(self.seen):
            return fitted
        return np.maximum((fitted + self._counted(smallest)) / 2, smallest)

    def fitted(self, smallest: FloatArray) -> FloatArray:
        """Return the fitted estimate alone: for alarms whose p-values count runs already."""
        loss = -np.log1p(-np.minimum(smallest, 1 - 1e-16))
        return np.maximum(-np.expm1(-self.amount * loss**self.power), smallest)

    def _counted(self, smallest: FloatArray) -> FloatArray:
        n = len(self.seen)
        known, x = self._log_seen, np.log(np.maximum(smallest, _TINY))
        rank = np.interp(x, known, np.arange(1.0, n + 1))
        beyond = np.exp(self.power * np.minimum(x - known[0], 0.0))
        return np.asarray(rank * beyond / (n + 1), dtype=np.float64)

    @cached_property
    def _log_seen(self) -> FloatArray:
        return np.asarray(np.log(self.seen))

    def smallest(self, p: float) -> float:
        """Return the smallest alarm that has the probability `p`; undoes `p_values`."""
        if not len(self.seen):
            return self.smallest_fitted(p)
        low, high = math.log(_TINY), 0.0
        for _ in range(60):
            middle = (low + high) / 2
            above = self.p_values(np.array([math.exp(middle)]))[0] > p
            low, high = (low, middle) if above else (middle, high)
        return math.exp(low)

    def smallest_fitted(self, p: float) -> float:
        """Return the smallest alarm of which `fitted` says `p`."""
        return min(-math.expm1(-((-math.log1p(-p) / self.amount) ** (1 / self.power))), p)
