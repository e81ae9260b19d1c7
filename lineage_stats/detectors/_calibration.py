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
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._final_step import FinalStep
from lineage_stats.detectors._many_cells import ManyCells, many_cells_statistic
from lineage_stats.detectors._news import TIED
from lineage_stats.detectors._tails import LearnedTail, any_of, effective_number, left_out_p_values
from lineage_stats.detectors._transforms import FloatArray, IntArray

MANY_CELLS: Final = "many cells"
# What an estimator says that looks at all cells of a run together.
WHOLE_RUN: Final = "whole run"
# Cells that resemble the run before: a left-out run is close to its neighbours, a new one is not.
SLOW: Final = "slow"
WALKING: Final = "walking"
# A duration alone must be ten times as surprising as anything else, and it has no say in the
# alarm for many cells: a busy machine slows all operations of a healthy run. The same goes for
# statistics of a column that a single row can move (`families_of`), and for distances of
# distributions, which say again what the other statistics of the column say. Faults that
# move many cells move that alarm by far more than it needs, so it gets a small share.
FAMILY_WEIGHTS: Final[Mapping[str, float]] = {
    "duration": 0.1, "cpu": 0.2, "sensitive": 0.1, "distance": 0.1, MANY_CELLS: 0.2,
    SLOW: 0.2, WALKING: 0.2,
}  # fmt: skip


def runs_needed(false_alarm_rate: float) -> int:
    """Return how many healthy runs a false alarm rate needs at least.

    ``0.2 / false_alarm_rate``, so that what was counted is continued by a factor of at most five,
    and never fewer than 20, below which scales of single cells are too uncertain. From
    ``1 / false_alarm_rate - 1`` on nothing need be continued.
    """
    return max(20, math.ceil(0.2 / false_alarm_rate))


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
    eased : ndarray of bool of shape (n_runs, n_cells)
        Which cells are less abnormal by what is known to do no harm.
    """

    run: FloatArray
    alarms: dict[str, FloatArray]
    cell: FloatArray
    adjusted: FloatArray
    eased: npt.NDArray[np.bool_]

    def put(self, i: int, other: RunPValues, most: float) -> None:
        """Write the first run of others in the place of a run, its probability at most `most`."""
        self.run[i] = min(other.run[0], most)
        self.cell[i], self.adjusted[i] = other.cell[0], other.adjusted[0]
        for name, alarm in self.alarms.items():
            alarm[i] = other.alarms[name][0]


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
    whole : ManyCells
        The same law for the scores of an estimator that judges whole runs; empty without one.
    final : FinalStep
        From the smallest alarm to the probability of the run.
    """

    families: tuple[str, ...]
    family: npt.NDArray[np.int64]
    tails: dict[str, LearnedTail]
    number: FloatArray
    many: ManyCells
    whole: ManyCells
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
        whole: FloatArray | None = None,
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
        whole : ndarray of shape (n_runs,), default=None
            Scores of whole runs by an estimator, each left out; higher is more anomalous.
        """
        distance = tuple(sorted({kind for kind in kinds if kind}))
        families = distance + tuple(news)
        number_of = {name: i for i, name in enumerate(distance)} | {"": -1}
        family = np.array([number_of[kind] for kind in kinds], dtype=np.int64)
        family[news_group >= 0] = news_group[news_group >= 0] + len(distance)
        tails = {name: LearnedTail.fit(scores[:, family == i]) for i, name in enumerate(distance)}
        number = np.ones(len(families))
        number[len(distance) :] = news_number
        nothing = ManyCells(np.empty(0))
        together = nothing if whole is None else ManyCells.fit(whole)
        draft = cls(families, family, tails, number, nothing, together, FinalStep(1.0))
        p = np.full(scores.shape, np.nan)
        for i in range(len(distance)):
            mine = p[:, family == i] = left_out_p_values(scores[:, family == i])
            judged = np.isfinite(mine).any(axis=1)
            number[i] = mine.shape[1]
            if distance[i] not in (SLOW, WALKING):  # of which left-out runs say nothing
                number[i] = effective_number(_row_min(mine[judged]), mine.shape[1])
        many = ManyCells.fit(many_cells_statistic(draft._say_in_many(p)))
        draft = cls(families, family, tails, number, many, together, FinalStep(1.0))
        alarms = draft._distance_alarms(p)
        statistic = many_cells_statistic(draft._say_in_many(p))
        alarms[MANY_CELLS] = _weighted(many.left_out_p_values(statistic))
        if whole is not None:
            alarms[WHOLE_RUN] = together.left_out_p_values(whole)
        counted = [news_left_out[:, g] for g, name in enumerate(news) if name.startswith(TIED)]
        countable = np.minimum.reduce([*alarms.values(), *counted])
        smallest = np.minimum(countable, np.min(news_left_out, axis=1, initial=1.0))
        # Runs that could not be left out say nothing about how often alarms sound.
        judged = np.isfinite(p).any(axis=1) | (not distance)
        if whole is not None:
            judged |= np.isfinite(whole)
        final = FinalStep.fit(smallest[judged], len(alarms) + len(news), countable[judged])
        return cls(families, family, tails, number, many, together, final)

    def p_values(
        self,
        scores: FloatArray,
        news: FloatArray,
        unknown: FloatArray | None = None,
        whole: FloatArray | None = None,
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
        whole : ndarray of shape (n_runs,), default=None
            Scores of whole runs by an estimator.
        """
        p = self.cell_p_values(scores)
        alarms = self._distance_alarms(p)
        statistic = many_cells_statistic(self._say_in_many(p))
        alarms[MANY_CELLS] = _weighted(self.many.p_values(statistic))
        for i, name in enumerate(self.families[len(self.tails) :], start=len(self.tails)):
            alarms[name] = np.minimum(_row_min(news[:, self._members[i]]) * self.number[i], 1.0)
        if whole is not None:
            alarms[WHOLE_RUN] = self.whole.p_values(whole)
        if unknown is not None:
            alarms["present"] = np.minimum(alarms.get("present", 1.0), unknown)
        cell = np.where(np.isnan(news), p, news)
        return RunPValues(
            self._run(alarms), alarms, cell, self.adjust(cell), np.zeros(cell.shape, dtype=bool)
        )

    def _run(self, alarms: Mapping[str, FloatArray]) -> FloatArray:
        """Return the probabilities of runs, as `run_p_values` gives them for the alarms at best."""
        new = [alarm for name, alarm in alarms.items() if self._is_new(name)]
        learned = [alarm for name, alarm in alarms.items() if not self._is_new(name)]
        run = self.final.p_values(np.minimum.reduce(learned))
        return np.minimum(run, self.final.fitted(np.minimum.reduce(new))) if new else run

    def run_p_values(self, alarm: str, p: FloatArray) -> FloatArray:
        """Return the probability of runs in which nothing but this alarm sounded."""
        return self.final.fitted(p) if self._is_new(alarm) else self.final.p_values(p)

    def _is_new(self, alarm: str) -> bool:
        """Return whether an alarm is one of news proper, whose p-values count runs already."""
        learned = alarm in self.tails or alarm in (MANY_CELLS, WHOLE_RUN)
        return not (learned or alarm.startswith(TIED))

    def adjust(self, cell: FloatArray) -> FloatArray:
        """Return for each cell what the run's probability would be with it as only oddity."""
        number, weight = self._of_cells
        with np.errstate(invalid="ignore"):
            alone = np.minimum(any_of(cell, number) / weight, 1.0)
        adjusted = self.final.p_values(alone)
        adjusted[:, self._new] = self.final.fitted(alone[:, self._new])
        return adjusted

    def cell_level(self, rate: float) -> FloatArray:
        """Return the p-value at which a cell alone makes a run anomalous at that rate.

        The inverse of `adjust`, an array of shape (n_cells,).
        """
        alone = np.full(len(self.family), self.final.smallest(rate))
        alone[self._new] = self.final.smallest_fitted(rate)
        number, weight = self._of_cells
        number = np.where(self.family < 0, 1.0, number)
        share = np.minimum(alone * weight, 1 - 1e-12)
        return np.asarray(-np.expm1(np.log1p(-share) / number), dtype=np.float64)

    # What every score asks for is kept from the first one on.

    @cached_property
    def _members(self) -> tuple[IntArray, ...]:
        """The cells of each family."""
        return tuple(np.flatnonzero(self.family == i) for i in range(len(self.families)))

    @cached_property
    def _new(self) -> IntArray:
        """The cells that are judged by news proper."""
        return np.flatnonzero(np.array([*map(self._is_new, self.families), False])[self.family])

    @cached_property
    def _of_cells(self) -> tuple[FloatArray, FloatArray]:
        """The number and the weight of each cell's family; NaN and 1 for cells without a say."""
        return np.append(self.number, np.nan)[self.family], np.append(self._weights, 1)[self.family]

    @cached_property
    def _weights(self) -> FloatArray:
        return np.array([FAMILY_WEIGHTS.get(name, 1.0) for name in self.families])

    @cached_property
    def _heard_in_many(self) -> IntArray:
        """The cells that have a say in the alarm for many cells."""
        quiet = [i for i, name in enumerate(self.tails) if name in FAMILY_WEIGHTS]
        learned = (self.family >= 0) & (self.family < len(self.tails))
        return np.flatnonzero(learned & ~np.isin(self.family, quiet))

    def cell_p_values(self, scores: FloatArray) -> FloatArray:
        """Return the p-values of cells judged by distance; NaN for the others."""
        p = np.full(scores.shape, np.nan)
        for at, tail in zip(self._members, self.tails.values(), strict=False):
            p[:, at] = tail.p_values(scores[:, at])
        return p

    def _distance_alarms(self, p: FloatArray) -> dict[str, FloatArray]:
        weights = self._weights
        return {
            name: np.minimum(
                any_of(_row_min(p[:, self._members[i]]), self.number[i]) / weights[i], 1.0
            )
            for i, name in enumerate(self.tails)
        }

    def _say_in_many(self, p: FloatArray) -> FloatArray:
        return p[:, self._heard_in_many]

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "family": self.family,
            "number": self.number,
            "many": self.many.ordered,
            "whole": self.whole.ordered,
            "final": np.array([self.final.amount, self.final.power]),
            "seen": self.final.seen,
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
            ManyCells(arrays["many"]), ManyCells(arrays.get("whole", np.empty(0))),
            FinalStep(amount, power, arrays["seen"]),
        )  # fmt: skip


def _weighted(p: FloatArray) -> FloatArray:
    return np.minimum(p / FAMILY_WEIGHTS[MANY_CELLS], 1.0)


def _row_min(p: FloatArray) -> FloatArray:
    """Return the smallest p-value of each row; 1 for a row without any."""
    return np.asarray(np.fmin.reduce(p, axis=1, initial=1.0), dtype=np.float64)
