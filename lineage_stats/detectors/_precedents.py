"""Odd runs that are known to be healthy: another one of their kind is no news."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._news import NewsModel
from lineage_stats.detectors._roles import Roles
from lineage_stats.detectors._transforms import LOG_COUNT, FloatArray, IntArray

# From this many standard deviations on a cell belongs to what was odd about a run.
_FAR: Final = 3.0
# A run is of the same kind if it moved between so many times as far, and most of the cells as far
# as each other. Cells weigh by how far out they were, up to this many standard deviations.
_LEAST, _MOST = 0.3, 1.3
_NEAR: Final = 0.35
_ALIKE: Final = 0.7
_HEAVIEST: Final = 10.0
# Share of the large counts that a day of more or less volume moves, all in one direction.
_VOLUME_SHARE: Final = 0.5
_MIN_COUNTS: Final = 3


@dataclass(frozen=True)
class Precedents:
    """Healthy runs that stood out, and what another run of their kind may claim.

    Attributes
    ----------
    values : ndarray of shape (n_precedents, n_cells)
        Their cells.
    moved : ndarray of shape (n_precedents, n_distances)
        How far their cells were from the centre, in scales of the baseline.
    accepted : ndarray of shape (n_precedents,)
        1 for a run that a person called healthy; 0 for a day of other volume.
    n_runs : ndarray of int of shape ()
        Number of healthy runs, these among them.

    Notes
    -----
    A run that is off in many cells is left out of the scales, for it would blind them. Not every
    such run was bad. One that a person called healthy stays a healthy kind of run. And volume is
    common to a whole run: a day of twice the rows moves hundreds of cells by one cause, and is one
    finding and not hundreds. Among `n` healthy runs with `m` such days a further one has
    probability ``(m + 1) / (n + 1)``.

    Another run is of the kind of a precedent if the cells that were far out have moved again, by
    ``lambda`` times as far with one ``lambda`` for seven tenths of them. What lies within 35 % of
    that is taken out, and the rest is judged as in any other run.
    """

    values: FloatArray
    moved: FloatArray
    accepted: FloatArray
    n_runs: IntArray

    @classmethod
    def fit(
        cls,
        values: FloatArray,
        moved: FloatArray,
        accepted: npt.NDArray[np.bool_],
        code: IntArray,
        read: npt.NDArray[np.bool_],
        n_runs: int,
    ) -> Self:
        """Keep accepted runs, and those whose volume was another.

        `code` are the transforms of the cells that `moved`; `read` says which of them count the
        rows that a run began with.
        """
        counts = moved[:, code == LOG_COUNT]
        up, down = (counts > _FAR).sum(axis=1), (counts < -_FAR).sum(axis=1)
        known = np.maximum(np.isfinite(counts).sum(axis=1), 1)
        volume = (known >= _MIN_COUNTS) & (np.abs(up - down) >= _VOLUME_SHARE * known)
        volume |= (np.abs(moved[:, read]) > _FAR).any(axis=1)
        kept = accepted | volume
        return cls(values[kept], moved[kept], accepted[kept].astype(float), np.array(n_runs))

    @classmethod
    def nothing(cls, n_cells: int, n_distances: int) -> Self:
        """Return no precedents."""
        return cls(np.empty((0, n_cells)), np.empty((0, n_distances)), np.empty(0), np.array(0))

    def most(self, alike: npt.NDArray[np.bool_]) -> float:
        """Return the largest probability of a run that is like some of the precedents."""
        if (alike & (self.accepted > 0)).any():
            return 1.0
        return float((alike.sum() + 1) / (self.n_runs + 1))

    def alike(self, moved: FloatArray) -> npt.NDArray[np.bool_]:
        """Return which precedents a run is like, given how far its cells are from the centre."""
        return np.array([self._size(k, moved) is not None for k in range(len(self.moved))], bool)

    def without(self, k: int, moved: FloatArray) -> FloatArray:
        """Return how far cells have moved beside what they moved as in a precedent."""
        size = self._size(k, moved)
        before = self.moved[k]
        far = np.abs(before) > _FAR
        if not size or not far.any():
            return moved
        beside = moved.copy()
        again = np.clip(moved[far] / before[far], (1 - _NEAR) * size, (1 + _NEAR) * size)
        beside[far] -= again * before[far]
        # A cell that stayed where it belongs is no finding.
        return np.where(np.abs(moved) < np.abs(beside), moved, beside)

    def news(
        self, k: int, X: FloatArray, model: NewsModel, roles: Roles, unequal: npt.NDArray[np.bool_]
    ) -> FloatArray:
        """Return the p-values of news of runs, had there been the values of a precedent before."""
        before = self.values[k]
        known = replace(
            model,
            low=np.fmin(model.low, before + _NEAR * (before - model.low)),
            high=np.fmax(model.high, before + _NEAR * (before - model.high)),
        )
        p = known.p_values(X, roles)
        # A day of other volume is no precedent for another schema.
        same = unequal & (before == X) & bool(self.accepted[k])
        return np.where(same & np.isfinite(p), 1.0, p)

    def _size(self, k: int, moved: FloatArray) -> float | None:
        """Return how far a run moved along a precedent; None if it is of another kind."""
        before = self.moved[k]
        far = (np.abs(before) > _FAR) & np.isfinite(moved)
        if not far.any():
            return 0.0 if self.accepted[k] else None
        ratio, weight = moved[far] / before[far], np.minimum(np.abs(before[far]), _HEAVIEST) ** 2
        order = np.argsort(ratio)
        middle = np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)
        size = float(ratio[order[middle]])
        if not _LEAST <= size <= _MOST:
            return None
        near = np.abs(ratio - size) <= _NEAR * size
        return size if weight[near].sum() >= _ALIKE * weight.sum() else None

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
