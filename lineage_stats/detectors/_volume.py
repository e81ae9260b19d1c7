"""Days on which a run was given more or fewer rows than usual: one cause, and not a thousand."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.detectors._transforms import FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]

# From this many standard deviations on a run was given another number of rows.
_FAR: Final = 3.0
# Beyond this many of the deviations that count, if no run was like it, it is as rare as the runs
# are many.
_UNHEARD_OF: Final = 10.0
# Degrees of freedom of the law of what the world delivers: half the rows is an alarm at one
# percent where their number varies by two percent; where it does by five, only after 200 runs.
_FREEDOM: Final = 1.25
# No source is so steady that fewer rows by a hundredth say anything: a tenth does.
_LEAST_SPREAD: Final = 0.003
# A day counts as much like another if its rows were at least so far off, of the other's.
_LIKE: Final = 0.7
# Logarithm of twenty times the rows, and more.
_MOST: Final = 3.0
# Power of the rows from which on a count goes with them.
_FOLLOWS: Final = 0.8
# Sum of squares that a line needs, in scales.
_LEAST: Final = 5.0


@dataclass(frozen=True)
class Volume:
    """How cells go with the number of rows that sources gave.

    Attributes
    ----------
    sources : ndarray of int of shape (n_sources,)
        Which cells judged by distance count the rows of a source.
    slope : ndarray of shape (n_sources, n_distances)
        Scales that a cell moves with one scale of a source, the other sources staying.
    unit : ndarray of shape (n_distances,)
        Scales of a large count for one unit of its logarithm; 0 for other cells.
    follows : ndarray of bool of shape (n_sources, n_distances)
        Which large counts go with the rows of a source in healthy runs.
    information : ndarray of shape (n_sources,)
        Sum of squares that the slopes were learned from, in scales.
    known : ndarray of shape (n_days, n_sources)
        How far the rows of all healthy runs were off, those of odd ones among them, in scales.

    Notes
    -----
    How much there is to do is up to the world. Its law is not known from some tens of runs, and
    has heavier tails than what a program does to it: a holiday halves the rows, a delivery that
    came late doubles those of the next day. So the number of rows in itself is held against
    Student's t distribution of 1.25 degrees of freedom, near Cauchy's, or if healthy runs were
    about as far off, against how many were: among `n` runs with `k` such ones a further one has
    probability ``(k + 1) / (n + 1)``. Where there is none it is ``2 / (n + 1)`` at most beyond ten
    standard deviations, as the number and all else are two alarms. No source counts as steadier
    than by 0.3 %.

    All other cells are held against what they are at such a number of rows, as far as healthy runs
    tell: by a line through the origin. Many cells go with the rows, with their logarithm or
    with their inverse, which are alike near the usual number. What lies between these counts
    as expected, and for large counts that have not been seen to go with the rows what lies between
    no change and that of the rows: a sample has a size of its own. Other cells than counts count
    the less the farther the line reaches beyond healthy runs: after few runs, or where the rows
    hardly varied, little is seen of them on such a day.
    """

    sources: IntArray
    slope: FloatArray
    unit: FloatArray
    follows: BoolArray
    information: FloatArray
    known: FloatArray

    @classmethod
    def fit(
        cls,
        moved: FloatArray,
        odd: FloatArray,
        scale: FloatArray,
        counts: npt.NDArray[np.bool_],
        sources: IntArray,
    ) -> Self:
        """Learn from healthy runs.

        Parameters
        ----------
        moved : ndarray of shape (n_runs, n_distances)
            How far cells were from their centre, in scales.
        odd : ndarray of shape (n_odd, n_distances)
            The same for runs that are left out of the scales.
        scale : ndarray of shape (n_distances,)
            The scales; logarithms for large counts.
        counts : ndarray of bool of shape (n_distances,)
            Which cells are large counts.
        sources : ndarray of int of shape (n_sources,)
            Which cells count the rows of a source.
        """
        x = np.nan_to_num(np.clip(moved[:, sources], -_FAR, _FAR))
        y = np.nan_to_num(np.clip(moved, -_FAR, _FAR))
        products, information = x.T @ y, np.square(x).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Missing values say nothing.
            share = np.square(x).T @ np.isfinite(moved) / information[:, None]
            alone = np.nan_to_num(products / information[:, None] / share)
            slope = np.nan_to_num(np.linalg.pinv(x.T @ x) @ products / share)
            unit = np.where(counts & (scale > 0), 1 / scale, 0.0)
            # How the logarithm of a count goes with that of the rows.
            power = alone * scale / scale[sources, None]
        known = np.concatenate([moved[:, sources], odd[:, sources]])
        return cls(sources, slope, unit, counts & (power > _FOLLOWS), information, known)

    @classmethod
    def nothing(cls, n_distances: int) -> Self:
        """Return that no number of rows is known."""
        table = np.empty((0, n_distances))
        return cls(
            np.empty(0, dtype=np.int64), table, np.zeros(n_distances), table.astype(bool),
            np.empty(0), np.empty((0, 0)),
        )  # fmt: skip

    def far(self, moved: FloatArray) -> list[int]:
        """Return the sources that gave an unusual number of rows, the most unusual first.

        Sources of which healthy runs tell too little are left out.
        """
        size = np.abs(np.nan_to_num(moved[self.sources]))
        size[self.information < _LEAST] = 0.0
        return [s for s in np.argsort(-size, kind="stable").tolist() if size[s] > _FAR]

    def p_value(self, s: int, moved: FloatArray) -> float:
        """Return how often a source gives a number of rows that is as far off."""
        size = abs(float(moved[self.sources[s]]))
        # As many deviations as there were if the rows of any source varied a little.
        sure = size / max(1.0, _LEAST_SPREAD * float(self.unit[self.sources[s]]))
        law = 2 * float(special.stdtr(_FREEDOM, -sure))
        known = np.abs(self.known[np.isfinite(self.known[:, s]), s])
        like = int((known >= _LIKE * size).sum())
        counted = (like + 1) / (len(known) + 1)
        if like:
            return max(law, counted)
        # The number and all else are two alarms.
        return min(law, 2 * counted) if sure > _UNHEARD_OF else law

    def without(self, s: int, moved: FloatArray, times: float) -> FloatArray:
        """Return how far cells have moved beside what they do at so many times the usual rows."""
        x, change = float(moved[self.sources[s]]), _logarithm(times)
        bends = (1.0, math.expm1(change) / change, -math.expm1(-change) / change)
        ends = np.outer((min(bends), max(bends)), self.slope[s] * x)
        count = self.unit > 0
        whole = change * self.unit
        least = np.where(self.follows[s], whole, 0.0)
        low = np.where(count, np.minimum.reduce([*ends, whole, least]), ends.min(axis=0))
        high = np.where(count, np.maximum.reduce([*ends, whole, least]), ends.max(axis=0))
        width = np.where(count, 1.0, math.sqrt(1 + x * x / max(self.information[s], _LEAST)))
        beside = (moved - np.clip(moved, low, high)) / width
        # What another source gave is its own matter.
        beside[self.sources] = moved[self.sources]
        beside[self.sources[s]] = 0.0
        return np.where(np.abs(moved) < np.abs(beside), moved, beside)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def may_follow(times: float, X: FloatArray, usual: FloatArray) -> BoolArray:
    """Return which values are between the usual ones and as many times these as there are rows.

    Of counts that hardly vary, as the rows of a test set that is never larger than a thousand.
    """
    many = usual * math.exp(_logarithm(times))
    # Of a half of 5 rows 2 are left, or 3.
    found: BoolArray = (np.minimum(usual, many) - 1 <= X) & (np.maximum(usual, many) + 1 >= X)
    return found


def _logarithm(times: float) -> float:
    """Return the logarithm of a factor, neither 0 nor beyond all use."""
    change = math.log(times) if times > 0 else -_MOST
    return math.copysign(min(max(abs(change), 1e-6), _MOST), change)
