"""Cells of comparable scale borrow strength from each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from scipy import special

from lineage_stats.detectors._transforms import FloatArray, IntArray

_MIN_CELLS: Final = 10
_MOST_DF: Final = 100.0
# A prior that weighs less says that the cells of a group have little in common: then it would
# widen the quiet ones and help none.
_LEAST_DF: Final = 3.0


@dataclass(frozen=True)
class VariancePrior:
    """What the variances of comparable cells have in common.

    Attributes
    ----------
    variance : ndarray of shape (n_cells,)
        Value around which the variances of a cell's group lie.
    df : ndarray of shape (n_cells,)
        How many degrees of freedom that is worth; 0 for a cell that has no group.

    Notes
    -----
    Variances of a group follow a scaled inverse chi-squared prior with `d0` degrees of freedom
    and value `s0`, estimated by the first two moments of the log variances. The posterior is
    ``(d0 s0 + d s) / (d0 + d)`` with ``d0 + d`` degrees of freedom.

    References
    ----------
    G. K. Smyth, Linear models and empirical Bayes methods for assessing differential expression
    in microarray experiments, Statistical Applications in Genetics and Molecular Biology 3
    (2004) article 3.
    """

    variance: FloatArray
    df: FloatArray

    @classmethod
    def fit(cls, variance: FloatArray, df: FloatArray, groups: IntArray) -> Self:
        """Estimate the prior of each group.

        Parameters
        ----------
        variance : ndarray of shape (n_cells,)
            Estimated variances.
        df : ndarray of shape (n_cells,)
            Their degrees of freedom.
        groups : ndarray of int of shape (n_cells,)
            Group of each cell. Groups of fewer than 10 and group -1 get no prior, nor do groups
            whose prior would weigh less than 3 degrees of freedom.
        """
        prior = cls(np.zeros(len(variance)), np.zeros(len(variance)))
        for group in np.unique(groups[groups >= 0]):
            at = np.flatnonzero((groups == group) & (variance > 0) & (df > 0))
            if len(at) >= _MIN_CELLS:
                value, worth = _moments(variance[at], df[at])
                if worth >= _LEAST_DF:
                    prior.variance[at], prior.df[at] = value, worth
        return prior

    def posterior(self, variance: FloatArray, df: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return posterior variances and their degrees of freedom.

        Parameters
        ----------
        variance, df : ndarray of shape (..., n_cells)
            Estimated variances and their degrees of freedom.
        """
        together = self.df + df
        shrunk = (self.df * self.variance + df * variance) / np.maximum(together, 1e-300)
        return np.where(self.df > 0, shrunk, variance), together


def _moments(variance: FloatArray, df: FloatArray) -> tuple[float, float]:
    """Return value and degrees of freedom of the prior of one group."""
    half = df / 2
    logs = np.log(variance) - special.digamma(half) + np.log(half)
    spread = logs.var(ddof=1) - special.polygamma(1, half).mean()
    worth = min(2 * inverse_trigamma(spread), _MOST_DF) if spread > 0 else _MOST_DF
    bias = special.digamma(worth / 2) - np.log(worth / 2)
    return float(np.exp(logs.mean() + bias)), float(worth)


def inverse_trigamma(y: float) -> float:
    """Return `x` with ``trigamma(x) == y``, by Newton's method on ``1 / trigamma``."""
    if y > 1e7:
        return float(1 / np.sqrt(y))
    if y < 1e-6:
        return 1 / y
    x = 0.5 + 1 / y
    for _ in range(50):
        value = float(special.polygamma(1, x))
        step = value * (1 - value / y) / float(special.polygamma(2, x))
        x += step
        if abs(step) < 1e-12 * x:
            break
    return float(x)
