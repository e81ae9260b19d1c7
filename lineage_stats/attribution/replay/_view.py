"""The game of a few players, the rest of the suspects being as they were in the run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution.replay._coalitions import Coalition, Coalitions, Outcome

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


class View:
    """Coalitions of a few players as bit masks.

    Parameters
    ----------
    game : Coalitions
        What runs them.
    players : sequence of str
        The players; player i is bit i.
    others : frozenset of str
        Suspects that stay at their faulty version.
    """

    def __init__(self, game: Coalitions, players: Sequence[str], others: Coalition) -> None:
        self.game, self.players, self.others = game, tuple(players), others
        self.n = len(self.players)
        self.full = (1 << self.n) - 1

    def coalition(self, mask: int) -> Coalition:
        """Return the suspects at their faulty version."""
        return self.others | {name for i, name in enumerate(self.players) if mask >> i & 1}

    def find(self, masks: Iterable[int]) -> None:
        """Run what is not known; raises BudgetSpentError."""
        self.game.find(map(self.coalition, masks))

    def knows(self, mask: int) -> bool:
        """Whether a coalition was run."""
        return self.coalition(mask) in self.game.known

    def outcome(self, mask: int) -> Outcome:
        """Return what a known coalition gave."""
        return self.game.known[self.coalition(mask)]

    def mean(self, mask: int) -> float:
        """Return the mean value of a known coalition; NaN where it broke down."""
        return self.outcome(mask).mean

    def tables(self) -> tuple[FloatArray, BoolArray]:
        """Return the values of all coalitions by seed, NaN where not known, and which are."""
        known = [mask for mask in range(self.full + 1) if self.knows(mask)]
        values = {mask: self.outcome(mask).values for mask in known}
        n_seeds = max((len(found) for found in values.values()), default=0)
        worth = np.full((max(n_seeds, 1), self.full + 1), np.nan)
        for mask, found in values.items():
            if found:
                worth[:, mask] = found
        return worth, np.isfinite(worth).all(axis=0)
