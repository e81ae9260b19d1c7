"""What counts as restored."""

from __future__ import annotations

from dataclasses import dataclass

from lineage_stats.attribution._attribution import Attribution
from lineage_stats.attribution.replay._coalitions import Outcome

RECOVERED = 0.8  # part of the drop whose return counts as its end


@dataclass(frozen=True)
class Level:
    """The healthy level of a metric, as a replay is held against it.

    Attributes
    ----------
    center : float
        Median of the healthy runs.
    limit : float
        The worst value that is still healthy.
    faulty : float
        Value of the run.
    greater_is_better : bool
        Which way the metric is better.
    """

    center: float
    limit: float
    faulty: float
    greater_is_better: bool

    @classmethod
    def of(cls, prior: Attribution) -> Level:
        """Return the level that an attribution found."""
        limit = prior.lower if prior.greater_is_better else prior.upper
        return cls(prior.center, limit, prior.value, prior.greater_is_better)

    @property
    def is_worse(self) -> bool:
        """Whether the run itself is outside the healthy range."""
        return self.harm(self.faulty) > self.harm(self.limit)

    def harm(self, value: float) -> float:
        """Return by how much a value is worse than the centre."""
        return self.center - value if self.greater_is_better else value - self.center

    def is_restored(self, outcome: Outcome) -> bool:
        """Whether a replay brought the metric back."""
        if outcome.crashed:
            return False
        harm = self.harm(outcome.mean)
        if self.is_worse and harm <= self.harm(self.limit):
            return True
        return harm <= (1 - RECOVERED) * self.harm(self.faulty)
