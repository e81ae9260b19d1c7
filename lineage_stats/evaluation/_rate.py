"""A share of runs, with the interval that their number allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from lineage_stats.evaluation._checks import share


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of runs.

    Attributes
    ----------
    count : int or float
        Runs that count. A ranking with ties may count in part: with its probability to hit.
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

    count: float
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

        Raises
        ------
        ValueError
            If `confidence` is not between 0 and 1.

        References
        ----------
        E. B. Wilson, Probable inference, the law of succession, and statistical inference,
        Journal of the American Statistical Association 22 (1927) 209-212.
        """
        z = float(special.ndtri((1 + share("confidence", confidence)) / 2))
        center = (self.value + z**2 / (2 * self.n)) / (1 + z**2 / self.n)
        spread = self.value * (1 - self.value) / self.n + z**2 / (4 * self.n**2)
        half = z / (1 + z**2 / self.n) * np.sqrt(spread)
        # At the ends rounding would leave the share outside by a hair.
        low = 0.0 if self.count == 0 else max(float(center - half), 0.0)
        return low, 1.0 if self.count == self.n else min(float(center + half), 1.0)

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

        Raises
        ------
        ValueError
            If `confidence` is not between 0 and 1.

        Notes
        -----
        The ends are quantiles of the distributions Beta(k, n - k + 1) and Beta(k + 1, n - k).
        For a count k that is no whole number they lie between those of its neighbours.

        References
        ----------
        C. J. Clopper and E. S. Pearson, The use of confidence or fiducial limits illustrated in
        the case of the binomial, Biometrika 26 (1934) 404-413.
        """
        tail, k, n = (1 - share("confidence", confidence)) / 2, self.count, self.n
        low = float(special.betaincinv(k, n - k + 1, tail)) if k else 0.0
        high = float(special.betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
        return low, high

    def __repr__(self) -> str:
        low, high = self.wilson_interval()
        return (
            f"<Rate {self.count:.6g}/{self.n} = {self.value:.3g}, "
            f"95 % interval {low:.3f} to {high:.3f}>"
        )
