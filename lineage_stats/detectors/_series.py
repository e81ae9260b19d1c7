"""Changes in plain series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._bocpd import NormalInverseGamma, change_points
from lineage_stats.detectors._evidence import (
    Evidence,
    Likelihood,
    Sums,
    forward,
    most_probable_path,
)
from lineage_stats.detectors._transforms import FloatArray, IntArray

READOUTS: Final = ("run_length", "path", "posterior", "tail")
_EXACT: Final = 2_000
_PRIOR: Final = NormalInverseGamma(alpha=1.0, beta=1.0)
_LEAST_WEIGHT: Final = 1e-6
_MOST_SEGMENTS: Final = 200
_LEAST_TAIL: Final = 1e-4


@dataclass(frozen=True)
class SeriesChanges:
    """Where a series changes.

    Attributes
    ----------
    positions : tuple of int
        First values of the new segments, by the read-out that was asked for.
    probability : ndarray of shape (n,)
        P(a segment begins at value `t` | values up to ``t + lag - 1``); 0 for the last ones.
    run_length : ndarray of int of shape (n,)
        Most probable number of values of the present segment, after each value.
    tail : ndarray of shape (n,)
        Two-sided tail probability of each value if the most probable segment before it goes on.
    log_evidence : float
        Log probability density of the (standardised) series under the model.
    """

    positions: tuple[int, ...]
    probability: FloatArray = field(repr=False)
    run_length: IntArray = field(repr=False)
    log_evidence: float
    _find_tail: Callable[[], FloatArray] = field(repr=False, compare=False)

    @cached_property
    def tail(self) -> FloatArray:
        """Tail probabilities, found when they are asked for."""
        return self._find_tail()


def detect_changes(
    x: npt.ArrayLike,
    *,
    readout: str = "run_length",
    expected_run_length: float = 500.0,
    lag: int = 10,
    within: int = 1,
    threshold: float | None = None,
    prior: NormalInverseGamma | None = None,
    standardize: bool = True,
    exact: bool | None = None,
) -> SeriesChanges:
    """Find changes of mean and variance in a series.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, n_columns)
        Values in time order; NaN is missing. Columns change together.
    readout : {"run_length", "path", "posterior", "tail"}, default="run_length"
        What counts as a change. ``"run_length"``: after `lag` values the posterior probability
        that a segment began with one of them, `within` values of it, exceeds `threshold`.
        ``"path"``: the segments of the single most probable division. ``"posterior"``: going back
        from the end, the beginning of each segment whose length is the most probable one.
        ``"tail"``: a value whose tail probability under the most probable segment is below
        `threshold`, none within `lag` values of the one before.
    expected_run_length : float, default=500.0
        Expected number of values between changes.
    lag : int, default=10
        How many values of the new segment to see before a change is called.
    within : int, default=1
        How uncertain the position of a change may be: neighbours this near are one change.
    threshold : float, default=None
        None takes 0.5 for ``"run_length"`` and 1e-4 for ``"tail"``.
    prior : NormalInverseGamma, default=None
        Prior of each segment; None takes mean 0, kappa, alpha and beta 1.
    standardize : bool, default=True
        Whether each column is brought to mean 0 and standard deviation 1 first.
    exact : bool, default=None
        Whether all segments are followed to the end; False gives up those that have become
        less probable than 1e-6 and keeps 200 at most. None is True up to 2,000 values.

    Returns
    -------
    SeriesChanges
        Positions, and the series that they were read from.

    Raises
    ------
    ValueError
        If a parameter has an impossible value.

    Notes
    -----
    The model of Adams and MacKay: segments of Gaussian data with unknown mean and variance, a
    Normal-Inverse-Gamma prior and a constant hazard of ``1 / expected_run_length``. In a stationary
    series all probability is in the oldest segment, so leaving off the tail of short ones saves
    nothing; giving up single segments makes time linear in `n`. ``"path"`` is always exact and
    takes quadratic time.

    References
    ----------
    R. P. Adams and D. J. C. MacKay, Bayesian online changepoint detection, arXiv:0710.3742
    (2007). P. Fearnhead and Z. Liu, On-line inference for multiple changepoint problems, Journal
    of the Royal Statistical Society B 69 (2007) 589-605.

    Examples
    --------
    >>> import numpy as np
    >>> from lineage_stats.detectors import detect_changes
    >>> x = np.random.default_rng(0).normal(size=100)
    >>> x[60:] += 4
    >>> detect_changes(x).positions
    (60,)
    >>> detect_changes(x, readout="path").positions
    (60,)
    """
    y = _columns(x, standardize)
    _require(readout, expected_run_length, lag, within, threshold)
    hazard, prior = 1 / expected_run_length, prior or _PRIOR
    n = len(y)
    sums, likelihood = Sums.of(y - prior.mean), Likelihood(n, prior)
    everything = n <= _EXACT if exact is None else exact
    found = forward(
        sums, likelihood, hazard,
        least_weight=0.0 if everything else _LEAST_WEIGHT, most=_MOST_SEGMENTS,
    )  # fmt: skip
    probability = _begins(sums, likelihood, hazard, found, lag)
    find_tail = partial(_tails, sums, likelihood, y - prior.mean, found)
    if readout == "path":
        positions = most_probable_path(sums, likelihood, hazard)
    elif readout == "posterior":
        positions = _backwards(found)
    elif readout == "tail":
        positions = _surprises(find_tail(), _LEAST_TAIL if threshold is None else threshold, lag)
    else:
        positions = _likely(probability, 0.5 if threshold is None else threshold, lag, within)
    return SeriesChanges(
        tuple(int(t) for t in positions), probability, found.run_length[1:],
        float(found.log_evidence[-1]), find_tail,
    )  # fmt: skip


def _require(readout: str, length: float, lag: int, within: int, threshold: float | None) -> None:
    if readout not in READOUTS:
        raise ValueError(
            f"The 'readout' parameter of detect_changes must be one of {', '.join(READOUTS)}. "
            f"Got {readout!r} instead."
        )
    for name, value, good, wanted in (
        ("expected_run_length", length, length > 1, "a float > 1"),
        ("lag", lag, lag >= 1 and lag == int(lag), "an int >= 1"),
        ("within", within, within >= 0 and within == int(within), "an int >= 0"),
        ("threshold", threshold, threshold is None or 0 < threshold < 1, "a float in (0, 1)"),
    ):
        if not good:
            raise ValueError(
                f"The '{name}' parameter of detect_changes must be {wanted}. Got {value!r} instead."
            )


def _columns(x: npt.ArrayLike, standardize: bool) -> FloatArray:
    y = np.asarray(x, dtype=np.float64)
    y = y[:, None] if y.ndim == 1 else y
    if y.ndim != 2 or not len(y):
        raise ValueError(
            f"detect_changes needs values of shape (n,) or (n, n_columns). Got {np.shape(x)}."
        )
    y = np.where(np.isfinite(y), y, np.nan)
    if standardize:
        known = np.isfinite(y)
        n = np.maximum(known.sum(axis=0), 1)
        center = np.where(known, y, 0.0).sum(axis=0) / n
        squares = np.where(known, y - center, 0.0) ** 2
        scale = np.sqrt(squares.sum(axis=0) / np.maximum(n - 1, 1))
        y = (y - center) / np.where(scale > 0, scale, 1.0)
    return y


def _begins(
    sums: Sums, likelihood: Likelihood, hazard: float, found: Evidence, lag: int
) -> FloatArray:
    n = len(found.log_evidence) - 1
    probability = np.zeros(n)
    first = np.arange(1, n + 1 - lag)
    if len(first):
        logs: Any = likelihood(*sums.between(first, first + lag)).sum(axis=-1)
        logs = logs + np.log(hazard) + lag * np.log1p(-hazard)
        logs += found.log_evidence[first] - found.log_evidence[first + lag]
        probability[first] = np.exp(np.minimum(logs, 0.0))
    return probability


def _tails(sums: Sums, likelihood: Likelihood, y: FloatArray, found: Evidence) -> FloatArray:
    """Return the smallest tail probability over the columns; 1 for missing values."""
    t = np.arange(len(y))
    parts = sums.between(t - found.run_length[:-1], t)
    p = likelihood.tail(*parts, y)
    return np.asarray(np.fmin.reduce(p, axis=1, initial=1.0))


def _likely(probability: FloatArray, least: float, lag: int, within: int) -> IntArray:
    """Return the peaks of what is likely together with its neighbours."""
    near = np.convolve(probability, np.ones(2 * within + 1))[within : within + len(probability)]
    peaks = np.where(near > least, probability, 0.0)
    return change_points(peaks[:, None], 0.0, lag)[1]


def _backwards(found: Evidence) -> IntArray:
    positions, t = [], len(found.run_length) - 1
    while (t := t - int(found.run_length[t])) > 0:
        positions.append(t)
    return np.array(positions[::-1], dtype=np.int64)


def _surprises(tail: FloatArray, threshold: float, lag: int) -> IntArray:
    positions: list[int] = []
    for t in np.flatnonzero(tail < threshold).tolist():
        if not positions or t - positions[-1] > lag:
            positions.append(t)
    return np.array(positions, dtype=np.int64)
