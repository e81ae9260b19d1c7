"""Time that nobody would miss is no finding, however unusual it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from lineage_stats.detectors._roles import DISTANCE, Roles
from lineage_stats.detectors._transforms import FloatArray, IntArray
from lineage_stats.features import Cell, parse_feature

_TIMES: Final = ("duration", "cpu")
# A machine that fetches memory or collects garbage takes so long at times.
_SECONDS: Final = 0.02
_SHARE: Final = 0.05


@dataclass(frozen=True)
class TimeLaw:
    """From where on the time of an operation matters to its run.

    Attributes
    ----------
    cell : ndarray of int of shape (n_times,)
        Cells that tell how long an operation took.
    usual : ndarray of shape (n_times,)
        Their healthy medians.
    missed : ndarray of shape (n_times,)
        Difference from which on they are judged: a fiftieth of a second, or a twentieth of what
        all operations take if that is less.

    Notes
    -----
    An operation of a tenth of a millisecond takes ten where the machine fetches memory for it, in
    one run of many: hundreds of such operations would be most of the false alarms of a pipeline.
    """

    cell: IntArray
    usual: FloatArray
    missed: FloatArray

    @classmethod
    def fit(cls, X: FloatArray, cells: tuple[Cell, ...], roles: Roles) -> Self:
        """Add up the times of healthy runs."""
        statistic = np.array([parse_feature(cell.feature).statistic for cell in cells])
        usual = np.zeros(len(cells))
        timed = np.flatnonzero(np.isin(statistic, _TIMES) & np.isfinite(X).any(axis=0))
        usual[timed] = np.nanmedian(X[:, timed], axis=0)
        cell = timed[roles.role[timed] == DISTANCE]
        total = {name: float(usual[statistic == name].sum()) for name in _TIMES}
        missed = _SHARE * np.array([total[name] for name in statistic[cell]])
        return cls(cell, usual[cell], np.minimum(missed, _SECONDS))

    @classmethod
    def nothing(cls) -> Self:
        """Return a law for no cells."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))

    def bound(self, scores: FloatArray, X: FloatArray) -> FloatArray:
        """Return scores, 0 where the time is too near the usual one to matter."""
        if not len(self.cell):
            return scores
        small = np.abs(X[:, self.cell] - self.usual) < self.missed
        scores[:, self.cell] = np.where(small, 0.0, scores[:, self.cell])
        return scores
