"""Cells that remember the run before are judged by how far they went since, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.detectors._step_scales import StepSums, length_of, most_df
from lineage_stats.detectors._tails import normal_score
from lineage_stats.detectors._transforms import FloatArray, IntArray

# Of the runs before, the one that a value is closest to counts: one of them may have been odd.
_BEFORE: Final = 3
_LEAST_RUNS: Final = 8
# Share of false alarms that is the level's: of a cell that wanders it is never sure.
_OF_LEVEL: Final = 0.1
# Runs since which a left-out one is judged; there are twice as many at least.
_LAGS: Final = (1, 3, 9, 27)
# Steps are even whose tails leave them half of their degrees of freedom. Where fewer than a third
# of the cells that remember have such, these may have them by chance.
_EVEN: Final = 0.5
_LEAST_EVEN: Final = 1 / 3
# Standard deviations of its healthy values that a cell goes at most that does not show a memory.
_FARTHEST: Final = 5.0
# Cells whose steps vary by less than that share of their drift may as well drift on.
_DRIFTING: Final = 0.1
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
    """How far cells go from one healthy run to the next.

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
    sure : ndarray of bool of shape (n_steps,)
        Whether the cell shows by itself that it remembers.

    Notes
    -----
    Where each day's data overlap those of the day before, a cell wanders: forty runs say as
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
    fourth power. A cell with fewer than five is left to its level.

    A cell that is sure to remember has the smaller p-value of the step's over 0.9 and the level's
    over 0.1. One that is not a metric is judged so only where its steps are even, as few jumps in
    healthy runs do not say how far the next one goes. Of a cell that only may remember, the two
    p-values are mixed by how probable that is (`remembering`).
    """

    cell: IntArray
    values: FloatArray
    times: FloatArray
    usual: FloatArray
    scale: FloatArray
    df: FloatArray
    sure: npt.NDArray[np.bool_]

    @classmethod
    def fit(cls, raw: FloatArray, values: FloatArray, times: FloatArray) -> Self:
        """Learn from healthy runs in order of time.

        Parameters
        ----------
        raw, values : ndarray of shape (n_runs, n_cells)
            Healthy values, and the same freed of weekdays and drift.
        times : ndarray of shape (n_runs,)
            When the runs began, in days.
        """
        apart = np.diff(times)
        usual = np.asarray(np.median(apart[apart > 0]))
        gap = _gaps(apart, usual)
        scale, df = StepSums.of(values, gap, int(length_of(gap).max()) + 1).scales()
        # Of a cell that jumped a few times only, nobody knows how far it jumps.
        known = np.asarray(np.isfinite(scale).all(axis=0))
        known &= ~(_size(values) < _DRIFTING * _size(raw))
        cell = np.arange(values.shape[1])
        return cls(cell, values, times, usual, scale, df, known)._take(known, known)

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
        return cls(none.astype(np.int64), table, none, np.ones(()), table, table, none.astype(bool))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]] | None) -> Self:
        """Return the model that `to_arrays` was taken from; of no cells without it."""
        if arrays is None:
            return cls.nothing()
        # Of detectors that were saved before steps had lengths there is one row.
        tables = {name: np.atleast_2d(arrays[name]) for name in ("scale", "df")}
        sure = arrays.get("sure", np.ones(tables["scale"].shape[1], dtype=bool))
        return cls(**{**arrays, **tables, "sure": sure})

    def judging(
        self,
        remembers: npt.NDArray[np.bool_],
        shown: npt.NDArray[np.bool_],
        metric: npt.NDArray[np.bool_],
        steady: npt.NDArray[np.bool_],
    ) -> Self:
        """Return the model of those cells that are to be judged by their steps.

        Parameters
        ----------
        remembers, shown : ndarray of bool of shape (n_cells,)
            Which cells remember or may do so, and which show it by themselves.
        metric, steady : ndarray of bool of shape (n_cells,)
            Which cells are metrics, and of which others no single row makes a step.
        """
        n_shown = (shown & steady).sum()
        remembers, shown, metric, steady = (
            a[self.cell] for a in (remembers, shown, metric, steady)
        )
        even = steady & (self.df >= _EVEN * most_df(len(self.times) - 1)).all(axis=0)
        if (even & shown).sum() < _LEAST_EVEN * n_shown:
            return self._take(metric & remembers, shown)
        return self._take(remembers & (metric | even | ~shown), shown)

    def surely(self) -> Self:
        """Return the model of the cells that are sure to remember."""
        return self._take(self.sure, self.sure)

    def _take(self, cells: npt.NDArray[np.bool_], sure: npt.NDArray[np.bool_]) -> Self:
        tables = {name: getattr(self, name)[:, cells] for name in ("values", "scale", "df")}
        return replace(self, cell=self.cell[cells], sure=sure[cells], **tables)

    def left_out_scores(self) -> FloatArray:
        """Return the scores of the healthy runs by the steps of the others; in order of time.

        Each run is judged from those just before it, and from some runs before, as a new one is
        whose baseline is not of today. The largest score counts.
        """
        scores = np.full(self.values.shape, np.nan)
        gap = _gaps(np.diff(self.times), self.usual)
        sums = StepSums.of(self.values, gap, len(self.scale))
        for lag in (lag for lag in _LAGS if 2 * lag <= len(scores) or lag == 1):
            for i in range(lag, len(scores)):
                score = self._left_out(i, lag, sums)
                larger = ~(np.abs(score) <= np.abs(scores[i]))
                scores[i] = np.where(larger, score, scores[i])
        return scores

    def _left_out(self, i: int, lag: int, sums: StepSums) -> FloatArray:
        """Return the scores of a run by those that began `lag` runs before it, or earlier."""
        before = slice(max(i - lag + 1 - _BEFORE, 0), i - lag + 1)
        since = _gaps(self.times[i] - self.times[before], self.usual)
        scale, df = _of_gaps(since[:, None], *sums.scales(i - lag, i + 1))
        near = Near(self.values[before, None], scale, df)
        return np.asarray(_smallest(self.values[i : i + 1], near)[0])

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
        scale = np.minimum(scale, self._farthest)
        return Near(expected + self.values[nearest] * width, scale * width, df)

    @cached_property
    def _farthest(self) -> FloatArray:
        """How far cells go at most, however long ago healthy runs were."""
        with np.errstate(invalid="ignore"):
            mean = np.nanmean(self.values, axis=0)
            spread = np.sqrt(np.nanmean(np.square(self.values - mean), axis=0))
        return np.where(self.sure, np.inf, _FARTHEST * spread)

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

    def least(self, score: FloatArray, wanders: FloatArray) -> FloatArray:
        """Return from which score of a step on that of the cell is at least that."""
        p = special.ndtr(-np.abs(score))
        with np.errstate(divide="ignore"):
            p = np.where(self.sure, p * (1 - _OF_LEVEL), np.minimum(p / wanders, 0.5))
        return np.asarray(-special.ndtri(np.maximum(p, _TINY)))

    def none(self, n_runs: int) -> FloatArray:
        """Return scores of steps that leave all to the level."""
        return np.where(self.sure, 0.0, np.inf)[None].repeat(n_runs, axis=0)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def either(level: FloatArray, step: FloatArray) -> FloatArray:
    """Return the score of the more surprising one of two, that of the level where no step is."""
    by_level, by_step = _less(level, _OF_LEVEL), _less(step, 1 - _OF_LEVEL)
    both = np.where(np.abs(by_step) > np.abs(by_level), by_step, by_level)
    return np.where(np.isnan(step), level, both)


def _less(score: FloatArray, weight: float) -> FloatArray:
    """Return the score whose p-value is that of `score` over a weight."""
    p = np.clip(special.ndtr(-np.abs(score)) / weight, _TINY, 0.5)
    return np.asarray(np.copysign(-special.ndtri(p), score))


def _size(values: FloatArray) -> FloatArray:
    """Return how far cells go from run to run."""
    return np.asarray(np.sqrt(np.nanmean(np.square(np.diff(values, axis=0)), axis=0)))


def _gaps(apart: FloatArray, usual: FloatArray) -> FloatArray:
    """Return times between runs in usual ones, at least one."""
    return np.asarray(np.maximum(apart / usual, 1.0))


def _of_gaps(gap: FloatArray, scale: FloatArray, df: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return scale and degrees of freedom of steps over some times."""
    length = np.minimum(length_of(gap), len(scale) - 1)
    return scale[length] * np.sqrt(gap)[..., None], df[length]


def _smallest(z: FloatArray, near: Near) -> FloatArray:
    """Return the smallest score of a step to runs; NaN where none is known."""
    scores = normal_score((z - near.values) / near.scale, near.df)
    size = np.where(np.isnan(scores), np.inf, np.abs(scores))
    return np.asarray(np.take_along_axis(scores, size.argmin(axis=0)[None], axis=0)[0])
