"""Whether stated probabilities, errors and intervals are true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.evaluation._checks import labels, numbers, same_length, share
from lineage_stats.evaluation._rate import Rate

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.5, 0.8, 0.9, 0.95)
SMALL_LEVELS = (0.001, 0.01, 0.05, 0.1)


def coverage(truth: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike) -> Rate:
    """Return the share of intervals that hold the true value.

    Parameters
    ----------
    truth : array-like of float of shape (n,)
        True values.
    low, high : array-like of float of shape (n,)
        Ends of the intervals, which belong to them.

    Returns
    -------
    Rate
        Intervals that hold the truth among all.

    Raises
    ------
    ValueError
        If the arrays are empty, differ in length or hold NaN.

    Examples
    --------
    >>> coverage([1, 2, 3], [0, 0, 0], [1, 1, 5]).value
    0.6666666666666666
    """
    value, lowest, highest = numbers(truth=truth, low=low, high=high)
    return Rate(int(((lowest <= value) & (value <= highest)).sum()), len(value))


def error_coverage(
    truth: npt.ArrayLike,
    estimate: npt.ArrayLike,
    standard_error: npt.ArrayLike,
    *,
    levels: Sequence[float] = LEVELS,
) -> dict[float, Rate]:
    """Return how often intervals of stated standard errors hold the true value.

    Parameters
    ----------
    truth : array-like of float of shape (n,)
        True values.
    estimate : array-like of float of shape (n,)
        What was said of them.
    standard_error : array-like of float of shape (n,)
        The error that was stated, not negative.
    levels : sequence of float, default=(0.5, 0.8, 0.9, 0.95)
        Confidences in (0, 1).

    Returns
    -------
    dict of float to Rate
        For each level the share of the intervals that hold the truth. Honest errors give the
        level itself.

    Raises
    ------
    ValueError
        If the arrays are empty, differ in length or hold NaN, or if a level is not in (0, 1).

    Notes
    -----
    The interval of level c is ``estimate`` plus and minus ``z((1 + c) / 2)`` times
    ``standard_error``, z being the quantile of the normal distribution.

    Examples
    --------
    >>> error_coverage([0.0, 0.0], [0.5, 3.0], [1.0, 1.0], levels=[0.95])
    {0.95: <Rate 1/2 = 0.5, 95 % interval 0.095 to 0.905>}
    """
    value, center, error = numbers(truth=truth, estimate=estimate, standard_error=standard_error)
    reach = [float(special.ndtri((1 + share("levels", level)) / 2)) for level in levels]
    return {
        level: coverage(value, center - z * error, center + z * error)
        for level, z in zip(levels, reach, strict=True)
    }


def rejection_rates(
    p_values: npt.ArrayLike, *, levels: Sequence[float] = SMALL_LEVELS
) -> dict[float, Rate]:
    """Return how often p-values of healthy runs are at or below given levels.

    Parameters
    ----------
    p_values : array-like of float of shape (n_runs,)
        P-values of healthy runs.
    levels : sequence of float, default=(0.001, 0.01, 0.05, 0.1)
        Levels in (0, 1).

    Returns
    -------
    dict of float to Rate
        For each level the share of the runs at or below it. Honest p-values give at most the
        level itself.

    Raises
    ------
    ValueError
        If there is no p-value, one is NaN, or a level is not in (0, 1).

    Examples
    --------
    >>> rejection_rates([0.02, 0.3, 0.6, 0.9], levels=[0.05])[0.05].value
    0.25
    """
    (p,) = numbers(p_values=p_values)
    return {c: Rate(int((p <= share("levels", c)).sum()), len(p)) for c in levels}


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Statements of about one probability.

    Attributes
    ----------
    stated : float
        Mean of the stated probabilities.
    observed : Rate
        How often it came true.
    """

    stated: float
    observed: Rate


@dataclass(frozen=True, slots=True)
class Reliability:
    """Stated probabilities against what came true.

    Attributes
    ----------
    bins : tuple of ReliabilityBin
        From low to high probability; bins without a statement are left out.
    brier : float
        Brier score: mean squared difference of probability and outcome.

    Examples
    --------
    >>> reliability([0.1, 0.2, 0.9, 0.9], [0, 0, 1, 1], n_bins=2)
    <Reliability: error 0.125 in 2 bins of 4 statements, Brier score 0.018>
    """

    bins: tuple[ReliabilityBin, ...]
    brier: float

    @property
    def error(self) -> float:
        """Expected calibration error: mean of ``|stated - observed|`` of bins, over statements."""
        gaps = [b.observed.n * abs(b.stated - b.observed.value) for b in self.bins]
        return float(sum(gaps) / self.n)

    @property
    def n(self) -> int:
        """Number of statements."""
        return sum(b.observed.n for b in self.bins)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per bin: ``stated``, ``observed``, ``low``, ``high`` (95 %), ``n``."""
        import pandas as pd

        rows = [
            (b.stated, b.observed.value, *b.observed.wilson_interval(), b.observed.n)
            for b in self.bins
        ]
        return pd.DataFrame(rows, columns=["stated", "observed", "low", "high", "n"])

    def __repr__(self) -> str:
        return (
            f"<Reliability: error {self.error:.3g} in {len(self.bins)} bins of {self.n} "
            f"statements, Brier score {self.brier:.2g}>"
        )


def reliability(
    probability: npt.ArrayLike, came_true: npt.ArrayLike, *, n_bins: int = 10
) -> Reliability:
    """Compare stated probabilities with what came true.

    Parameters
    ----------
    probability : array-like of float of shape (n,)
        Stated probabilities, as that an operation is the cause.
    came_true : array-like of bool of shape (n,)
        Whether it was so.
    n_bins : int, default=10
        Number of bins of equal width from 0 to 1.

    Returns
    -------
    Reliability
        Bins, expected calibration error and Brier score.

    Raises
    ------
    ValueError
        If the arrays are empty or differ in length, a probability is outside [0, 1], or `n_bins`
        is less than 1.

    Notes
    -----
    With n_b of n statements in bin b, mean stated probability p_b and share o_b that came true,
    the error is the sum of ``n_b / n * |p_b - o_b|`` [1]_.

    References
    ----------
    .. [1] M. P. Naeini, G. F. Cooper and M. Hauskrecht (2015). Obtaining well calibrated
       probabilities using Bayesian binning. AAAI, 2901-2907.

    Examples
    --------
    >>> reliability([0.2, 0.2, 0.2, 0.2, 0.2], [1, 0, 0, 0, 0]).error
    0.0
    """
    (p,), (truth,) = numbers(probability=probability), labels(came_true=came_true)
    n = same_length(probability=p, came_true=truth)
    if not n or n_bins < 1 or not ((p >= 0) & (p <= 1)).all():
        found = f" from {p.min():g} to {p.max():g}" if n else ""
        raise ValueError(
            "reliability needs probabilities in [0, 1] and n_bins >= 1; got "
            f"{n} probabilities{found} and {n_bins} bins."
        )
    where = np.minimum((p * n_bins).astype(int), n_bins - 1)
    bins = tuple(
        ReliabilityBin(float(p[at].mean()), Rate(int(truth[at].sum()), int(at.sum())))
        for b in range(n_bins)
        if (at := where == b).any()
    )
    return Reliability(bins, float(np.mean((p - truth) ** 2)))
