"""The one place where scores become probabilities, of cells and of whole runs.

A run has hundreds of cells, so the smallest p-value of a *healthy* run is small as a rule. Three
kinds of alarm are brought to one probability here: a cell far out, news (`NewsModel`), and many
cells a little out. How often each sounds in healthy runs is learned from the healthy runs, each
judged by a baseline that does not know it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.detectors._tails import KEEP, MIN_RUNS, LearnedTail, any_of, effective_number
from lineage_stats.detectors._transforms import FloatArray

MANY_CELLS: Final = "many cells"
# A duration alone must be ten times as surprising as anything else, and it has no say in the
# alarm for many cells: a busy machine slows all operations of a healthy run. The same goes for
# statistics of a column that a single row can move (`families_of`). Faults that
# move many cells move that alarm by far more than it needs, so it gets a small share.
FAMILY_WEIGHTS: Final[Mapping[str, float]] = {"duration": 0.1, "sensitive": 0.1, MANY_CELLS: 0.2}
_CAP: Final = 9.0
_MIN_CELLS: Final = 3
_PRIOR_RUNS: Final = 30.0
_LEAST_POWER: Final = 0.3
_MOST_POWER: Final = 1.3
_TINY: Final = 1e-300


def runs_needed(false_alarm_rate: float) -> int:
    """Return how many healthy runs a false alarm rate needs.

    The rate is learned from the healthier half of the left-out runs and continued beyond the
    smallest of them by a factor of at most five: ``0.2 / false_alarm_rate``, and never fewer
    than 20, below which scales of single cells are too uncertain.
    """
    return max(20, math.ceil(0.2 / false_alarm_rate))


@dataclass(frozen=True)
class ManyCells:
    """Alarm for many small deviations at once.

    The statistic is the root of a run's mean squared score, capped per cell. The upper half of
    its healthy values is held against an exponential distribution: that fits where a common
    cause moves all cells together, and errs on the quiet side where cells are independent.

    Attributes
    ----------
    ordered : ndarray of shape (n_runs,)
        Healthy values, sorted.
    """

    ordered: FloatArray

    @classmethod
    def fit(cls, statistic: FloatArray) -> ManyCells:
        """Learn from the statistics of healthy runs."""
        return cls(np.sort(statistic[np.isfinite(statistic)]))

    def p_values(self, statistic: FloatArray) -> FloatArray:
        """Return one-sided p-values: only large deviations alarm."""
        n = len(self.ordered)
        if n < MIN_RUNS:
            return np.ones_like(statistic)
        middle = np.median(self.ordered)
        excess = self.ordered[self.ordered > middle] - middle
        if not len(excess):
            return np.ones_like(statistic)
        above = 0.5 * np.exp(-np.maximum(statistic - middle, 0) / excess.mean())
        below = 1 - np.searchsorted(self.ordered, statistic) / (n + 1)
        p = np.where(statistic >= middle, above, below)
        return np.where(np.isnan(p), 1.0, p)

    def left_out_p_values(self, statistic: FloatArray) -> FloatArray:
        """Return the p-value of each run of the fit, judged by the others."""
        p = np.ones_like(statistic)
        for i in np.flatnonzero(np.isfinite(statistic)):
            at = int(np.searchsorted(self.ordered, statistic[i]))
            p[i] = ManyCells(np.delete(self.ordered, at)).p_values(statistic[i : i + 1])[0]
        return p


def many_cells_statistic(p: FloatArray) -> FloatArray:
    """Return the root of each run's mean squared, capped normal score; NaN for too few cells."""
    if p.shape[1] < _MIN_CELLS:
        return np.full(len(p), np.nan)
    z = special.ndtri(np.maximum(p, _TINY) / 2)
    square = np.minimum(z**2, _CAP)
    n = np.isfinite(square).sum(axis=1)
    mean = np.nansum(square, axis=1) / np.maximum(n, 1)
    return np.where(n >= _MIN_CELLS, np.sqrt(mean), np.nan)


@dataclass(frozen=True)
class FinalStep:
    """P(smallest alarm of a healthy run <= x) = 1 - exp(-amount * (-log(1 - x))**power).

    For independent alarms with right p-values this is ``1 - (1 - x)**amount``.

    Attributes
    ----------
    amount : float
        About the number of independent alarms.
    power : float
        1 where the alarms' p-values are right; smaller where they are too small in the tail.
    """

    amount: float
    power: float = 1.0

    @classmethod
    def fit(cls, smallest: FloatArray, n_alarms: float) -> FinalStep:
        """Learn from the smallest alarm of each left-out run.

        Maximum likelihood of a Weibull distribution from the smaller half of the values, the
        power held towards 1 by a prior that weighs as much as 30 runs. Fewer than 8 runs give
        Bonferroni's step.
        """
        loss = np.sort(-np.log1p(-np.clip(smallest, _TINY, 1 - 1e-12)))
        n = len(loss)
        k = math.ceil(KEEP * n)
        if n < MIN_RUNS or smallest.min() >= 1:
            return cls(float(n_alarms))
        # News is rare and has its own prior: a single very small value must not rule the fit.
        loss = np.maximum(loss, loss[k - 1] / (20.0 * n))
        weight = np.r_[np.ones(k - 1), n - k + 1]
        loss = loss[:k]
        low, high = _LEAST_POWER, _MOST_POWER
        for _ in range(40):
            power = (low + high) / 2
            scaled = weight * (loss / loss[-1]) ** power
            slope = (k + _PRIOR_RUNS) / power - _PRIOR_RUNS + np.log(loss / loss[-1]).sum()
            slope -= k * (scaled * np.log(loss / loss[-1])).sum() / scaled.sum()
            low, high = (power, high) if slope > 0 else (low, power)
        return cls(k / float((weight * loss**power).sum()), power)

    def p_values(self, smallest: FloatArray) -> FloatArray:
        """Return the probability that a healthy run has so small a smallest alarm."""
        loss = -np.log1p(-np.minimum(smallest, 1 - 1e-16))
        return np.asarray(-np.expm1(-self.amount * loss**self.power), dtype=np.float64)

    def smallest(self, p: float) -> float:
        """Return the smallest alarm that has the probability `p`; undoes `p_values`."""
        return float(-np.expm1(-((-math.log1p(-p) / self.amount) ** (1 / self.power))))


@dataclass(frozen=True)
class RunPValues:
    """Probabilities of runs and of their cells.

    Attributes
    ----------
    run : ndarray of shape (n_runs,)
        Probability that a healthy run is as abnormal.
    alarms : dict of str to ndarray of shape (n_runs,)
        Probability of each alarm on its own, weights included.
    cell : ndarray of shape (n_runs, n_cells)
        Probability that this very cell of a healthy run is as abnormal; NaN: not judged.
    adjusted : ndarray of shape (n_runs, n_cells)
        What the run's probability would be with this cell as its only oddity.
    """

    run: FloatArray
    alarms: dict[str, FloatArray]
    cell: FloatArray
    adjusted: FloatArray


@dataclass(frozen=True)
class Calibration:
    """Turns scores and news into probabilities.

    Attributes
    ----------
    families : tuple of str
        Names of the families: kinds of cells judged by distance, then groups of news.
    family : ndarray of shape (n_cells,)
        Family of each cell; -1 for cells that have no say.
    tails : dict of str to LearnedTail
        Tail of the scores of each family that is judged by distance.
    number : ndarray of shape (n_families,)
        Effective number of independent cells of each family.
    many : ManyCells
        Alarm for many small deviations.
    final : FinalStep
        From the smallest alarm to the probability of the run.
    """

    families: tuple[str, ...]
    family: npt.NDArray[np.int64]
    tails: dict[str, LearnedTail]
    number: FloatArray
    many: ManyCells
    final: FinalStep

    @classmethod
    def fit(
        cls,
        scores: FloatArray,
        kinds: Sequence[str],
        news: Sequence[str],
        news_number: FloatArray,
        news_group: npt.NDArray[np.int64],
        news_left_out: FloatArray,
    ) -> Calibration:
        """Learn from left-out healthy runs.

        Parameters
        ----------
        scores : ndarray of shape (n_runs, n_cells)
            Scores of cells judged by distance; NaN elsewhere.
        kinds : sequence of str
            Family of each cell that is judged by distance, ``""`` for the others.
        news : sequence of str
            Groups of news.
        news_number : ndarray of shape (n_groups,)
            How many cells of each group may change on their own.
        news_group : ndarray of shape (n_cells,)
            Group of each cell, -1 for none.
        news_left_out : ndarray of shape (n_runs, n_groups)
            Probability of the news of each left-out run.
        """
        distance = tuple(sorted({kind for kind in kinds if kind}))
        families = distance + tuple(news)
        number_of = {name: i for i, name in enumerate(distance)} | {"": -1}
        family = np.array([number_of[kind] for kind in kinds], dtype=np.int64)
        family[news_group >= 0] = news_group[news_group >= 0] + len(distance)
        tails = {name: LearnedTail.fit(scores[:, family == i]) for i, name in enumerate(distance)}
        number = np.ones(len(families))
        number[len(distance) :] = news_number
        draft = cls(families, family, tails, number, ManyCells(np.empty(0)), FinalStep(1.0))
        p = draft.cell_p_values(scores)
        for i in range(len(distance)):
            mine = p[:, family == i]
            judged = np.isfinite(mine).any(axis=1)
            number[i] = effective_number(_row_min(mine[judged]), mine.shape[1])
        many = ManyCells.fit(many_cells_statistic(draft._say_in_many(p)))
        draft = cls(families, family, tails, number, many, FinalStep(1.0))
        alarms = draft._distance_alarms(p)
        statistic = many_cells_statistic(draft._say_in_many(p))
        alarms[MANY_CELLS] = _weighted(many.left_out_p_values(statistic))
        smallest = np.minimum.reduce([*alarms.values(), *news_left_out.T])
        # Runs that could not be left out say nothing about how often alarms sound.
        judged = np.isfinite(p).any(axis=1) | (not distance)
        final = FinalStep.fit(smallest[judged], len(alarms) + len(news))
        return cls(families, family, tails, number, many, final)

    def p_values(
        self, scores: FloatArray, news: FloatArray, unknown: FloatArray | None = None
    ) -> RunPValues:
        """Return the probabilities of runs.

        Parameters
        ----------
        scores : ndarray of shape (n_runs, n_cells)
            Scores of cells judged by distance; NaN elsewhere.
        news : ndarray of shape (n_runs, n_cells)
            Probabilities of cells judged by news; NaN elsewhere.
        unknown : ndarray of shape (n_runs,), default=None
            Probabilities of operations that are no cell of the baseline.
        """
        p = self.cell_p_values(scores)
        alarms = self._distance_alarms(p)
        statistic = many_cells_statistic(self._say_in_many(p))
        alarms[MANY_CELLS] = _weighted(self.many.p_values(statistic))
        for i, name in enumerate(self.families[len(self.tails) :], start=len(self.tails)):
            alarms[name] = np.minimum(_row_min(news[:, self.family == i]) * self.number[i], 1.0)
        if unknown is not None:
            alarms["present"] = np.minimum(alarms.get("present", 1.0), unknown)
        smallest = np.minimum.reduce(list(alarms.values()))
        cell = np.where(np.isnan(news), p, news)
        return RunPValues(self.final.p_values(smallest), alarms, cell, self.adjust(cell))

    def adjust(self, cell: FloatArray) -> FloatArray:
        """Return for each cell what the run's probability would be with it as only oddity."""
        number = np.append(self.number, np.nan)[self.family]
        weight = np.append(self._weights, 1.0)[self.family]
        with np.errstate(invalid="ignore"):
            alone = np.minimum(any_of(cell, number) / weight, 1.0)
        return self.final.p_values(alone)

    def cell_level(self, rate: float) -> FloatArray:
        """Return the p-value at which a cell alone makes a run anomalous at that rate.

        The inverse of `adjust`, an array of shape (n_cells,).
        """
        alone = self.final.smallest(rate)
        number = np.append(self.number, 1.0)[self.family]
        weight = np.append(self._weights, 1.0)[self.family]
        share = np.minimum(alone * weight, 1 - 1e-12)
        return np.asarray(-np.expm1(np.log1p(-share) / number), dtype=np.float64)

    @property
    def _weights(self) -> FloatArray:
        return np.array([FAMILY_WEIGHTS.get(name, 1.0) for name in self.families])

    def cell_p_values(self, scores: FloatArray) -> FloatArray:
        """Return the p-values of cells judged by distance; NaN for the others."""
        p = np.full(scores.shape, np.nan)
        for i, tail in enumerate(self.tails.values()):
            at = self.family == i
            p[:, at] = tail.p_values(scores[:, at])
        return p

    def _distance_alarms(self, p: FloatArray) -> dict[str, FloatArray]:
        weights = self._weights
        return {
            name: np.minimum(
                any_of(_row_min(p[:, self.family == i]), self.number[i]) / weights[i], 1.0
            )
            for i, name in enumerate(self.tails)
        }

    def _say_in_many(self, p: FloatArray) -> FloatArray:
        quiet = [i for i, name in enumerate(self.tails) if name in FAMILY_WEIGHTS]
        return p[
            :, (self.family >= 0) & (self.family < len(self.tails)) & ~np.isin(self.family, quiet)
        ]

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "family": self.family,
            "number": self.number,
            "many": self.many.ordered,
            "final": np.array([self.final.amount, self.final.power]),
        }
        for i, tail in enumerate(self.tails.values()):
            arrays |= {f"tail{i}_{name}": value for name, value in tail.to_arrays().items()}
        return arrays

    @classmethod
    def from_arrays(
        cls, families: Sequence[str], n_tails: int, arrays: Mapping[str, npt.NDArray[Any]]
    ) -> Calibration:
        """Make a calibration from what `to_arrays` returned."""
        tails = {
            families[i]: LearnedTail.from_arrays(
                {name: arrays[f"tail{i}_{name}"] for name in ("knots", "log_p", "pareto")}
            )
            for i in range(n_tails)
        }
        amount, power = (float(v) for v in arrays["final"])
        return cls(
            tuple(families), arrays["family"], tails, arrays["number"],
            ManyCells(arrays["many"]), FinalStep(amount, power),
        )  # fmt: skip


def _weighted(p: FloatArray) -> FloatArray:
    return np.minimum(p / FAMILY_WEIGHTS[MANY_CELLS], 1.0)


def _row_min(p: FloatArray) -> FloatArray:
    """Return the smallest p-value of each row; 1 for a row without any."""
    return np.asarray(np.fmin.reduce(p, axis=1, initial=1.0), dtype=np.float64)
