"""Cells of comparable scale borrow strength from each other."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from lineage_stats.detectors._transforms import FloatArray, IntArray

_MIN_CELLS: Final = 10
_MOST_DF: Final = 100.0
# A prior that weighs less says that the cells of a group have little in common: then it would
# widen the quiet ones and help none.
_LEAST_DF: Final = 3.0


def shrink_variances(
    variance: FloatArray, df: FloatArray, groups: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Shrink variances towards a common value within groups, as far as the data support it.

    Parameters
    ----------
    variance : ndarray of shape (n_cells,)
        Estimated variances.
    df : ndarray of shape (n_cells,)
        Their degrees of freedom.
    groups : ndarray of int of shape (n_cells,)
        Group of each cell; groups of fewer than 10 and group -1 are left as they are, and so
        are groups whose prior would weigh less than 3 degrees of freedom.

    Returns
    -------
    variance, df : ndarray of shape (n_cells,)
        Posterior variances and their degrees of freedom.

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
    variance, df = variance.copy(), df.copy()
    for group in np.unique(groups[groups >= 0]):
        at = np.flatnonzero((groups == group) & (variance > 0) & (df > 0))
        if len(at) < _MIN_CELLS:
            continue
        half = df[at] / 2
        logs = np.log(variance[at]) - special.digamma(half) + np.log(half)
        spread = logs.var(ddof=1) - special.polygamma(1, half).mean()
        prior_df = min(2 * inverse_trigamma(spread), _MOST_DF) if spread > 0 else _MOST_DF
        if prior_df < _LEAST_DF:
            continue
        bias = special.digamma(prior_df / 2) - np.log(prior_df / 2)
        prior = np.exp(logs.mean() + bias)
        variance[at] = (prior_df * prior + df[at] * variance[at]) / (prior_df + df[at])
        df[at] += prior_df
    return variance, df


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
