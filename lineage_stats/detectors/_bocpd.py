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

    def log_constant(self, k: IntArray | FloatArray) -> FloatArray:
        """Return the part of the log marginal likelihood of `k` values that depends on `k` alone.

        The likelihood is its exponential times ``b**-(alpha + k / 2)``, where `b` is the scale
        after the values (Murphy 2007).
        """
        alpha = self.alpha + k / 2
        return np.asarray(
            special.gammaln(alpha) - special.gammaln(self.alpha)
            + self.alpha * np.log(self.beta) + 0.5 * np.log(self.kappa / (self.kappa + k))
            - k / 2 * np.log(2 * np.pi)
        )  # fmt: skip


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
    """Statistics of the segments that begin with each value: row `s` is that which begins at `s`.

    Counts are one column where no value is missing: they are the same for all series then.
    """

    def __init__(self, x: FloatArray, prior: NormalInverseGamma) -> None:
        n = len(x)
        self.mean = np.full(x.shape, float(prior.mean))
        self.beta = np.full(x.shape, float(prior.beta))
        self.known = np.isfinite(x)
        self.whole = bool(self.known.all())
        self.count = np.zeros((n, 1) if self.whole else x.shape, dtype=np.int64)
        self._x = x if self.whole else np.where(self.known, x, 0.0)
        self._deviation, self._logs = np.empty((2, *x.shape))
        k = np.arange(n + 1)
        kappa = prior.kappa + k
        self._step, self._weight, self._alpha = 1 / (kappa + 1), kappa / 2, prior.alpha + k / 2
        self._constant = prior.log_constant(k)

    def observe(self, t: int) -> FloatArray:
        """Take in the values at `t`; return log likelihoods of the segments that have begun.

        The array is overwritten by the next call. With ``b`` the scale after `k` values, the
        densities of all of them are a constant of `k` times ``b**-(alpha + k / 2)``.
        """
        now = slice(0, t + 1)
        count, mean, beta = self.count[now], self.mean[now], self.beta[now]
        deviation, change = self._deviation[now], self._logs[now]
        np.subtract(self._x[t], mean, out=deviation)
        if not self.whole:
            deviation *= self.known[t]
        np.multiply(deviation, self._step[count], out=change)
        mean += change
        change *= deviation
        change *= self._weight[count]
        beta += change
        count += 1 if self.whole else self.known[t]
        logs: FloatArray = np.log(beta, out=deviation)
        logs *= -self._alpha[count]
        logs += self._constant[count]
        return logs


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
    stay, change = np.log1p(-hazard), np.log(hazard)
    # Log evidence of all values before a segment began, and its odds to have begun there.
    before, evidence = np.zeros((n, n_series)), np.zeros(n_series)
    weight, total = np.empty((0, n_series)), np.ones(n_series)
    lagged = np.zeros((n, n_series))
    for t in range(n):
        if t:
            before[t] = evidence + (change - t * stay)
        logs = segments.observe(t)
        logs += before[: t + 1]
        top = logs.max(axis=0)
        logs -= top
        weight = np.exp(logs, out=logs)
        total = weight.sum(axis=0)
        evidence = np.log(total) + top + t * stay
        if t + 1 > lag:
            lagged[t + 1 - lag] = (1 - hazard) * weight[t + 1 - lag] / total
    posterior = np.full((n + 1, n_series), hazard if n else 1.0)
    posterior[1:] = (1 - hazard) * weight[::-1] / total
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
