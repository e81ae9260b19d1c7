"""How far cells usually go between two healthy runs, by the time between them."""

from __future__ import annotations

from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._robust import (
    NORMAL_MAD,
    mad_df,
    mad_factor,
    median_and_mad,
    student_cut,
)
from lineage_stats.detectors._transforms import FloatArray, IntArray

_GAUSSIAN_DEVIATION: Final = np.sqrt(np.pi / 2)
_LEAST_DF: Final = 5.0
# Each value has a part in two steps.
_WORTH: Final = 2 / 3
# Steps over times that differ by no more than this factor are of one length.
_LENGTH: Final = 3.0
# What is left of a sum from which all was taken away.
_NOTHING: Final = 1e-12


class StepSums(NamedTuple):
    """Steps of each length, summed up from the first one on.

    Attributes
    ----------
    n, squares, fourths : ndarray of shape (n_lengths, n_steps + 1, n_cells)
        How many there are before each step, their squares and their fourth powers.
    """

    n: FloatArray
    squares: FloatArray
    fourths: FloatArray

    @classmethod
    def of(cls, values: FloatArray, gap: FloatArray, n_lengths: int) -> Self:
        """Sum the steps from run to run.

        Parameters
        ----------
        values : ndarray of shape (n_runs, n_cells)
            Healthy values in order of time.
        gap : ndarray of shape (n_runs - 1,)
            Times between them, in usual ones.
        n_lengths : int
            Number of lengths.
        """
        steps = np.diff(values, axis=0) / np.sqrt(gap)[:, None]
        own, far = np.minimum(length_of(gap), n_lengths - 1), np.zeros(steps.shape, dtype=bool)
        lengths = np.arange(n_lengths)[:, None] * np.log(_LENGTH)
        alike = np.abs(np.log(gap) - lengths) <= np.log(_LENGTH)
        for length, of_length in enumerate(alike):
            if of_length.any():
                within = np.where(of_length[:, None], steps, np.nan)
                far[own == length] = (np.abs(steps) > _far(within))[own == length]
        sound = np.isfinite(steps) & ~_odd(steps, far)
        squares = np.where(sound, steps, 0.0) ** 2
        return cls(*(_running(alike[:, :, None] * a) for a in (sound, squares, squares**2)))

    def scales(self, start: int = 0, stop: int = 0) -> tuple[FloatArray, FloatArray]:
        """Return scales and their degrees of freedom, the steps from `start` to `stop` left out.

        Two arrays of shape (n_lengths, n_cells); NaN of cells too little known. A length of which
        there are too few steps has the scale of the nearest that is known, if that is larger.
        """
        last = self.n.shape[1] - 1
        n, square, fourth = (a[:, last] - (a[:, min(stop, last)] - a[:, start]) for a in self)
        square[square < _NOTHING * self.squares[:, last]] = 0.0
        n = np.maximum(n, 1)
        scale, df = np.sqrt(square / n), most_df(n) * _evenness(n, square, fourth)
        df = np.maximum(df, 1.0)
        known = (scale > 0) & (df >= _LEAST_DF)
        apart = np.abs(np.arange(len(n))[:, None] - np.arange(len(n)))[:, :, None]
        nearest = np.where(known, apart, len(n)).argmin(axis=1)
        other, of_other = (np.take_along_axis(a, nearest, axis=0) for a in (scale, df))
        taken = ~known & ~(scale > other)
        scale, df = np.where(taken, other, scale), np.where(taken, of_other, df)
        scale[:, ~known.any(axis=0)] = np.nan
        return scale, df


def length_of(gap: FloatArray) -> IntArray:
    """Return which length steps over some times have."""
    return np.asarray(np.round(np.log(np.nan_to_num(gap, nan=1.0)) / np.log(_LENGTH)), np.int64)


def most_df(n_steps: FloatArray | int) -> FloatArray:
    """Return the degrees of freedom of so many steps that are about normal."""
    return np.asarray(_WORTH * n_steps, dtype=np.float64)


def _evenness(n: FloatArray, square: FloatArray, fourth: FloatArray) -> FloatArray:
    """Return how much of their degrees of freedom steps are worth by their tails."""
    with np.errstate(invalid="ignore", divide="ignore"):
        even = np.clip(2 / (fourth * n / square**2 - 1), 0.0, 1.0)
    return np.nan_to_num(even, nan=1.0)


def _running(a: FloatArray) -> FloatArray:
    return np.insert(np.cumsum(a, axis=1, dtype=np.float64), 0, 0.0, axis=1)


def _far(steps: FloatArray) -> FloatArray:
    """Return from which size on steps are far."""
    size = np.abs(steps)
    middle, _, n = median_and_mad(size)
    mean = np.nansum(size, axis=0) / np.maximum(n, 1)
    wide = np.fmax(NORMAL_MAD * mad_factor(n) * middle, _GAUSSIAN_DEVIATION * mean)
    return np.asarray(wide * student_cut(mad_df(n)))


def _odd(steps: FloatArray, far: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which steps lead to or from a single odd run."""
    odd = np.zeros_like(far)
    # It is far from both around it, on the same side.
    both = far[:-1] & far[1:] & (steps[:-1] * steps[1:] < 0)
    odd[:-1] |= both
    odd[1:] |= both
    # Of the first and the last run one neighbour is known.
    odd[0] |= far[0]
    odd[-1] |= far[-1]
    return odd
