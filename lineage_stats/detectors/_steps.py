"""Metrics that remember the run before are judged by how far they went since, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.detectors._robust import (
    NORMAL_MAD,
    mad_df,
    mad_factor,
    median_and_mad,
    student_cut,
)
from lineage_stats.detectors._tails import normal_score
from lineage_stats.detectors._transforms import FloatArray, IntArray

# Of the runs before, the one that a value is closest to counts: one of them may have been odd.
_BEFORE: Final = 3
_LEAST_RUNS: Final = 8
_GAUSSIAN_DEVIATION: Final = np.sqrt(np.pi / 2)
_LEAST_DF: Final = 5.0
# Each value has a part in two steps.
_WORTH: Final = 2 / 3
# Steps over times that differ by no more than this factor are of one length.
_LENGTH: Final = 3.0
# Share of false alarms that is the level's: of a metric that wanders it is never sure.
_OF_LEVEL: Final = 0.1
_TINY: Final = 1e-300


class Near(NamedTuple):
    """Healthy runs next to some runs in time.

    Attributes
    ----------
    values : ndarray of shape (n_near, n_runs, n_cells)
        Their values, on the scale that the runs are judged on.
    scale, df : ndarray of shape (n_near, n_runs, n_cells)
        How far a healthy run is from there, and how many degrees of freedom that has.
    """

    values: FloatArray
    scale: FloatArray
    df: FloatArray

    def at(self, i: int) -> Near:
        """Return those of one of the runs."""
        return Near(*(a[:, i : i + 1] for a in self))


@dataclass(frozen=True)
class StepModel:
    """How far metrics go from one healthy run to the next.

    Attributes
    ----------
    cell : ndarray of int of shape (n_steps,)
        Which of the cells that are judged by distance these are.
    values : ndarray of shape (n_runs, n_steps)
        Healthy values in order of time, freed of weekdays and drift.
    times : ndarray of shape (n_runs,)
        When the runs began, in days.
    usual : ndarray of shape ()
        Usual time between two runs, in days.
    scale, df : ndarray of shape (n_lengths, n_steps)
        Scale of steps over about 1, 3, 9 ... usual times, each divided by the root of its time, and
        its degrees of freedom.

    Notes
    -----
    Where each day's data overlap those of the day before, a metric wanders: forty runs say as
    little of its level as three independent ones, but of its steps they say what they are many.
    A step over `g` usual times is held against the scale of steps whose times differ from `g` by no
    more than a factor of about 3, multiplied by ``sqrt(g)``: over the hour between two runs on the
    same data a metric goes another way than over the night. Where few healthy steps are as long, it
    is held against the scale of the nearest length of which there are enough, if that is the larger
    one: by the root of `g` a random walk grows, which is more than any process whose steps are not
    positively correlated. The scale of steps is their root mean square, without the two to and from
    a run that is far from those around it: healthy values may stand for days and jump. The score of
    a run is the smallest of its steps from the three healthy runs nearest in time, as Student's t;
    its degrees of freedom are two thirds of the steps, as each value has a part in two, and fewer
    the heavier the tails: ``2 / (m4 / m2**2 - 1)`` of them with `m2` and `m4` the mean square and
    fourth power. A cell with fewer than five is left to its level. The p-value is the smaller
    one of the step's over 0.9 and the level's over 0.1.
    """

    cell: IntArray
    values: FloatArray
    times: FloatArray
    usual: FloatArray
    scale: FloatArray
    df: FloatArray

    @classmethod
    def fit(cls, z: FloatArray, times: FloatArray, watched: npt.NDArray[np.bool_]) -> Self:
        """Learn from healthy runs in order of time, `z` of shape (n_runs, n_cells)."""
        cell = np.flatnonzero(watched)
        if not (cell.size and cls.may_fit(times)):
            return cls.nothing()
        apart = np.diff(times)
        usual = np.asarray(np.median(apart[apart > 0]))
        values = z[:, cell]
        gap = _gaps(apart, usual)
        scale, df = _by_length(_steps(values, gap), gap, int(_length(gap).max()) + 1)
        # Of a cell that jumped a few times only, nobody knows how far it jumps.
        known = np.isfinite(scale).all(axis=0)
        return cls(cell[known], values[:, known], times, usual, scale[:, known], df[:, known])

    @staticmethod
    def may_fit(times: FloatArray) -> bool:
        """Return whether the times of healthy runs tell their order."""
        apart = np.diff(times)
        return len(times) >= _LEAST_RUNS and bool((apart >= 0).all() and (apart > 0).any())

    @classmethod
    def nothing(cls) -> Self:
        """Return a model of no cells."""
        none = np.empty(0)
        table = np.empty((0, 0))
        return cls(none.astype(np.int64), table, none, np.ones(()), table, table)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]] | None) -> Self:
        """Return the model that `to_arrays` was taken from; of no cells without it."""
        if arrays is None:
            return cls.nothing()
        # Of detectors that were saved before steps had lengths there is one row.
        tables = {name: np.atleast_2d(arrays[name]) for name in ("scale", "df")}
        return cls(**{**arrays, **tables})

    def left_out_scores(self) -> FloatArray:
        """Return the scores of the healthy runs by the steps of the others; in order of time."""
        gap = _gaps(np.diff(self.times), self.usual)
        steps, n_lengths = _steps(self.values, gap), len(self.scale)
        scores = np.full(self.values.shape, np.nan)
        for i in range(1, len(scores)):
            own = [i - 1, i] if i < len(steps) else [i - 1]
            others, apart = np.delete(steps, own, axis=0), np.delete(gap, own)
            before = slice(max(i - _BEFORE, 0), i)
            since = _gaps(self.times[i] - self.times[before], self.usual)
            scale, df = _of_gaps(since[:, None], *_by_length(others, apart, n_lengths))
            near = Near(self.values[before, None], scale, df)
            scores[i] = _smallest(self.values[i : i + 1], near)[0]
        return scores

    def near(self, times: FloatArray, expected: FloatArray, width: FloatArray) -> Near:
        """Find the healthy runs that runs are judged by.

        Parameters
        ----------
        times : ndarray of shape (n_runs,)
            When the runs began, in days; NaN: not known, so that steps say nothing.
        expected, width : ndarray of shape (n_runs, n_steps)
            Where a value of 0 is on the scale of the runs, and how much of it a unit of `values`.
        """
        apart = np.abs(times - self.times[:, None])
        nearest = np.argsort(apart, axis=0, kind="stable")[:_BEFORE]
        gap = _gaps(np.take_along_axis(apart, nearest, axis=0), self.usual)
        scale, df = _of_gaps(gap, self.scale, self.df)
        return Near(expected + self.values[nearest] * width, scale * width, df)

    def scores(self, z: FloatArray, near: Near) -> FloatArray:
        """Return scores of the steps to runs, for `z` of shape (n_runs, n_cells)."""
        if not self.cell.size:
            return self.none(len(z))
        return _smallest(z[:, self.cell], near)

    def reach(self, score: FloatArray, near: Near) -> tuple[FloatArray, FloatArray]:
        """Return between what values the steps to runs score less than that."""
        t = -special.stdtrit(near.df, np.maximum(special.ndtr(-score), _TINY))
        reach = t * near.scale
        return np.fmin.reduce(near.values - reach), np.fmax.reduce(near.values + reach)

    def none(self, n_runs: int) -> FloatArray:
        """Return scores of runs that are not a step away."""
        return np.zeros((n_runs, self.cell.size))

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def either(level: FloatArray, step: FloatArray) -> FloatArray:
    """Return the score of the more surprising one of two, that of the level where no step is."""
    by_level, by_step = _less(level, _OF_LEVEL), _less(step, 1 - _OF_LEVEL)
    both = np.where(np.abs(by_step) > np.abs(by_level), by_step, by_level)
    return np.where(np.isnan(step), level, both)


def least_step(score: FloatArray) -> FloatArray:
    """Return from which score of a step on `either` is at least that."""
    p = special.ndtr(-np.abs(score)) * (1 - _OF_LEVEL)
    return np.asarray(-special.ndtri(np.maximum(p, _TINY)))


def _less(score: FloatArray, weight: float) -> FloatArray:
    """Return the score whose p-value is that of `score` over a weight."""
    p = np.clip(special.ndtr(-np.abs(score)) / weight, _TINY, 0.5)
    return np.asarray(np.copysign(-special.ndtri(p), score))


def _gaps(apart: FloatArray, usual: FloatArray) -> FloatArray:
    """Return times between runs in usual ones, at least one."""
    return np.asarray(np.maximum(apart / usual, 1.0))


def _steps(values: FloatArray, gap: FloatArray) -> FloatArray:
    return np.asarray(np.diff(values, axis=0) / np.sqrt(gap)[:, None])


def _length(gap: FloatArray) -> IntArray:
    """Return which length steps have."""
    return np.asarray(np.round(np.log(np.nan_to_num(gap, nan=1.0)) / np.log(_LENGTH)), np.int64)


def _of_gaps(gap: FloatArray, scale: FloatArray, df: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return scale and degrees of freedom of steps over some times."""
    length = np.minimum(_length(gap), len(scale) - 1)
    return scale[length] * np.sqrt(gap)[..., None], df[length]


def _by_length(steps: FloatArray, gap: FloatArray, n_lengths: int) -> tuple[FloatArray, FloatArray]:
    """Return scales of steps and degrees of freedom, by length; NaN of cells too little known."""
    scale = np.full((n_lengths, steps.shape[1]), np.nan)
    df = np.ones_like(scale)
    own, far = np.minimum(_length(gap), n_lengths - 1), np.zeros(steps.shape, dtype=bool)
    windows: dict[int, FloatArray] = {}
    for length in range(n_lengths):
        alike = np.abs(np.log(gap) - length * np.log(_LENGTH)) <= np.log(_LENGTH)
        if alike.any():
            within = np.where(alike[:, None], steps, np.nan)
            far[own == length] = (np.abs(steps) > _far(within))[own == length]
            windows[length] = within
    odd = _odd(steps, far)
    for length, within in windows.items():
        scale[length], df[length] = _spread(np.where(odd, np.nan, within))
    known = (scale > 0) & (df >= _LEAST_DF)
    apart = np.abs(np.arange(n_lengths)[:, None] - np.arange(n_lengths))[:, :, None]
    nearest = np.where(known, apart, n_lengths).argmin(axis=1)
    other, of_other = (np.take_along_axis(a, nearest, axis=0) for a in (scale, df))
    taken = ~known & ~(scale > other)
    scale, df = np.where(taken, other, scale), np.where(taken, of_other, df)
    scale[:, ~known.any(axis=0)] = np.nan
    return scale, df


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


def _spread(steps: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the scale of steps around zero and its degrees of freedom."""
    n = np.maximum(np.isfinite(steps).sum(axis=0), 1)
    square = np.nansum(steps**2, axis=0) / n
    fourth = np.nansum(steps**4, axis=0) / n
    with np.errstate(invalid="ignore", divide="ignore"):
        tails = np.clip(2 / (fourth / square**2 - 1), 0.0, 1.0)
    return np.sqrt(square), np.maximum(_WORTH * n * np.nan_to_num(tails, nan=1.0), 1.0)


def _smallest(z: FloatArray, near: Near) -> FloatArray:
    """Return the smallest score of a step to runs; NaN where none is known."""
    scores = normal_score((z - near.values) / near.scale, near.df)
    size = np.where(np.isnan(scores), np.inf, np.abs(scores))
    return np.asarray(np.take_along_axis(scores, size.argmin(axis=0)[None], axis=0)[0])
