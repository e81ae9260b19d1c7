"""Days on which a run was given more or fewer rows than usual: one cause, and not a thousand."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._transforms import FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]

# From this many standard deviations on a run was given another number of rows.
_FAR: Final = 3.0
# A day counts as much like another if its rows were at least so far off, of the other's.
_LIKE: Final = 0.7
# Logarithm of twenty times the rows, and more.
_MOST: Final = 3.0


@dataclass(frozen=True)
class Volume:
    """How cells go with the number of rows that sources gave.

    Attributes
    ----------
    sources : ndarray of int of shape (n_sources,)
        Which cells judged by distance count the rows of a source.
    scale : ndarray of shape (n_sources,)
        Spread of the logarithm of their rows from run to run.
    slope : ndarray of shape (n_sources, n_distances)
        Scales that a cell moves with one scale of a source.
    unit : ndarray of shape (n_distances,)
        Scales of a large count for one unit of its logarithm; 0 for other cells.
    information : ndarray of shape (n_sources,)
        Sum of squares that the slopes were learned from, in scales.
    known : ndarray of shape (n_days, n_sources)
        How far the rows of all healthy runs were off, those of odd ones among them, in scales.

    Notes
    -----
    How much there is to do is up to the world. Its law is not known from some tens of runs, and
    has heavier tails than what a program does to it: a holiday halves the rows, a delivery that
    came late doubles those of the next day. So the number of rows in itself is held against a
    Cauchy distribution, or if healthy runs were about as far off, against how many were: among
    `n` runs with `k` such ones a further one has probability ``(k + 1) / (n + 1)``.

    All other cells are held against what they are at such a number of rows, as far as healthy runs
    tell: by a line through the origin. Many cells go with the rows, with their logarithm or
    with their inverse, which are alike near the usual number. What lies between these counts
    as expected, and for large counts what lies between no change and that of the rows: rows that
    came twice may have been dropped, and a sample has a size of its own. A prediction far from all
    healthy runs is uncertain, and cells count the less.
    """

    sources: IntArray
    scale: FloatArray
    slope: FloatArray
    unit: FloatArray
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
        x = np.nan_to_num(moved[:, sources])
        y = np.clip(np.nan_to_num(moved), -_FAR, _FAR)
        information = (x**2).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.nan_to_num(np.clip(x, -_FAR, _FAR).T @ y / information[:, None])
        known = np.nan_to_num(np.concatenate([moved[:, sources], odd[:, sources]]))
        unit = np.where(counts, 1 / scale, 0.0)
        return cls(sources, scale[sources], slope, unit, information, known)

    @classmethod
    def nothing(cls, n_distances: int) -> Self:
        """Return that no number of rows is known."""
        none = np.empty(0)
        return cls(
            np.empty(0, dtype=np.int64),
            none,
            np.empty((0, n_distances)),
            np.zeros(n_distances),
            none,
            np.empty((0, 0)),
        )

    def source_of(self, moved: FloatArray) -> int | None:
        """Return the source that gave the most unusual number of rows; None if all are usual."""
        size = np.abs(np.nan_to_num(moved[self.sources]))
        if not size.size or size.max() <= _FAR:
            return None
        return int(size.argmax())

    def p_value(self, s: int, moved: FloatArray) -> float:
        """Return how often a source gives a number of rows that is as far off."""
        size = abs(float(moved[self.sources[s]]))
        law = 1 - 2 / math.pi * math.atan(size)
        like = int((np.abs(self.known[:, s]) >= _LIKE * size).sum())
        counted = (like + 1) / (len(self.known) + 1) if like else 0.0
        return max(law, counted)

    def change(self, s: int, moved: FloatArray) -> float:
        """Return the logarithm of how many times as many rows there are."""
        return float(np.clip(moved[self.sources[s]] * self.scale[s], -_MOST, _MOST))

    def without(self, s: int, moved: FloatArray) -> FloatArray:
        """Return how far cells have moved beside what they do at such a number of rows."""
        x, change = float(moved[self.sources[s]]), self.change(s, moved)
        bends = (1.0, math.expm1(change) / change, -math.expm1(-change) / change)
        ends = np.outer((min(bends), max(bends)), self.slope[s] * x)
        count = self.unit > 0
        alike = (np.zeros(count.sum()), change * self.unit[count])
        ends[0, count] = np.minimum.reduce([*ends[:, count], *alike])
        ends[1, count] = np.maximum.reduce([*ends[:, count], *alike])
        expected = np.clip(moved, ends.min(axis=0), ends.max(axis=0))
        width = math.sqrt(1 + x * x / max(float(self.information[s]), 1e-9))
        beside = (moved - expected) / width
        beside[self.sources[s]] = 0.0
        return np.where(np.abs(moved) < np.abs(beside), moved, beside)

    def may_follow(self, s: int, moved: FloatArray, X: FloatArray, usual: FloatArray) -> BoolArray:
        """Return which values are between the usual ones and as many times these as there are rows.

        Of counts that hardly vary, as the rows of a test set that is never larger than a thousand.
        """
        many = usual * math.exp(self.change(s, moved))
        # Of a half of 5 rows 2 are left, or 3.
        found: BoolArray = (np.minimum(usual, many) - 1 <= X) & (np.maximum(usual, many) + 1 >= X)
        return found

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
