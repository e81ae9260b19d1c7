"""How whole numbers spread over many calls, in constant memory."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

_STATISTICS = ("mean", "sd", "min", "max")


class Spread:
    """Mean, standard deviation, least and greatest of whole numbers that come one by one.

    Sums of integers are exact, so that the order of the numbers does not matter.

    Examples
    --------
    >>> spread = Spread()
    >>> for n_rows in (2, 4, 9):
    ...     spread.add(n_rows)
    >>> spread.features("rows_out")["rows_out_mean"]
    5.0
    """

    __slots__ = ("_greatest", "_least", "_squares", "_total", "n")

    def __init__(self) -> None:
        self.n = self._total = self._squares = self._least = self._greatest = 0

    def add(self, value: int) -> None:
        """Take another number."""
        if not self.n or value < self._least:
            self._least = value
        if not self.n or value > self._greatest:
            self._greatest = value
        self.n += 1
        self._total += value
        self._squares += value * value

    def features(self, name: str, scale: int = 1) -> dict[str, float]:
        """Return the statistics as ``NAME_mean`` and so on, each divided by `scale`.

        The standard deviation is that of the numbers themselves, with divisor n.
        """
        n = self.n
        if not n:
            return {}
        sd = sqrt(n * self._squares - self._total * self._total) / n
        values = (self._total / n, sd, self._least, self._greatest)
        return {f"{name}_{s}": v / scale for s, v in zip(_STATISTICS, values, strict=True)}


def merged_spread(
    name: str,
    first: Mapping[str, float],
    n_first: float,
    second: Mapping[str, float],
    n_second: float,
) -> dict[str, float]:
    """Return the statistics of two sets of numbers together; empty where one has none.

    Parameters
    ----------
    name : str
        What the statistics are of.
    first, second : mapping of str to float
        Features, among them those that `Spread.features` returned.
    n_first, n_second : float
        How many numbers each set has.

    Returns
    -------
    dict of str to float
        With variances put together by the law of total variance.
    """
    names = [f"{name}_{statistic}" for statistic in _STATISTICS]
    if not (first.keys() >= set(names) and second.keys() >= set(names)):
        return {}
    (m1, s1, low1, high1), (m2, s2, low2, high2) = (
        [features[key] for key in names] for features in (first, second)
    )
    w1 = n_first / (n_first + n_second)
    w2 = 1 - w1
    variance = w1 * s1 * s1 + w2 * s2 * s2 + w1 * w2 * (m1 - m2) ** 2
    values = (w1 * m1 + w2 * m2, sqrt(variance), min(low1, low2), max(high1, high2))
    return dict(zip(names, values, strict=True))
