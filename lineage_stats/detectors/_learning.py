"""What happens inside `fit`: roles, laws, calibration, and what results show."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._calibration import (
    FAMILY_WEIGHTS,
    SLOW,
    WALKING,
    Calibration,
    RunPValues,
    runs_needed,
)
from lineage_stats.detectors._inputs import Runs
from lineage_stats.detectors._laws import Laws
from lineage_stats.detectors._memory import effective_runs, remembering
from lineage_stats.detectors._news import NewsModel
from lineage_stats.detectors._profiles import Profiles
from lineage_stats.detectors._roles import (
    DISTANCE,
    assign_roles,
    cell_table,
    column_units,
    families_of,
    kinds_of,
    one_sided,
    scale_groups,
)
from lineage_stats.detectors._screening import screen_runs
from lineage_stats.detectors._steps import Near, StepModel, either
from lineage_stats.detectors._time import TimeModel
from lineage_stats.detectors._transforms import (
    FloatArray,
    IntArray,
    inverse_transform,
    transform,
)
from lineage_stats.exceptions import FewRunsWarning
from lineage_stats.features import Cell

Baseline = dict[str, FloatArray]
Ranges = tuple[FloatArray, FloatArray, FloatArray, FloatArray]

_WIDEST: Final = 64.0
# Runs that a baseline looks at by default: older ones say little of today.
RECENT: Final = 500


class Learning:
    """The part of a detector that neither its author nor its user sees."""

    if TYPE_CHECKING:
        false_alarm_rate: float
        screen_runs: bool
        weekly_season: bool
        alarm_on_drift: bool
        max_runs: int | None
        baseline_: Baseline
        n_features_in_: int
        feature_names_in_: npt.NDArray[np.object_]

        def _learn_excuses(self, runs: Runs, odd: Runs) -> None: ...
        def _fit_baseline(self, x: FloatArray, groups: IntArray) -> Baseline: ...
        def _score_baseline(self, x: FloatArray, baseline: Baseline) -> FloatArray: ...
        def _score_left_out(self, x: FloatArray, groups: IntArray) -> FloatArray: ...
        def _without_changes(self, x: FloatArray) -> FloatArray: ...
        def _fit_whole(self, x: FloatArray) -> FloatArray | None: ...
        def _score_whole(self, x: FloatArray) -> FloatArray | None: ...

    @property
    def _judges_cells(self) -> bool:
        """Whether single cells that vary have a say."""
        return True

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def _fit_runs(self, runs: Runs) -> None:
        self.history_ = runs
        runs = runs.take(np.arange(len(runs.values))[-self._most_runs() :])
        kept = np.ones(len(runs.values), dtype=bool)
        if self.screen_runs:
            kept = screen_runs(runs.values, runs.cells)
        odd, runs = runs.take(~kept), runs.take(kept)
        self.screened_run_ids_ = odd.run_ids
        self.run_ids_ = runs.run_ids
        self.pipeline_ = runs.pipeline
        self.reference_ = runs.reference
        self.n_runs_ = len(runs.values)
        self.offset_ = float(np.log10(self.false_alarm_rate))
        self._warn_of_few_runs()
        self._learn(runs)
        self._learn_excuses(runs, odd)

    def _checked(self, baseline: Baseline, n_cells: int) -> Baseline:
        """Return a baseline that has what all else counts on."""
        shapes = {name: np.asarray(baseline.get(name)).shape for name in ("center", "scale")}
        if set(shapes.values()) != {(n_cells,)}:
            raise ValueError(
                f"{type(self).__name__}._fit_baseline must return a dict with the arrays 'center' "
                f"and 'scale', both of shape (n_cells,) = ({n_cells},). It has "
                f"{', '.join(baseline) or 'nothing'}; the shapes of these two are "
                f"{shapes['center']} and {shapes['scale']}."
            )
        return baseline

    @property
    def _fitted_rate(self) -> float:
        """The rate of false alarms that was asked for when the detector learned."""
        return float(f"{10.0**self.offset_:.12g}")

    def _most_runs(self) -> int:
        """Return how many of the latest runs count."""
        return self.max_runs or max(RECENT, math.ceil(2 / self.false_alarm_rate))

    def _learn(self, runs: Runs) -> None:
        self.profiles_ = Profiles.fit(runs.values, runs.cells)
        self.cells_: tuple[Cell, ...] = runs.cells
        self.judged_cells_ = cells = runs.cells + self.profiles_.cells(runs.cells)
        X = self.profiles_.extend(runs.values)
        self.roles_ = roles = assign_roles(X, cells)
        self.news_ = NewsModel.fit(X, cells, roles)
        self.laws_ = Laws.fit(X, cells, roles)
        self.one_sided_ = one_sided(cells)
        at = roles.role == DISTANCE
        self.unit_ = column_units(X, cells)[at]
        raw = transform(X[:, at], roles.code[at]) / self.unit_
        z = self._without_time(raw, runs.times)
        groups = scale_groups(cells, roles)[at]
        scores, whole = np.full(X.shape, np.nan), None
        self.effective_, self.wanders_ = np.full(z.shape[1], np.inf), np.zeros(z.shape[1])
        self.steps_ = StepModel.nothing()
        families = families_of(cells)
        if at.any():
            self.baseline_ = self._checked(self._fit_baseline(z, groups), z.shape[1])
            slow, walking = self._learn_memory(z, raw, runs.times, families[at])
            families[np.flatnonzero(at)[slow]] = SLOW
            families[np.flatnonzero(at)[walking]] = WALKING
            if self._judges_cells:
                scores[:, at] = self._left_out(z, groups, slow)
                scores = self._bounded(self.laws_.bound_left_out(scores, X))
            whole = self._fit_whole(z)
        else:
            self.baseline_ = {"center": np.empty(0), "scale": np.empty(0)}
        judged = at & self._judges_cells
        self.calibration_ = Calibration.fit(
            scores,
            [str(kind) if known else "" for kind, known in zip(families, judged, strict=True)],
            self.news_.groups,
            self.news_.number,
            self.news_.group,
            self.news_.left_out_p_values(),
            whole,
        )
        self._describe(X, runs)

    def _learn_memory(
        self, z: FloatArray, raw: FloatArray, times: FloatArray, families: npt.NDArray[np.str_]
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Find cells that remember; return those of slow levels, and those judged by steps."""
        none, metric = np.zeros(z.shape[1], dtype=bool), families == "metric"
        if self.alarm_on_drift:
            return none, none
        unchanged = self._without_changes(z)
        # A metric that wanders looks as if it had changed many times.
        often = metric & np.isnan(unchanged).all(axis=0)
        steps, has_steps = self.steps_, none.copy()
        ordered = self._judges_cells and StepModel.may_fit(times)
        if ordered:
            steps = StepModel.fit(raw, self.time_.freed(raw, times), times)
            has_steps[steps.cell] = True
        self.effective_, shown, self.wanders_ = effective_runs(
            np.where(often, z, unchanged), metric & ordered, has_steps
        )
        remembers = np.isfinite(self.effective_) | (self.wanders_ > 0)
        steady = ~np.isin(families, [*FAMILY_WEIGHTS, "metric"])
        self.steps_ = steps.judging(remembers, shown, metric, steady)
        walking = none.copy()
        walking[self.steps_.surely().cell] = True
        return shown & ~walking, walking & ~metric

    def _left_out(self, z: FloatArray, groups: IntArray, slow: npt.NDArray[np.bool_]) -> FloatArray:
        """Return scores of the healthy runs, each by the others."""
        # Tails of the others stay those of all that do not show a memory by themselves.
        sure = self.steps_.surely()
        known = slow.copy()
        known[sure.cell] = True
        shown = np.where(known, self.effective_, np.inf)
        scores = remembering(self._score_left_out(z, groups), shown)
        if sure.cell.size:
            scores[:, sure.cell] = either(scores[:, sure.cell], sure.left_out_scores())
        return scores

    def _with_steps(self, level: FloatArray, steps: FloatArray) -> FloatArray:
        """Return scores of cells, of which those that remember are judged by their steps, too."""
        if not self.steps_.cell.size:
            return remembering(level, self.effective_, self.wanders_)
        sure, known = self.steps_.sure, np.full(level.shape, np.nan)
        known[:, self.steps_.cell[~sure]] = steps[:, ~sure]
        scores = remembering(level, self.effective_, self.wanders_, known)
        at = self.steps_.cell[sure]
        scores[:, at] = either(scores[:, at], steps[:, sure])
        return scores

    def _near(self, times: FloatArray) -> Near:
        """Return the healthy runs next to runs of those times."""
        zero, unit = (a[:, self.steps_.cell] for a in self.time_.scale_of_freed(times))
        return self.steps_.near(times, zero, unit)

    def _without_time(self, z: FloatArray, times: FloatArray) -> FloatArray:
        self.time_ = TimeModel.fit(
            z, times, weekly=self.weekly_season, drift=not self.alarm_on_drift
        )
        return self.time_.residuals(z, times)

    def _bounded(self, scores: FloatArray) -> FloatArray:
        """Return scores of which those of distances are 0 where these are small."""
        if self.one_sided_.any():
            scores[:, self.one_sided_] = np.maximum(scores[:, self.one_sided_], 0.0)
        return scores

    def _describe(self, X: FloatArray, runs: Runs) -> None:
        """Keep what results show beside probabilities: centres, scales, ranges, labels."""
        at = self.roles_.role == DISTANCE
        level = self.calibration_.cell_level(self.false_alarm_rate)
        # People look at metrics one by one, whatever else there is in a run.
        kinds = kinds_of(self.judged_cells_)
        metric = kinds == "metric"
        level[metric] = np.maximum(level[metric], self.false_alarm_rate)
        self.reach_, self.step_reach_ = self._reach(level[at]), self._step_reach(level[at])
        self.center_ = _modes(X)
        self.scale_ = np.full(X.shape[1], np.nan)
        self.lower_, self.upper_ = self.news_.low.copy(), self.news_.high.copy()
        now = float(runs.times[-1])
        self.center_, self.scale_, self.lower_, self.upper_ = self._ranges(now)
        unequal = np.isin(kinds, ("category", "presence"))
        self.lower_[unequal], self.upper_[unequal] = np.nan, np.nan
        wanted = set(self.center_[unequal].tolist())
        self.cell_table_ = cell_table(self.judged_cells_)
        self.labels_ = {k: v for k, v in runs.labels.items() if k in wanted}

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def _ranges(self, time: float) -> Ranges:
        """Return centre, scale, lower and upper end of healthy values at that time."""
        at = self.roles_.role == DISTANCE
        code = self.roles_.code[at]
        times = np.array([time])
        expected, width = (self.unit_ * a[0] for a in self.time_.at(times))
        steps, z = self.steps_.cell, self.baseline_["center"].copy()
        low, high = np.where(self.one_sided_[at], -np.inf, z - self.reach_), z + self.reach_
        spread = self.baseline_["scale"].copy()
        if steps.size:
            ends = self.steps_.reach(self.step_reach_, self._near(times))
            # A cell that only may wander is inside where either is.
            sure, ends = self.steps_.sure, (ends[0][0], ends[1][0])
            both = np.fmax(low[steps], ends[0]), np.fmin(high[steps], ends[1])
            any_ = np.fmin(low[steps], ends[0]), np.fmax(high[steps], ends[1])
            low[steps], high[steps] = (
                np.where(sure, *pair) for pair in zip(both, any_, strict=True)
            )
            z[steps] = np.clip(z[steps], low[steps], high[steps])
            narrower = (high - low)[steps] / (2 * self.reach_[steps])
            spread[steps] *= np.where(sure & np.isfinite(narrower), narrower, 1.0)
        low, center, high = (expected + width * a for a in (low, z, high))
        found = tuple(a.copy() for a in (self.center_, self.scale_, self.lower_, self.upper_))
        found[0][at] = inverse_transform(center, code)
        scale = inverse_transform(center + width * spread, code)
        found[1][at] = np.abs(scale - found[0][at])
        found[2][at] = inverse_transform(low, code)
        found[3][at] = inverse_transform(high, code)
        return found[0], found[1], found[2], found[3]

    def _reach(self, level: FloatArray) -> FloatArray:
        """Return how far from its centre each cell may be before it alone raises the alarm."""
        at = self.roles_.role == DISTANCE
        center, scale = self.baseline_["center"], self.baseline_["scale"]
        if not self._judges_cells:
            return np.full_like(center, np.inf)
        values = np.full((1, len(self.judged_cells_)), np.nan)
        expected, width = (self.unit_ * a[0] for a in self.time_.at(np.array([np.nan])))

        def score(distance: FloatArray) -> FloatArray:
            z = center + distance * scale
            values[0, at] = inverse_transform(expected + width * z, self.roles_.code[at])
            return self._with_steps(self._distances(z[None]), self.steps_.none(1))

        return np.asarray(self._largest(score, level, values) * scale, dtype=np.float64)

    def _step_reach(self, level: FloatArray) -> FloatArray:
        """Return which score of a step alone raises the alarm."""
        values = np.full((1, len(self.judged_cells_)), np.nan)
        found = self._largest(lambda score: score[None], level, values)
        return self.steps_.least(found[self.steps_.cell], self.wanders_[self.steps_.cell])

    def _largest(
        self, score: Callable[[FloatArray], FloatArray], level: FloatArray, values: FloatArray
    ) -> FloatArray:
        """Return of each cell the largest argument of `score` that raises no alarm, by halving."""
        at = self.roles_.role == DISTANCE
        low, high = np.zeros_like(level), np.full_like(level, _WIDEST)
        scores = np.full(values.shape, np.nan)
        for _ in range(24):
            middle = (low + high) / 2
            scores[:, at] = score(middle)
            p = self.calibration_.cell_p_values(self.laws_.bound(scores, values))[0, at]
            inside = p >= level
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        return high

    def _warn_of_few_runs(self) -> None:
        needed = runs_needed(self.false_alarm_rate)
        if self.n_runs_ < needed:
            warnings.warn(
                f"{type(self).__name__} was fitted on {self.n_runs_} healthy runs; a false alarm "
                f"rate of {self.false_alarm_rate:g} per run is honest from {needed} runs: "
                f"{needed - self.n_runs_} more. Until then treat verdicts as hints: record more "
                "healthy runs or ask for a higher rate.",
                FewRunsWarning,
                stacklevel=4,
            )

    def _scaled(self, X: FloatArray, times: FloatArray) -> FloatArray:
        """Return the cells judged by distance on their scales, freed of time."""
        at = self.roles_.distance
        return self.time_.adjust(transform(X[:, at], self.roles_.code[at]) / self.unit_, times)

    def _moved(self, z: FloatArray) -> FloatArray:
        return np.asarray((z - self.baseline_["center"]) / self.baseline_["scale"])

    def _p_values_of(
        self, X: FloatArray, z: FloatArray, news: FloatArray, unknown: FloatArray, near: Near
    ) -> RunPValues:
        scores = np.full(X.shape, np.nan)
        if self._judges_cells:
            steps = self.steps_.scores(z, near)
            scores[:, self.roles_.distance] = self._with_steps(self._distances(z), steps)
            scores = self._bounded(self.laws_.bound(scores, X))
        whole = self._score_whole(z) if z.shape[1] else None
        return self.calibration_.p_values(scores, news, unknown, whole)

    def _distances(self, z: FloatArray) -> FloatArray:
        return self._score_baseline(z, self.baseline_) if z.shape[1] else z


def _modes(X: FloatArray) -> FloatArray:
    """Return the most frequent value of each column, the median's neighbour where none is."""
    modes = np.full(X.shape[1], np.nan)
    for j, column in enumerate(X.T):
        values, counts = np.unique(column[np.isfinite(column)], return_counts=True)
        if len(values):
            modes[j] = values[counts.argmax()]
    return modes
