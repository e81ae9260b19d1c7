"""Change points in the sequence of healthy runs, and a baseline that follows them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from lineage_stats.detectors._base import BaseDetector, is_number
from lineage_stats.detectors._bocpd import (
    FilterResult,
    LeftOut,
    change_points,
    predict_left_out,
    run_length_filter,
)
from lineage_stats.detectors._learning import Baseline
from lineage_stats.detectors._robust import NORMAL_MAD, mad_factor, median_and_mad
from lineage_stats.detectors._roles import DISTANCE
from lineage_stats.detectors._shrinkage import VariancePrior
from lineage_stats.detectors._states import States
from lineage_stats.detectors._tails import normal_score
from lineage_stats.detectors._transforms import FloatArray, IntArray

_MOST_UPDATES = 5e8
_SHORT = 500
_FEWEST = 4
# Where fewer cells change at one run, that may be chance.
_FEWEST_TOGETHER = 3
_LEAST_TOGETHER = 0.05
# The cells left over are those that did not change for certain: fewer of them will have.
_TRUSTED = 0.1


# Standard errors by which two segments differ for certain.
_CERTAIN = 4.0


class BayesianChangePointDetector(BaseDetector):
    """Bayesian online change-point detection over the sequence of runs, cell by cell.

    For pipelines whose healthy behaviour changes now and then: the baseline of each cell is its
    present segment, `change_points_` are the changes that were called, and scores say since which
    run the present segment lasts.

    Parameters
    ----------
    false_alarm_rate : float, default=0.01
        Probability that a whole *healthy run* is flagged.
    screen_runs : bool, default=False
        Whether runs that stand out in very many cells are left out of the baseline. They may be
        the beginning of a new segment.
    weekly_season : bool, default=True
        Whether weekdays may differ, where the runs are enough to show that they do.
    alarm_on_drift : bool, default=False
        Whether slow, steady drift of the healthy runs is left to segments, which follow it late;
        False takes it out first.
    max_runs : int or None, default=None
        How many of the latest runs the baseline looks at; None takes 500, or
        ``2 / false_alarm_rate`` where that is more.
    expected_run_length : float or None, default=None
        Expected number of runs between changes of a cell. None takes
        ``max(250, 10 * n_cells)``: the more cells, the rarer a change must be in each.
    lag : int, default=10
        How many runs of the new segment to see before a change is called.
    threshold : float, default=0.3
        Posterior probability from which a change is called.

    Attributes
    ----------
    change_points_ : DataFrame
        Changes in the fitted runs: operation, feature, run_id (first run of the new segment),
        commit (of that run), position, probability. The last `lag` runs are too recent to be
        judged.
    changes_ : DataFrame
        The same, pooled: one row for the cells that change together, in order of time, with
        run_id, commit, position, n_cells, operations (in the order of the pipeline, so that the
        first is where it began) and probability (that any of them changed).
    n_runs_ : int
        Healthy runs that the baseline rests on.
    n_features_in_ : int
        Number of cells that were measured.
    cells_, judged_cells_ : tuple of Cell
        What these are, and with them the distances of distributions that follow from them.
    run_ids_, screened_run_ids_ : tuple of str
        Runs that the baseline rests on, and those that were left out.
    quarantined_run_ids_ : tuple of str
        Runs that may not enter the baseline.
    events_ : tuple of dict
        What `accept` and `quarantine` did.
    pipeline_ : str or None
        Pipeline of the runs.
    baseline_ : dict of str to ndarray
        ``center``, ``scale`` and ``df`` of the next value of each cell, ``run_length`` of its
        present segment, ``low``, ``high`` and ``recurrence`` (range of all runs, share of those at
        which a change was called again), ``state_center``, ``state_scale`` and ``state_df`` (where
        a new state may be), and ``change_cell``, ``change_position`` and
        ``change_probability``; ``segment_cell`` and ``segment_position`` are the changes that were
        confirmed.
    offset_ : float
        `decision_function` is `score_samples` minus this.

    Notes
    -----
    Values are standardised by median and MAD and modelled as Gaussian segments with a
    Normal-Inverse-Gamma prior (kappa 1, alpha and beta 1/2) and a constant hazard. A change at
    run `t` is called where ``P(run length = lag | runs up to t + lag - 1)`` exceeds `threshold`.
    A new run is scored by the tail of the Student-t predictive of the present segment: the runs
    since the last change that was called, or since when the posterior says, as far as that is
    confirmed: mean ranks of the values, or of their absolute deviations from the medians, differ
    by four standard errors. Chance calls changes of cells with heavy tails. Cells whose scales are
    comparable borrow strength from each other.
    Where three cells and one in twenty change at a run, the hazard of the others is a tenth of
    the share of cells that do: a weak step beside certain ones is believed sooner than one alone.
    Where changes of a cell were called more than once, the p-value of a value is at least that of
    one more change: the share of runs at which one was called again, times how probable a state
    as far out is, from the means of the segments; a value in the range of all runs is as
    probable as the change.
    For calibration each healthy run is scored by the other runs of its segment. Time is quadratic
    in the number of runs; where that is too much, the most recent ones are used (500 at least).
    The order of rows matters.
    Rows of numbers of runs merge exactly, into their order in time; nothing else does.

    References
    ----------
    R. P. Adams and D. J. C. MacKay, Bayesian online changepoint detection, arXiv:0710.3742
    (2007).

    Examples
    --------
    >>> import numpy as np
    >>> from lineage_stats.detectors import BayesianChangePointDetector
    >>> runs = np.random.default_rng(0).normal(size=(60, 3))
    >>> runs[40:, 1] += 8
    >>> detector = BayesianChangePointDetector().fit(runs)
    >>> detector.change_points_[["operation", "position"]].values.tolist()
    [['x1', 40]]
    >>> detector.predict([[0, 8, 0], [0, 0, 0]]).tolist()
    [1, -1]
    """

    def __init__(
        self,
        *,
        false_alarm_rate: float = 0.01,
        screen_runs: bool = False,
        weekly_season: bool = True,
        alarm_on_drift: bool = False,
        max_runs: int | None = None,
        expected_run_length: float | None = None,
        lag: int = 10,
        threshold: float = 0.3,
    ) -> None:
        super().__init__(
            false_alarm_rate=false_alarm_rate, screen_runs=screen_runs,
            weekly_season=weekly_season, alarm_on_drift=alarm_on_drift, max_runs=max_runs,
        )  # fmt: skip
        self.expected_run_length = expected_run_length
        self.lag = lag
        self.threshold = threshold

    def _validate_parameters(self) -> None:
        super()._validate_parameters()
        length = self.expected_run_length
        if length is not None and not (is_number(length) and length > 1):
            self._refuse("expected_run_length", "a float > 1 or None")
        if not is_number(self.lag) or self.lag < 1 or self.lag != int(self.lag):
            self._refuse("lag", "an int >= 1")
        if not is_number(self.threshold) or not 0 < self.threshold < 1:
            self._refuse("threshold", "a float in (0, 1)")

    def _fit_baseline(self, x: FloatArray, groups: IntArray) -> Baseline:
        first, center, scale, found = self._filter(x)
        cell, position = change_points(found.lagged, self.threshold, self.lag)
        z = (x[first:] - center) / scale
        confirmed = _confirmed(z, *self._candidates(found))
        segment = _segments(*confirmed, z.shape)
        states, _ = States.fit(z, segment)
        present = _present(z, segment)
        variance, df = _prior(present, scale, groups).posterior(
            (scale * present.scale) ** 2, present.df
        )
        return {
            "low": np.fmin.reduce(x[first:], axis=0),
            "high": np.fmax.reduce(x[first:], axis=0),
            "recurrence": states.recurrence,
            "state_center": center + scale * states.center,
            "state_scale": scale * states.scale,
            "state_df": states.df,
            "center": center + scale * present.center,
            "scale": np.sqrt(variance),
            "df": df,
            "run_length": present.n,
            "change_cell": cell.astype(np.float64),
            "change_position": (position + first).astype(np.float64),
            "change_probability": found.lagged[position, cell],
            "segment_cell": confirmed[0].astype(np.float64),
            "segment_position": (confirmed[1] + first).astype(np.float64),
        }

    def _score_baseline(self, x: FloatArray, baseline: Baseline) -> FloatArray:
        score = normal_score((x - baseline["center"]) / baseline["scale"], baseline["df"])
        seen = (x >= baseline["low"]) & (x <= baseline["high"])
        most = _states(baseline).most_surprising(x, seen)
        return np.asarray(np.clip(score, -most, most))

    def _score_left_out(self, x: FloatArray, groups: IntArray) -> FloatArray:
        """Score each run by the other runs of its segment; NaN in very short segments."""
        first, center, scale, found = self._filter(x)
        z = (x[first:] - center) / scale
        segment = _segments(*_confirmed(z, *self._candidates(found)), z.shape)
        prior = _prior(_present(z, segment), scale, groups)
        scores = np.full(x.shape, np.nan)
        for number in range(int(segment.max(initial=0)) + 1):
            mine = segment == number
            left_out = predict_left_out(np.where(mine, z, np.nan))
            enough = mine & (left_out.n >= _FEWEST)
            variance, df = prior.posterior((scale * left_out.scale) ** 2, left_out.df)
            score = normal_score(scale * (z - left_out.center) / np.sqrt(variance), df)
            scores[first:] = np.where(enough, score, scores[first:])
        _, states = States.fit(z, segment)
        seen = _within_others(z)
        most = states.most_surprising(z, seen)
        scores[first:] = np.clip(scores[first:], -most, most)
        return scores

    def _candidates(self, found: FilterResult) -> tuple[IntArray, IntArray]:
        """Return the changes that were called, and where the present segment most probably begins.

        What `lag` runs did not show, all runs since may show.
        """
        cell, position = change_points(found.lagged, self.threshold, self.lag)
        n = len(found.posterior) - 1
        least = min(n, self.lag)
        begins = n - least - found.posterior[least:].argmax(axis=0)
        later = np.flatnonzero(begins > 0)
        pairs = np.unique(np.r_[np.c_[cell, position], np.c_[later, begins[later]]], axis=0)
        return pairs[:, 0], pairs[:, 1]

    def _without_changes(self, x: FloatArray) -> FloatArray:
        """Return the present segment of cells that changed once; NaN for ones that change often."""
        cell, position = self._segment_starts
        left = x.copy()
        for j in np.unique(cell).astype(int).tolist():
            starts = position[cell == j].astype(int)
            left[: starts[0] if len(starts) == 1 else len(x), j] = np.nan
        return left

    def _filter(self, x: FloatArray) -> tuple[int, FloatArray, FloatArray, FilterResult]:
        """Standardise and filter; also return the first run that was used."""
        n_cells = x.shape[1]
        first = max(0, len(x) - max(_SHORT, int(np.sqrt(_MOST_UPDATES / n_cells))))
        used = x[first:]
        center, mad, n = median_and_mad(used)
        scale = NORMAL_MAD * mad_factor(n) * mad
        spread = np.sqrt(np.nansum((used - center) ** 2, axis=0) / n)
        scale = np.where(np.isfinite(scale) & (scale > 0.05 * spread), scale, spread)
        length = self.expected_run_length or max(250.0, 10.0 * n_cells)
        found = run_length_filter((used - center) / scale, hazard=1 / length, lag=self.lag)
        return first, center, scale, replace(found, lagged=self._pooled(found.lagged, 1 / length))

    def _pooled(self, lagged: FloatArray, hazard: float) -> FloatArray:
        """Return the probabilities with a hazard that is that of each run, not of all.

        Where some cells changed for certain, others are likely to have: their odds are raised
        by how much more often cells change at that very run than the hazard says.
        """
        n_cells = max(lagged.shape[1], 1)
        called = np.pad((lagged > self.threshold).sum(axis=1), 1)
        # Noise moves where a single cell seems to change by a run.
        called = np.maximum.reduce([called[:-2], called[1:-1], called[2:]])
        together = called >= max(_FEWEST_TOGETHER, _LEAST_TOGETHER * n_cells)
        rate = np.where(together, _TRUSTED * called / n_cells, hazard)
        boost = (np.maximum(rate, hazard) / hazard)[:, None]
        return np.asarray(boost * lagged / (1 - lagged + boost * lagged))

    @property
    def change_points_(self) -> pd.DataFrame:
        """Changes in the fitted runs, see the class."""
        cells = [
            c for c, r in zip(self.judged_cells_, self.roles_.role, strict=True) if r == DISTANCE
        ]
        which = [cells[int(i)] for i in self.baseline_.get("change_cell", [])]
        position = [int(i) for i in self.baseline_.get("change_position", [])]
        return pd.DataFrame(
            {
                "operation": [cell.operation for cell in which],
                "feature": [cell.feature for cell in which],
                "run_id": [self.run_ids_[i] for i in position],
                "commit": [self._commits().get(self.run_ids_[i], "") for i in position],
                "position": np.array(position, dtype=np.int64),
                "probability": self.baseline_.get("change_probability", np.empty(0)),
            }
        )

    def _commits(self) -> dict[str, str]:
        return dict(zip(self.history_.run_ids, self.history_.commits, strict=True))

    @property
    def changes_(self) -> pd.DataFrame:
        """Changes of cells that change together, see the class."""
        cells = self.change_points_.sort_values(["position", "operation"], kind="stable")
        order = (
            {} if self.reference_ is None else {k: i for i, k in enumerate(self.reference_.keys)}
        )
        rows = []
        near = max(self.lag // 2, 1)
        group = (cells["position"].diff().fillna(0) > near).cumsum()
        for _, part in cells.groupby(group):
            first = part.iloc[int(part["probability"].to_numpy().argmax())]
            operations = sorted(set(part["operation"]), key=lambda key: (order.get(key, 0), key))
            rows.append(
                {
                    **{name: first[name] for name in ("run_id", "commit", "position")},
                    "n_cells": len(part),
                    "operations": tuple(operations),
                    "probability": 1 - float(np.prod(1 - part["probability"])),
                }
            )
        names = ["run_id", "commit", "position", "n_cells", "operations", "probability"]
        return pd.DataFrame(rows, columns=names)

    def _since(self) -> npt.NDArray[np.object_]:
        since = np.full(len(self.judged_cells_), "", dtype=object)
        at = np.flatnonzero(self.roles_.role == DISTANCE)
        for cell, position in zip(*self._segment_starts, strict=True):
            since[at[int(cell)]] = self.run_ids_[int(position)]
        return since

    @property
    def _segment_starts(self) -> tuple[FloatArray, FloatArray]:
        """Cells and positions at which segments begin; in older files, of all that were called."""
        names = "segment" if "segment_cell" in self.baseline_ else "change"
        cell, position = (
            self.baseline_.get(f"{names}_{name}", np.empty(0)) for name in ("cell", "position")
        )
        return cell, position


def _prior(present: LeftOut, scale: FloatArray, groups: IntArray) -> VariancePrior:
    """Return what the present scales of comparable cells have in common."""
    return VariancePrior.fit((scale * present.scale) ** 2, present.df, groups)


def _present(z: FloatArray, segment: IntArray) -> LeftOut:
    """Return the predictive of the next value of each cell from its present segment."""
    now = np.where(segment == segment[-1], z, np.nan)
    left_out = predict_left_out(np.vstack([now, np.full(z.shape[1], np.nan)]))
    return LeftOut(left_out.center[-1], left_out.scale[-1], left_out.df[-1], left_out.n[-1])


def _segments(cell: IntArray, position: IntArray, shape: tuple[int, ...]) -> IntArray:
    """Return the number of the segment of each run, for changes as of `change_points`."""
    starts = np.zeros(shape, dtype=np.int64)
    starts[position, cell] = 1
    return np.asarray(starts.cumsum(axis=0))


def _confirmed(z: FloatArray, cell: IntArray, position: IntArray) -> tuple[IntArray, IntArray]:
    """Return the changes that a test without Gaussian tails confirms.

    Where tails are heavier, chance groups large values, and the scales of such groups would be
    too small for a new run. Of the changes of a cell the least certain goes first, so that what
    it divided counts together for the others.
    """
    kept: list[tuple[int, int]] = []
    for j in np.unique(cell).tolist():
        edges = [0, *position[cell == j].tolist(), len(z)]
        while len(edges) > 2:
            parts = [z[a:b, j] for a, b in pairwise(edges)]
            apart = [_apart(*two) for two in pairwise(parts)]
            weakest = int(np.argmin(apart))
            if apart[weakest] > _CERTAIN:
                break
            del edges[weakest + 1]
        kept += [(j, start) for start in edges[1:-1]]
    pairs = np.array(kept, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _apart(before: FloatArray, after: FloatArray) -> float:
    """Return by how many standard errors two segments differ in their ranks, or in their spreads'.

    Spreads are compared by absolute deviations from the medians, as Brown and Forsythe do.
    """
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if not len(before) or not len(after):
        return np.inf
    spread = np.abs(before - np.median(before)), np.abs(after - np.median(after))
    return max(_ranks_apart(before, after), _ranks_apart(*spread))


def _ranks_apart(before: FloatArray, after: FloatArray) -> float:
    ranks = stats.rankdata(np.concatenate([before, after]))
    a, b = ranks[: len(before)], ranks[len(before) :]
    squares = np.square(a - a.mean()).sum() + np.square(b - b.mean()).sum()
    variance = squares / max(len(ranks) - 2, 1) * (1 / len(a) + 1 / len(b))
    return float(abs(a.mean() - b.mean()) / np.sqrt(max(variance, 1e-300)))


def _states(baseline: Baseline) -> States:
    """Return the states that were learned; older files have none: each is far away then."""
    nowhere = {"center": np.inf, "scale": 1.0, "df": 1.0}
    known = (baseline.get(f"state_{name}", np.array(far)) for name, far in nowhere.items())
    return States(baseline["recurrence"], *known)


def _within_others(z: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which values are within the range of the others of their column."""
    ends = [z == np.fmin.reduce(z, axis=0), z == np.fmax.reduce(z, axis=0)]
    alone = np.any([end & (end.sum(axis=0) == 1) for end in ends], axis=0)
    return np.asarray(np.isfinite(z) & ~alone)
