"""Shares of runs, with the interval that their number allows."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.evaluation._rank import rank_of_truth


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of runs.

    Attributes
    ----------
    count : int
        Runs that count.
    n : int
        All runs.

    Examples
    --------
    >>> rate = Rate(3, 200)
    >>> rate.value
    0.015
    >>> rate
    <Rate 3/200 = 0.015, 95 % interval 0.005 to 0.043>
    """

    count: int
    n: int

    def __post_init__(self) -> None:
        if self.n < 1 or not 0 <= self.count <= self.n:
            raise ValueError(
                f"A rate needs 0 <= count <= n and n >= 1; got {self.count} of {self.n}. "
                "There may be no run of the wanted label."
            )

    @property
    def value(self) -> float:
        """The share."""
        return self.count / self.n

    def __float__(self) -> float:
        return self.value

    def wilson_interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return Wilson's score interval: on average it covers as often as it says.

        Parameters
        ----------
        confidence : float, default=0.95
            How often the interval should cover the true rate.

        Returns
        -------
        low, high : float
            Ends of the interval.

        References
        ----------
        E. B. Wilson, Probable inference, the law of succession, and statistical inference,
        Journal of the American Statistical Association 22 (1927) 209-212.
        """
        z = _quantile(confidence)
        center = (self.value + z**2 / (2 * self.n)) / (1 + z**2 / self.n)
        spread = self.value * (1 - self.value) / self.n + z**2 / (4 * self.n**2)
        half = z / (1 + z**2 / self.n) * np.sqrt(spread)
        return max(float(center - half), 0.0), min(float(center + half), 1.0)

    def clopper_pearson_interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the exact interval: it never covers less often than it says.

        Parameters
        ----------
        confidence : float, default=0.95
            How often the interval must cover the true rate.

        Returns
        -------
        low, high : float
            Ends of the interval.

        References
        ----------
        C. J. Clopper and E. S. Pearson, The use of confidence or fiducial limits illustrated in
        the case of the binomial, Biometrika 26 (1934) 404-413.
        """
        _quantile(confidence)
        tail, k, n = (1 - confidence) / 2, self.count, self.n
        low = float(special.betaincinv(k, n - k + 1, tail)) if k else 0.0
        high = float(special.betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
        return low, high

    def __repr__(self) -> str:
        low, high = self.wilson_interval()
        return (
            f"<Rate {self.count}/{self.n} = {self.value:.3g}, "
            f"95 % interval {low:.3f} to {high:.3f}>"
        )


def false_alarm_rate(flagged: npt.ArrayLike, faulty: npt.ArrayLike) -> Rate:
    """Return the share of healthy runs that were flagged.

    Parameters
    ----------
    flagged : array-like of bool of shape (n_runs,)
        Whether each run was flagged.
    faulty : array-like of bool of shape (n_runs,)
        Whether each run was faulty.

    Returns
    -------
    Rate
        Flagged healthy runs among the healthy ones.

    Raises
    ------
    ValueError
        If the arrays differ in length, or no run was healthy.

    Examples
    --------
    >>> false_alarm_rate([True, False, False, True], [False, False, False, True]).value
    0.3333333333333333
    """
    hits, truth = _labels(flagged, faulty)
    return Rate(int((hits & ~truth).sum()), int((~truth).sum()))


def recall(flagged: npt.ArrayLike, faulty: npt.ArrayLike) -> Rate:
    """Return the share of faulty runs that were flagged.

    Parameters
    ----------
    flagged : array-like of bool of shape (n_runs,)
        Whether each run was flagged.
    faulty : array-like of bool of shape (n_runs,)
        Whether each run was faulty.

    Returns
    -------
    Rate
        Flagged faulty runs among the faulty ones.

    Raises
    ------
    ValueError
        If the arrays differ in length, or no run was faulty.

    Examples
    --------
    >>> recall([True, False, True], [True, True, False]).value
    0.5
    """
    hits, truth = _labels(flagged, faulty)
    return Rate(int((hits & truth).sum()), int(truth.sum()))


def hit_at_k(
    rankings: Sequence[Sequence[Hashable]],
    truths: Sequence[Hashable | Collection[Hashable]],
    k: int = 1,
) -> Rate:
    """Return the share of rankings that hold the truth among their first `k` items.

    Parameters
    ----------
    rankings : sequence of sequences
        One ranking per faulty run, the most suspicious item first.
    truths : sequence of items, or of sets, lists or tuples of items
        The truth of each, in the same order; of several items any one counts.
    k : int, default=1
        How many items are looked at.

    Returns
    -------
    Rate
        Rankings with a hit among all rankings.

    Raises
    ------
    ValueError
        If there is no ranking, not one truth per ranking, or `k` is less than 1.

    Examples
    --------
    >>> hit_at_k([["merge", "read"], ["fit", "read"]], ["merge", "read"], k=1).value
    0.5
    """
    if k < 1 or len(rankings) != len(truths):
        raise ValueError(
            f"hit_at_k needs k >= 1 and one truth per ranking; got k = {k}, "
            f"{len(rankings)} rankings and {len(truths)} truths."
        )
    pairs = zip(rankings, truths, strict=True)
    return Rate(sum(rank_of_truth(r, t) <= k for r, t in pairs), len(rankings))


def _labels(
    flagged: npt.ArrayLike, faulty: npt.ArrayLike
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    hits, truth = np.asarray(flagged), np.asarray(faulty)
    if hits.shape != truth.shape or hits.ndim != 1:
        raise ValueError(
            f"'flagged' and 'faulty' must be one label per run; got shapes {hits.shape} and "
            f"{truth.shape}."
        )
    for name, labels in (("flagged", hits), ("faulty", truth)):
        if not np.isin(labels, (0, 1)).all():
            raise ValueError(f"'{name}' must hold True and False (or 1 and 0) only.")
    return hits.astype(bool), truth.astype(bool)


def _quantile(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"'confidence' must be a float in (0, 1). Got {confidence!r} instead.")
    return float(special.ndtri((1 + confidence) / 2))
