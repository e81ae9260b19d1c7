"""Bayesian online change-point detection, exact, over many series at once. Arrays only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
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
    center, scale, df : ndarray of shape (n_series,)
        Student-t predictive of the next value if the most probable segment of `lag` values
        or more goes on: three values of a burst are no new state.
    run_length : ndarray of int of shape (n_series,)
        Length of that segment.
    lagged : ndarray of shape (n, n_series)
        P(a segment begins at value `t` | values up to ``t + lag - 1``); 0 for the last ones.
    """

    posterior: FloatArray
    center: FloatArray
    scale: FloatArray
    df: FloatArray
    run_length: IntArray
    lagged: FloatArray


class _Segments:
    """Sufficient statistics of all run lengths: row `r` is the posterior after `r` values."""

    def __init__(self, n: int, n_series: int, prior: NormalInverseGamma) -> None:
        shape = (n + 1, n_series)
        self.mean = np.full(shape, prior.mean)
        self.beta = np.full(shape, prior.beta)
        self.count = np.zeros(shape)
        self.prior = prior

    def kappa(self, t: int) -> FloatArray:
        return self.prior.kappa + self.count[: t + 1]

    def df(self, t: int) -> FloatArray:
        return 2 * self.prior.alpha + self.count[: t + 1]

    def variance(self, t: int) -> FloatArray:
        """Return the squared scale of the predictive."""
        kappa = self.kappa(t)
        return np.asarray(2 * self.beta[: t + 1] * (kappa + 1) / (self.df(t) * kappa))

    def observe(self, x: FloatArray, t: int) -> None:
        """Move every run length on by one and take in `x`; NaN moves on and adds nothing."""
        known = np.isfinite(x)
        kappa, deviation = self.kappa(t), np.where(known, x - self.mean[: t + 1], 0.0)
        mean = self.mean[: t + 1] + deviation / (kappa + 1)
        beta = self.beta[: t + 1] + kappa * deviation**2 / (2 * (kappa + 1))
        self.count[1 : t + 2] = self.count[: t + 1] + known
        self.mean[1 : t + 2], self.beta[1 : t + 2] = mean, beta
        self.mean[0], self.beta[0], self.count[0] = self.prior.mean, self.prior.beta, 0


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
        Posteriors and predictives.

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
    segments = _Segments(n, n_series, prior or NormalInverseGamma())
    posterior = np.zeros((n + 1, n_series))
    posterior[0] = 1.0
    lagged = np.zeros((n, n_series))
    columns = np.arange(n_series)
    for t in range(n):
        weight = posterior[: t + 1] * _likelihood(x[t], segments, t)
        total = weight.sum(axis=0)
        posterior[1 : t + 2] = (1 - hazard) * weight / total
        posterior[0] = hazard
        segments.observe(x[t], t)
        if t + 1 > lag:
            lagged[t + 1 - lag] = posterior[lag]
    run_length = _most_probable(posterior, n, lag)
    center, scale, df = _continued(run_length, segments, columns)
    return FilterResult(posterior, center, scale, df, run_length, lagged)


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


def _likelihood(x: FloatArray, segments: _Segments, t: int) -> FloatArray:
    """Return the predictive density of `x` by run length, up to a factor by column."""
    df, variance = segments.df(t), segments.variance(t)
    logs = (
        special.gammaln((df + 1) / 2)
        - special.gammaln(df / 2)
        - 0.5 * np.log(df * variance)
        - (df + 1) / 2 * np.log1p((x - segments.mean[: t + 1]) ** 2 / (df * variance))
    )
    logs = np.where(np.isfinite(x), logs, 0.0)
    return np.asarray(np.exp(logs - logs.max(axis=0)))


def _most_probable(posterior: FloatArray, t: int, least: int) -> IntArray:
    """Return the most probable run length of each series, of those of `least` or more."""
    first = min(t, least)
    return np.asarray(posterior[first : t + 1].argmax(axis=0) + first, dtype=np.int64)


def _continued(
    r: IntArray, segments: _Segments, columns: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return center, scale and df of the next value if a segment of length `r` goes on."""
    kappa = segments.prior.kappa + segments.count[r, columns]
    df = 2 * segments.prior.alpha + segments.count[r, columns]
    variance = 2 * segments.beta[r, columns] * (kappa + 1) / (df * kappa)
    return segments.mean[r, columns], np.sqrt(variance), df


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
