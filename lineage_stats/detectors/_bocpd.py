"""Bayesian online change-point detection, exact, over many series at once. Arrays only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.detectors._transforms import FloatArray, IntArray


@dataclass(frozen=True)
class NormalInverseGamma:
    """Conjugate prior of mean and variance of Gaussian data.

    Attributes
    ----------
    mean : float
        Prior mean.
    kappa : float
        How many observations the prior mean is worth.
    alpha, beta : float
        Shape and scale of the inverse gamma prior of the variance.
    """

    mean: float = 0.0
    kappa: float = 1.0
    alpha: float = 0.5
    beta: float = 0.5


@dataclass(frozen=True)
class FilterResult:
    """What the filter found, series by series.

    Attributes
    ----------
    posterior : ndarray of shape (n + 1, n_series)
        P(the last `r` values belong to the present segment), for each `r`.
    lagged : ndarray of shape (n, n_series)
        P(a segment begins at value `t` | values up to ``t + lag - 1``); 0 for the last ones.
    """

    posterior: FloatArray
    lagged: FloatArray


class _Segments:
    """Sufficient statistics of all run lengths: row `r` is the posterior after `r` values.

    Counts have one column where no value is missing: they are the same for all series then.
    """

    def __init__(self, x: FloatArray, prior: NormalInverseGamma) -> None:
        n, n_series = x.shape
        shape = (n + 1, n_series)
        self.mean = np.full(shape, prior.mean)
        self.beta = np.full(shape, prior.beta)
        self.log_beta = np.full(shape, np.log(prior.beta))
        self.whole = bool(np.isfinite(x).all())
        self.count = np.zeros((n + 1, 1 if self.whole else n_series), dtype=np.int64)
        self.prior = prior
        k = np.arange(n + 2)
        kappa, half = prior.kappa + k, prior.alpha + k / 2
        self._constant = (
            special.gammaln(half + 0.5) - special.gammaln(half)
            - 0.5 * np.log(2 * np.pi * (kappa + 1) / kappa)
        )  # fmt: skip

    def observe(self, x: FloatArray, t: int) -> FloatArray:
        """Move every run length on by one and take in `x`; return log densities of `x`.

        NaN moves on, adds nothing, and has density 1. With ``b`` before and ``b'`` after a value,
        the Student-t density is a constant of the count times ``b**a / b'**(a + 1/2)``.
        """
        now = slice(0, t + 1)
        count = self.count[now]
        kappa, half = self.prior.kappa + count, self.prior.alpha + count / 2
        deviation = x - self.mean[now]
        known: npt.NDArray[np.bool_] | int = 1
        if not self.whole:
            known = np.isfinite(x)
            deviation = np.where(known, deviation, 0.0)
        mean = self.mean[now] + deviation / (kappa + 1)
        beta = self.beta[now] + np.square(deviation) * (kappa / (2 * (kappa + 1)))
        log_beta = np.log(beta)
        logs = half * self.log_beta[now] - (half + 0.5) * log_beta
        logs += self._constant[count]
        if not self.whole:
            logs = np.where(known, logs, 0.0)
        after = slice(1, t + 2)
        self.count[after] = count + known
        self.mean[after], self.beta[after], self.log_beta[after] = mean, beta, log_beta
        self.mean[0], self.beta[0] = self.prior.mean, self.prior.beta
        self.log_beta[0], self.count[0] = np.log(self.prior.beta), 0
        return np.asarray(logs)


def run_length_filter(
    x: FloatArray, *, hazard: float, lag: int, prior: NormalInverseGamma | None = None
) -> FilterResult:
    """Filter each column of `x` for changes of mean and variance.

    Parameters
    ----------
    x : ndarray of shape (n, n_series)
        Values in time order, about standardised; NaN is missing.
    hazard : float
        Prior probability of a change at each value.
    lag : int
        How many values of the new segment to see before a change is called.
    prior : NormalInverseGamma, default=None
        Prior of each segment.

    Returns
    -------
    FilterResult
        Posteriors.

    Notes
    -----
    The recursion of Adams and MacKay over run lengths, exact: nothing is pruned, so time is
    quadratic and memory linear in `n`.

    References
    ----------
    R. P. Adams and D. J. C. MacKay, Bayesian online changepoint detection, arXiv:0710.3742
    (2007). K. P. Murphy, Conjugate Bayesian analysis of the Gaussian distribution (2007).
    """
    n, n_series = x.shape
    segments = _Segments(x, prior or NormalInverseGamma())
    posterior = np.zeros((n + 1, n_series))
    posterior[0] = 1.0
    lagged = np.zeros((n, n_series))
    for t in range(n):
        logs = segments.observe(x[t], t)
        logs -= logs.max(axis=0)
        weight = np.exp(logs, out=logs)
        weight *= posterior[: t + 1]
        weight *= (1 - hazard) / weight.sum(axis=0)
        posterior[1 : t + 2] = weight
        posterior[0] = hazard
        if t + 1 > lag:
            lagged[t + 1 - lag] = posterior[lag]
    return FilterResult(posterior, lagged)


@dataclass(frozen=True)
class LeftOut:
    """Student-t predictive of each value from the others of its column, (n, n_series) arrays.

    Attributes
    ----------
    center, scale, df : ndarray
        Of the predictive.
    n : ndarray
        Number of other values.
    """

    center: FloatArray
    scale: FloatArray
    df: FloatArray
    n: FloatArray


def predict_left_out(x: FloatArray, prior: NormalInverseGamma | None = None) -> LeftOut:
    """Predict each value of one segment from the others; NaN is missing."""
    prior = prior or NormalInverseGamma()
    known = np.isfinite(x)
    value = np.where(known, x - prior.mean, 0.0)
    n = known.sum(axis=0) - known.astype(np.float64)
    total = value.sum(axis=0) - value
    kappa, df = prior.kappa + n, 2 * prior.alpha + n
    squares = (value**2).sum(axis=0) - value**2
    beta = prior.beta + np.maximum(squares - total**2 / kappa, 0.0) / 2
    scale = np.sqrt(2 * beta * (kappa + 1) / (df * kappa))
    return LeftOut(prior.mean + total / kappa, scale, df, n)


def change_points(lagged: FloatArray, threshold: float, lag: int) -> tuple[IntArray, IntArray]:
    """Return series and positions of changes: probable, and the most probable within `lag`.

    Parameters
    ----------
    lagged : ndarray of shape (n, n_series)
        As of `FilterResult`.
    threshold : float
        Probability from which a change is called.
    lag : int
        Two changes are at least this far apart.

    Returns
    -------
    series, position : ndarray of int
        Sorted by series, then by position, the index of a segment's first value.
    """
    found: list[tuple[int, int]] = []
    for series in np.flatnonzero((lagged > threshold).any(axis=0)):
        column = lagged[:, series].copy()
        while (peak := int(column.argmax())) and column[peak] > threshold:
            found.append((int(series), peak))
            column[max(peak - lag + 1, 0) : peak + lag] = 0.0
    found.sort()
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
