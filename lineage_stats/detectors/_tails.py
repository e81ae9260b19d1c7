"""From scores to p-values: tails learned from scores of healthy runs."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.detectors._transforms import FloatArray

_MIN_SCORES: Final = 100
_TAIL_SHARE: Final = 0.05
_MIN_TAIL: Final = 15
_MOST_SHAPE: Final = 0.75
_KNOTS: Final = 64
# The tail is one of squared scores: that of a Gaussian is nearly exponential then.
_SQUARED: Final = 2.0
# Share of the left-out runs, those with the smallest p-values, that calibration looks at, and
# how many runs it needs.
KEEP: Final = 0.5
MIN_RUNS: Final = 8
_TINY: Final = 1e-300
_MAX_FOLDS: Final = 40


def nominal_p_value(score: FloatArray) -> FloatArray:
    """Return the two-sided p-value of a score that is standard normal in healthy runs."""
    return np.asarray(2 * special.ndtr(-np.abs(score)), dtype=np.float64)


def normal_score(z: FloatArray, df: FloatArray | float) -> FloatArray:
    """Return the standard normal value as improbable as Student-t value `z`; sign kept."""
    p = special.stdtr(df, -np.abs(z))
    return np.asarray(-np.sign(z) * special.ndtri(np.maximum(p, 1e-300)), dtype=np.float64)


def effective_number(p: FloatArray, most: float) -> float:
    """Return how many independent tests have minima like these p-values.

    Parameters
    ----------
    p : ndarray of shape (n_runs,)
        Smallest p-value of each healthy run.
    most : float
        Number of tests: the effective number is between 1 and this. It is also the answer
        for fewer than 8 runs.

    Returns
    -------
    float
        Maximum-likelihood estimate of `F` in ``P(min p <= x) = 1 - (1 - x)**F`` from the smaller
        half of the p-values; the larger half only counts as larger. The relative error is about
        ``sqrt(2 / n_runs)``.
    """
    loss = np.sort(-np.log1p(-np.clip(p[np.isfinite(p)], _TINY, 1 - 1e-12)))
    n = len(loss)
    if n < MIN_RUNS:
        return float(most)
    k = math.ceil(KEEP * n)
    total = loss[:k].sum() + (n - k) * loss[k - 1]
    return float(np.clip(k / max(total, _TINY), 1.0, max(most, 1.0)))


def any_of(p: FloatArray, number: float | FloatArray) -> FloatArray:
    """Return the probability that one of `number` independent tests is as small as `p`."""
    return np.asarray(-np.expm1(number * np.log1p(-np.minimum(p, 1 - 1e-16))), dtype=np.float64)


class LearnedTail:
    """Two-sided p-values of scores, never smaller than their nominal ones.

    Notes
    -----
    The p-value of a score is the larger one of its nominal value (standard normal) and the share
    of healthy scores that are at least as large; beyond the top 5 % that share is continued by a
    generalised Pareto distribution with the shape and scale of its probability-weighted
    moments. With fewer than 100 healthy scores the nominal value stands alone.

    References
    ----------
    J. R. M. Hosking and J. R. Wallis, Parameter and quantile estimation for the generalized
    Pareto distribution, Technometrics 29 (1987) 339-349.
    """

    def __init__(
        self,
        knots: FloatArray,
        log_p: FloatArray,
        shape: float,
        scale: float,
        power: float = _SQUARED,
    ) -> None:
        self._knots = knots
        self._log_p = log_p
        self._shape = shape
        self._scale = scale
        self._power = power

    @classmethod
    def fit(cls, scores: FloatArray) -> LearnedTail:
        """Learn from the scores of healthy runs, an array of any shape; NaN is left out."""
        return cls.of_sorted(np.sort(np.abs(scores[np.isfinite(scores)])))

    @classmethod
    def of_sorted(cls, sizes: FloatArray) -> LearnedTail:
        """Learn from the sizes of scores in ascending order."""
        n = len(sizes)
        if n < _MIN_SCORES:
            return cls(np.empty(0), np.empty(0), 0.0, 1.0)
        k = min(max(int(_TAIL_SHARE * n), _MIN_TAIL), n // 4)
        threshold = sizes[n - k - 1]
        shape, scale = _pareto_moments(sizes[n - k :] ** _SQUARED - threshold**_SQUARED)
        below = np.unique(np.linspace(0, n - k - 1, _KNOTS).astype(int))
        survival = (n - below - 0.5) / n
        survival[-1] = k / n
        return cls(sizes[below], np.log(survival), shape, scale)

    def p_values(self, scores: FloatArray) -> FloatArray:
        """Return p-values, an array of the shape of `scores`; NaN stays NaN."""
        nominal = nominal_p_value(scores)
        if not len(self._knots):
            return nominal
        sizes = np.abs(scores)
        learned = np.exp(np.interp(sizes, self._knots, self._log_p, left=0.0))
        threshold = self._knots[-1] ** self._power
        beyond = np.maximum(sizes**self._power - threshold, 0.0) / self._scale
        if abs(self._shape) < 1e-9:
            tail = np.exp(-beyond)
        else:
            tail = np.maximum(1 + self._shape * beyond, 0.0) ** (-1 / self._shape)
        return np.asarray(np.fmax(nominal, learned * tail))

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        pareto = np.array([self._shape, self._scale, self._power])
        return {"knots": self._knots, "log_p": self._log_p, "pareto": pareto}

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> LearnedTail:
        """Make a tail from what `to_arrays` returned."""
        # Older files have two numbers, of scores that are not squared.
        shape, scale, power = (float(v) for v in [*arrays["pareto"], 1.0][:3])
        return cls(arrays["knots"], arrays["log_p"], shape, scale, power)


def left_out_p_values(scores: FloatArray) -> FloatArray:
    """Return the p-values of healthy runs, each by a tail learned from the other runs.

    Beyond 40 runs: from the runs outside its fold.
    """
    n_folds = min(len(scores), _MAX_FOLDS)
    fold = np.arange(len(scores)) % n_folds
    finite = np.isfinite(scores)
    sizes = np.abs(scores[finite])
    order = np.argsort(sizes)
    sizes, owner = sizes[order], np.broadcast_to(fold[:, None], scores.shape)[finite][order]
    p = np.full(scores.shape, np.nan)
    for k in range(n_folds):
        p[fold == k] = LearnedTail.of_sorted(sizes[owner != k]).p_values(scores[fold == k])
    return p


def _pareto_moments(excess: FloatArray) -> tuple[float, float]:
    """Return shape and scale of a generalised Pareto distribution, from sorted excesses."""
    n = len(excess)
    mean = float(excess.mean())
    weights = (n - 1 - np.arange(n)) / (n - 1)
    weighted = float((weights * excess).mean())
    if mean <= 0:
        return 0.0, 1e-12
    gap = mean - 2 * weighted
    if gap <= 0:
        return 0.0, mean
    # Less a standard error: chance alone makes no exponential tail a heavy one. Never negative:
    # a tail with an end makes the first score beyond it impossible.
    shape = float(np.clip(2 - mean / gap - n**-0.5, 0.0, _MOST_SHAPE))
    return shape, max(mean * (1 - shape), 1e-12)
