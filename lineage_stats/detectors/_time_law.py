"""Time that nobody would miss is no finding, however unusual it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.detectors._roles import DISTANCE, Roles
from lineage_stats.detectors._transforms import FloatArray, IntArray
from lineage_stats.features import Cell, parse_feature

_TIMES: Final = ("duration", "cpu")
# A machine that fetches memory or collects garbage takes so long at times.
_SECONDS: Final = 0.02
_SHARE: Final = 0.05
# The interpreter collects its garbage for a tenth of a second at one operation of a run, whichever
# it may be; one that takes a hundredth of a second or more has a spread of its own to tell by.
_PAUSE: Final = 0.1
_QUICK: Final = 0.01
_INDEX: Final = 3


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
    n : ndarray of shape (n_times,)
        Number of healthy values.

    Notes
    -----
    An operation of a tenth of a millisecond takes ten where the machine fetches memory for it, in
    one run of many: hundreds of such operations would be most of the false alarms of a pipeline.
    It takes hundreds where the interpreter collects garbage, which may be at any operation and
    was not seen at this one. So the p-value of one that usually takes less than a hundredth of a
    second is ``2 / (n + 1) / (1 + d)**3`` at least, `d` tenths of a second off its median.
    """

    cell: IntArray
    usual: FloatArray
    missed: FloatArray
    n: FloatArray

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
        n = np.isfinite(X[:, cell]).sum(axis=0).astype(np.float64)
        return cls(cell, usual[cell], np.minimum(missed, _SECONDS), n)

    @classmethod
    def nothing(cls) -> Self:
        """Return a law for no cells."""
        none = np.empty(0)
        return cls(np.empty(0, dtype=np.int64), none, none, none)

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> Self:
        """Make a law from its arrays; older files know of no pauses."""
        return cls(**{"n": np.full(len(arrays["cell"]), np.inf), **arrays})

    def bound(self, scores: FloatArray, X: FloatArray) -> FloatArray:
        """Return scores, 0 where the time is too near the usual one to matter."""
        if not len(self.cell):
            return scores
        off = np.abs(X[:, self.cell] - self.usual)
        paused = np.minimum(2 / (self.n + 1) / (1 + off / _PAUSE) ** _INDEX, 1.0)
        most = np.where(self.usual < _QUICK, -special.ndtri(paused / 2), np.inf)
        bounded = np.clip(scores[:, self.cell], -most, most)
        scores[:, self.cell] = np.where(off < self.missed, 0.0, bounded)
        return scores
