"""What weekday and slow drift explain of healthy runs, taken out before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from lineage_stats.detectors._discovery import discoveries
from lineage_stats.detectors._robust import median_and_mad
from lineage_stats.detectors._transforms import FloatArray, IntArray

_WEEK: Final = 7
# Kinds of cells: neither, weekday, drift, both.
_WEEKLY: Final = 1
_DRIFTS: Final = 2
_LEAST_WEEKLY: Final = 28
_LEAST_PER_DAY: Final = 3
_LEAST_DRIFT: Final = 20
_LEAST_DATES: Final = 10  # of which a trend may be seen
_RATE: Final = 0.01
_MOST_AHEAD: Final = 0.25
# Fewer cells say little of how large drifts are on average; nor does one with a huge slope.
_LEAST_CELLS: Final = 30
_MOST_SQUARE: Final = 25.0


@dataclass(frozen=True)
class TimeModel:
    """Expected value of each cell by weekday and time.

    Attributes
    ----------
    kind : ndarray of int of shape (n_cells,)
        0: neither matters; 1: weekday, 2: drift, 3: both.
    level : ndarray of shape (7, n_cells)
        Expected value by weekday (Monday first) at the last healthy run.
    slope : ndarray of shape (n_cells,)
        Change over the whole time of the healthy runs.
    covariance : ndarray of shape (4, 8, 8)
        Inverse of the normal equations of each kind: what the estimates cost in precision.
    clock : ndarray of shape (2,)
        Time of the last healthy run and time between first and last, in days.
    hidden : ndarray of shape ()
        Variance, between cells, of drifts over the whole time that no cell shows by itself; in
        units of the cells' own variances.
    middle : ndarray of shape (n_cells,)
        Medians of the known values of cells that do not move with time; 0 for the others.

    Notes
    -----
    A cell has *weekdays* if an analysis of variance of its ranks says so among all cells at a
    false discovery rate of 0.01, from 28 runs on, on 3 dates of each weekday; of the runs of one
    date their mean counts, as they may be runs on the same data, for a drift as well from 10 dates
    on. It *drifts* if the rank
    correlation with time does, from 20 runs on, and a line fits it better than one step does. Both
    are fitted together by least squares. Residuals are divided by their own standard deviation,
    ``sqrt(1 - h)`` for a fitted run of leverage `h` and ``sqrt(1 + h)`` for a new one, so that
    healthy and new runs are on one scale. A line is continued by a quarter of its length; whether
    it goes on beyond that or levels off is not known, so that no value between is unusual.

    Many cells may drift, each too little to be found. Their t-statistics of slope are larger then
    than chance makes them on average, and by that much new runs may be further out, in all cells
    that are not known to drift: with `S` the sum of squares of centred times,
    ``hidden = (mean(t**2) (df - 2) / df - 1) / S``, less three standard errors of independent
    cells: where cells depend on each other, or on the run before, chance alone makes some, and new
    runs may be a little further out.

    References
    ----------
    Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, Journal of the Royal
    Statistical Society B 57 (1995) 289-300.
    """

    kind: IntArray
    level: FloatArray
    slope: FloatArray
    covariance: FloatArray
    clock: FloatArray
    hidden: FloatArray
    middle: FloatArray

    @classmethod
    def fit(cls, z: FloatArray, times: FloatArray, *, weekly: bool, drift: bool) -> Self:
        """Find out which cells move with time; `times` are days since the epoch."""
        model = cls.flat(z.shape[1])
        if len(z) < _LEAST_DRIFT or not np.isfinite(times).all() or np.ptp(times) <= 0:
            return model
        clock = np.array([times[-1], np.ptp(times)])
        day, elapsed = _weekdays(times), (times - clock[0]) / clock[1]
        at = np.flatnonzero(np.isfinite(z).all(axis=0))
        y, kind = z[:, at], np.zeros(len(at), dtype=np.int64)
        hidden = np.zeros(())
        if weekly:
            kind[_weekly(y, times)] = _WEEKLY
        if drift:
            freed = y - _day_means(y, day) * (kind == _WEEKLY)
            means, when = _by_date(freed, elapsed, times)
            kind[_drifts(means, when)] += _DRIFTS
            steady = kind < _DRIFTS
            share = _share_between(freed[:, steady], means[:, steady])
            hidden = _hidden(means[:, steady], when) * share
        level, slope = np.zeros((_WEEK, len(at))), np.zeros(len(at))
        for wanted in np.unique(kind[kind > 0]):
            design = _design(day, elapsed, int(wanted))
            inverse = np.linalg.pinv(design.T @ design)
            chosen = kind == wanted
            found = inverse @ design.T @ y[:, chosen]
            # Weekdays that no run has had get the mean of the others.
            unseen = np.flatnonzero(np.diag(inverse)[:_WEEK] == 0)
            if wanted & _WEEKLY and len(unseen):
                found[unseen] = found[:_WEEK][np.diag(inverse)[:_WEEK] > 0].mean(axis=0)
            level[:, chosen] = found[:_WEEK] if wanted & _WEEKLY else found[0]
            slope[chosen] = found[_WEEK]
            model.covariance[wanted] = inverse
        model.kind[at], model.level[:, at], model.slope[at] = kind, level, slope
        if hidden > 0:
            middle, _, _ = median_and_mad(z)
            model.middle[:] = np.where(model.kind == 0, np.nan_to_num(middle), 0.0)
        return replace(model, clock=clock, hidden=hidden)

    @classmethod
    def flat(cls, n_cells: int) -> Self:
        """Return a model in which nothing moves."""
        return cls(
            np.zeros(n_cells, dtype=np.int64), np.zeros((_WEEK, n_cells)), np.zeros(n_cells),
            np.zeros((4, _WEEK + 1, _WEEK + 1)), np.array([0.0, 1.0]), np.zeros(()),
            np.zeros(n_cells),
        )  # fmt: skip

    @property
    def is_flat(self) -> bool:
        """Whether no cell moves with time."""
        return not (self.kind.any() or self.hidden > 0)

    def residuals(self, z: FloatArray, times: FloatArray) -> FloatArray:
        """Return what is left of the fitted runs, each cell on one scale."""
        if not self.kind.any():
            return z
        expected, leverage = self._expected(times)
        return np.asarray((z - expected) / np.sqrt(np.maximum(1 - leverage, 0.05)))

    def adjust(self, z: FloatArray, times: FloatArray) -> FloatArray:
        """Return the same for new runs."""
        if self.is_flat:
            return z
        levelled, width = self.at(times)
        gone_on = levelled + self._expected(times, np.inf)[0] - self._expected(times)[0]
        low, high = np.minimum(levelled, gone_on), np.maximum(levelled, gone_on)
        return np.asarray((z - np.clip(z, low, high)) / width)

    def at(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what to take from new runs, and to divide them by, of shape (n_runs, n_cells)."""
        expected, leverage = self._expected(times)
        further = self._further(times)
        # What is further out is so from the middle of the healthy runs.
        return expected + self.middle * (1 - further), np.sqrt(1 + leverage) * further

    def freed(self, z: FloatArray, times: FloatArray) -> FloatArray:
        """Return what is left of the fitted runs, as it is."""
        return z - self._expected(times)[0] if self.kind.any() else z

    def scale_of_freed(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return zero and unit of what `freed` returns on the scale of new runs of those times."""
        offset, width = self.at(times)
        return (self._expected(times)[0] - offset) / width, 1 / width

    def _further(self, times: FloatArray) -> FloatArray:
        """Return how much further out than healthy runs new ones may be, by hidden drifts."""
        ahead = 0.5 + np.maximum(self._elapsed(times, _MOST_AHEAD), -1 - _MOST_AHEAD)[:, None]
        # The healthy runs' own spread holds a twelfth of the square of a drift.
        share = np.square(ahead) * self.hidden / (1 + self.hidden / 12)
        return np.asarray(np.sqrt(1 + np.where(self.kind < _DRIFTS, share, 0.0)))

    def _elapsed(self, times: FloatArray, most_ahead: float) -> FloatArray:
        """Return how long after the last healthy run, in lengths of their time."""
        # A run without a time is one of the last day.
        times = np.where(np.isfinite(times), times, self.clock[0])
        return np.asarray(np.minimum((times - self.clock[0]) / self.clock[1], most_ahead))

    def _expected(
        self, times: FloatArray, most_ahead: float = _MOST_AHEAD
    ) -> tuple[FloatArray, FloatArray]:
        day = _weekdays(np.where(np.isfinite(times), times, self.clock[0]))
        elapsed = self._elapsed(times, most_ahead)
        expected = self.level[day] + elapsed[:, None] * self.slope
        leverage = np.zeros_like(expected)
        for wanted in np.unique(self.kind[self.kind > 0]):
            design = _design(day, elapsed, int(wanted))
            h = np.einsum("ij,jk,ik->i", design, self.covariance[wanted], design)
            leverage[:, self.kind == wanted] = h[:, None]
        return np.where(self.kind > 0, expected, 0.0), leverage

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _weekdays(times: FloatArray) -> IntArray:
    """Return 0 for Monday; the epoch began on a Thursday."""
    return (np.floor(times).astype(np.int64) + 3) % _WEEK


def _weekly(y: FloatArray, times: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which cells move with the weekday, each date with the mean of its runs."""
    dates, date = np.unique(np.floor(times), return_inverse=True)
    day = _weekdays(dates)
    counts = np.bincount(day, minlength=_WEEK)
    seen = counts[counts > 0]
    if len(y) < _LEAST_WEEKLY or len(seen) < 2 or seen.min() < _LEAST_PER_DAY:
        return np.zeros(y.shape[1], dtype=bool)
    return _moves_with_weekday(_means(y, date), day)


def _by_date(
    y: FloatArray, elapsed: FloatArray, times: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the mean of each date's runs and of their times; the runs where dates are few."""
    dates, date = np.unique(np.floor(times), return_inverse=True)
    if len(dates) < _LEAST_DATES:
        return y, elapsed
    return _means(y, date), _means(elapsed[:, None], date)[:, 0]


def _means(y: FloatArray, group: IntArray) -> FloatArray:
    sums = np.zeros((group.max() + 1, y.shape[1]))
    np.add.at(sums, group, y)
    return np.asarray(sums / np.bincount(group)[:, None])


def _share_between(y: FloatArray, means: FloatArray) -> float:
    """Return how much of the variance of runs is that of the means of dates."""
    every, between = y.var(axis=0), means.var(axis=0)
    known = every > 0
    return float(np.minimum(between[known] / every[known], 1.0).mean()) if known.any() else 1.0


def _design(day: IntArray, elapsed: FloatArray, kind: int) -> FloatArray:
    """Return the regressors of a kind of cell: a level by weekday or one for all, and time."""
    design = np.zeros((len(day), _WEEK + 1))
    design[np.arange(len(day)), day if kind & _WEEKLY else 0] = 1.0
    if kind & _DRIFTS:
        design[:, _WEEK] = elapsed
    return design


def _moves_with_weekday(y: FloatArray, day: IntArray) -> npt.NDArray[np.bool_]:
    ranks = stats.rankdata(y, axis=0)
    n, groups = len(y), len(np.unique(day))
    within = np.square(ranks - _day_means(ranks, day)).sum(axis=0)
    total = np.square(ranks - ranks.mean(axis=0)).sum(axis=0)
    between_df, within_df = groups - 1, n - groups
    with np.errstate(divide="ignore", invalid="ignore"):
        f = (total - within) / between_df / (within / within_df)
    return discoveries(special.fdtrc(between_df, within_df, np.nan_to_num(f)), _RATE)


def _day_means(y: FloatArray, day: IntArray) -> FloatArray:
    """Return for each run the mean of the runs of its weekday."""
    counts = np.bincount(day, minlength=_WEEK)
    sums = np.zeros((_WEEK, y.shape[1]))
    np.add.at(sums, day, y)
    return np.asarray((sums / np.maximum(counts, 1)[:, None])[day])


def _slope_statistics(y: FloatArray, elapsed: FloatArray) -> FloatArray:
    """Return the t-statistic of each cell's rank correlation with time."""
    n = len(y)
    ranks = stats.rankdata(y, axis=0) - (n + 1) / 2
    order = stats.rankdata(elapsed) - (n + 1) / 2
    norm = np.sqrt(np.square(ranks).sum(axis=0) * np.square(order).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.nan_to_num(order @ ranks / norm)
    return np.asarray(r * np.sqrt((n - 2) / np.maximum(1 - r**2, 1e-12)))


def _hidden(y: FloatArray, elapsed: FloatArray) -> FloatArray:
    """Return the variance of slopes beyond what chance makes of them, see `TimeModel`."""
    n, n_cells = y.shape
    if n_cells < _LEAST_CELLS:
        return np.zeros(())
    square = np.minimum(np.square(_slope_statistics(y, elapsed)), _MOST_SQUARE)
    mean = square.mean() - 3 * square.std(ddof=1) / np.sqrt(n_cells)
    excess = max(mean * (n - 4) / (n - 2) - 1, 0.0)
    return np.array(excess / np.square(elapsed - elapsed.mean()).sum())


def _drifts(y: FloatArray, elapsed: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which cells go up or down with time, and are no step."""
    n = len(y)
    t = np.abs(_slope_statistics(y, elapsed))
    found = discoveries(2 * special.stdtr(n - 2, -t), _RATE)
    centred, time = y - y.mean(axis=0), elapsed - elapsed.mean()
    line = np.square(time @ centred) / np.square(time).sum()
    sums = np.cumsum(centred, axis=0)[:-1]
    before = np.arange(1, n)[:, None]
    step = (np.square(sums) * n / (before * (n - before)))[2:-2].max(axis=0)
    return np.asarray(found & (line >= step))
