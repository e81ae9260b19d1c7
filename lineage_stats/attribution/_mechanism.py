"""What an output is, given the input: simple mechanisms that compete for each feature.

Works on arrays; knows no traces. For an output feature y and the same feature x of the input the
candidates are: y is constant; y - x is constant (passed through); log(y / x) is constant
(selectivity, fan-out, change of unit); y is linear in x; and, for sizes and for features that
the input does not have, y is linear in the input features most correlated with it. Where runs
follow each other in time, as what a source gives does, y may also go on from the last run: a
random walk, the variance of which grows with the time since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

CONSTANT, PASS, PASS_2, RATIO, RATIO_2, LINEAR, RIDGE, WALK = range(8)
N_MECHANISMS = 8
# Logarithm of the number of runs, times this, speaks against each.
PENALTIES = np.array([0, 0, 0, 0, 0, 0.5, 3.0, 1.0])
MIN_WEIGHT = 0.02  # mechanisms less plausible than this are dropped
N_RIDGE = 3  # inputs of the last mechanism
MIN_RUNS_RIDGE = 12
WANDERS = 0.8  # what steps from run to run are at most, of the spread of all runs
MAD_TO_SD = 1.4826
Q90_TO_SD = 1 / 1.645
SEEN_IN_HEALTHY = 4.0  # no residual of a healthy run is more standard deviations than this


@dataclass(frozen=True)
class Mechanisms:
    """Competing mechanisms of all cells, learnt from healthy runs.

    The first axis of `center`, `scale` and `kept` is the mechanism, the last one the cell.
    Scales include the resolution; those of ratios are in units of the logarithm.
    """

    center: FloatArray
    scale: FloatArray
    kept: npt.NDArray[np.bool_]
    n_runs: FloatArray
    slope: FloatArray
    x_mean: FloatArray
    x_precision: FloatArray
    ridge: Ridge
    walk: Walk
    exactness: FloatArray


@dataclass(frozen=True)
class Walk:
    """Where cells stood in the last run; NaN in cells that follow no time.

    `at` is when that was, `gap` the usual time between runs, and `n_runs` how many there were.
    """

    last: FloatArray
    at: FloatArray
    gap: float
    n_runs: int

    def steps(self, time: FloatArray) -> FloatArray:
        """Return how many times the usual gap has passed, at least 1.

        And no more than there were runs: a walk that was seen for so long is known for no longer.
        """
        with np.errstate(invalid="ignore"):
            passed = np.abs(time - self.at) / self.gap
        return np.fmax(np.minimum(passed, self.n_runs), 1.0)


@dataclass(frozen=True)
class Ridge:
    """Regressions of some cells on `N_RIDGE` standardised inputs each.

    `on_ratio` marks cells whose regression is that of log(y / x).
    """

    inputs: IntArray  # (n_cells, N_RIDGE), -1 without regression
    mean: FloatArray
    sd: FloatArray
    coefficient: FloatArray
    gram_inverse: FloatArray  # (n_cells, N_RIDGE, N_RIDGE)
    on_ratio: npt.NDArray[np.bool_]

    def predict(self, entries: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return prediction (without centre) and leverage, each of shape (..., n_cells)."""
        shape = (*entries.shape[:-1], len(self.inputs))
        prediction, leverage = np.full(shape, np.nan), np.zeros(shape)
        some = np.flatnonzero(self.inputs[:, 0] >= 0)
        if some.size:
            z = (entries[..., self.inputs[some]] - self.mean[some]) / self.sd[some]
            prediction[..., some] = (z * self.coefficient[some]).sum(axis=-1)
            leverage[..., some] = np.einsum("...ci,cij,...cj->...c", z, self.gram_inverse[some], z)
        return prediction, leverage


@dataclass(frozen=True)
class Judgement:
    """How far values are from what the best mechanism expects.

    Attributes
    ----------
    surprise : ndarray of shape (..., n_cells)
        Distance in predictive standard deviations, as a normal quantile; NaN where the value
        is missing.
    expected : ndarray of shape (..., n_cells)
        What that mechanism expects, in the unit of the value.
    mechanism : ndarray of shape (..., n_cells)
        Which mechanism it is.
    """

    surprise: FloatArray
    expected: FloatArray
    mechanism: IntArray


def fit_mechanisms(
    y: FloatArray,
    first: FloatArray,
    second: FloatArray,
    entries: FloatArray,
    pools: Sequence[tuple[IntArray, IntArray]],
    resolution: FloatArray,
    timed: npt.NDArray[np.bool_] | None = None,
) -> Mechanisms:
    """Learn the mechanisms of all cells.

    Parameters
    ----------
    y : ndarray of shape (n_runs, n_cells)
        Output features; NaN where missing.
    first, second : ndarray of shape (n_runs, n_cells)
        The same features of the first and second input; NaN where there is none.
    entries : ndarray of shape (n_runs, n_entries)
        All input features.
    pools : sequence of (cells, entries)
        Cells that may be regressed on entries, one pair per operation.
    resolution : ndarray of shape (n_cells,)
        Differences below this are without meaning.
    timed : ndarray of bool of shape (n_cells,), default=None
        Cells of which `first` is the time of the run. None: no cell.
    """
    n = np.isfinite(y).sum(axis=0).astype(np.float64)
    level = np.abs(median_of_runs(y))
    slope, x_mean, x_precision = _fit_linear(y, first)
    ridge = _fit_ridge(y, first, entries, pools, resolution)
    walk, steps = _fit_walk(y, first, timed)
    raw = _residuals(y, first, second, slope, x_mean, ridge.predict(entries)[0], ridge.on_ratio)
    raw[WALK] = steps
    unit = _units(level, ridge.on_ratio)
    center = np.array([median_of_runs(r) for r in raw])
    center[WALK] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.array([_spread(r - c) for r, c in zip(raw, center, strict=True)])
        freedom = np.ones_like(spread)
        freedom[LINEAR] = np.sqrt(n / np.maximum(n - 2, 1))
        freedom[RIDGE] = np.sqrt(n / np.maximum(n - 1 - N_RIDGE, 1))
        scale = np.hypot(spread * freedom, resolution / unit)
        enough = np.isfinite(raw).sum(axis=1) >= np.maximum(2, 0.8 * n)
        enough[1:] &= np.isfinite(scale[1:])
        enough[WALK] &= scale[WALK] < WANDERS * scale[CONSTANT]
        log_weight = -0.5 * np.minimum(n, 60) * np.log(np.maximum(scale * unit, 1e-300))
    log_weight -= np.log(np.maximum(n, 2)) * PENALTIES[:, None]
    log_weight[~enough] = -np.inf
    best = np.maximum(log_weight.max(axis=0), -1e300)  # finite where no mechanism can be learnt
    kept = enough & (log_weight - best > np.log(MIN_WEIGHT))
    kept[CONSTANT] |= ~kept.any(axis=0) & (n >= 2)
    finest = np.where(kept, scale * unit, np.inf).min(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        exactness = 1 - np.clip(finest / scale[CONSTANT], 0, 1)
    return Mechanisms(
        center, scale, kept, n, slope, x_mean, x_precision, ridge, walk, np.nan_to_num(exactness)
    )


def judge(
    learnt: Mechanisms,
    y: FloatArray,
    first: FloatArray,
    second: FloatArray,
    entries: FloatArray,
    doubt: FloatArray | float = 1.0,
) -> Judgement:
    """Hold output features of one or more runs against the mechanisms.

    The mechanism that explains a value best counts: an operation is not suspected as long as
    anything that is consistent with the healthy runs explains it. Distances are divided by
    `doubt`.
    """
    prediction, leverage = learnt.ridge.predict(entries)
    on_ratio = learnt.ridge.on_ratio
    raw = _residuals(y, first, second, learnt.slope, learnt.x_mean, prediction, on_ratio)
    raw[WALK] = y - learnt.walk.last
    axis = (slice(None), *[None] * (y.ndim - 1))
    inflation = np.ones_like(raw) + 1 / np.maximum(learnt.n_runs, 1)
    inflation[LINEAR] += (first - learnt.x_mean) ** 2 * learnt.x_precision
    inflation[RIDGE] += leverage
    inflation[WALK] *= learnt.walk.steps(first)
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = np.abs(raw - learnt.center[axis]) / (learnt.scale[axis] * np.sqrt(inflation))
    usable = np.isfinite(distance)
    allowed = usable & learnt.kept[axis]
    allowed[CONSTANT] |= ~allowed.any(axis=0) & usable[CONSTANT]
    distance[~allowed] = np.inf
    chosen = distance.argmin(axis=0)
    nearest = np.take_along_axis(distance, chosen[None], axis=0)[0]
    nearest = np.where(np.isfinite(nearest), nearest / doubt, np.nan)
    surprise = as_normal(nearest, learnt.n_runs - 1)
    residual = np.take_along_axis(raw - learnt.center[axis], chosen[None], axis=0)[0]
    logarithmic = (chosen == RATIO) | (chosen == RATIO_2) | ((chosen == RIDGE) & on_ratio)
    with np.errstate(over="ignore", invalid="ignore"):
        expected = np.where(logarithmic, y * np.exp(-np.clip(residual, -50, 50)), y - residual)
    return Judgement(surprise, expected, chosen)


def least_surprising(one: Judgement, other: Judgement) -> Judgement:
    """Return for each cell the judgement that is less surprised."""
    better = (other.surprise < one.surprise) | np.isnan(one.surprise)
    return Judgement(
        *(np.where(better, getattr(other, name), getattr(one, name))
          for name in ("surprise", "expected", "mechanism"))
    )  # fmt: skip


def distance_from_center(
    learnt: Mechanisms, y: FloatArray, cells: IntArray | None = None
) -> FloatArray:
    """Return how unusual values are in themselves, whatever the input; NaN where missing.

    `y` holds one value per cell, or one per item of `cells`.
    """
    some = slice(None) if cells is None else cells
    n = learnt.n_runs[some]
    spread = learnt.scale[CONSTANT][some] * np.sqrt(1 + 1 / np.maximum(n, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        distance: FloatArray = np.abs(y - learnt.center[CONSTANT][some]) / spread
    return distance


def as_normal(t: FloatArray, degrees_of_freedom: FloatArray) -> FloatArray:
    """Return normal quantiles as far out as quantiles of Student's t.

    Wallace's approximation, good to 0.1 for 3 or more degrees of freedom. With few runs a scale
    is uncertain, and eight of its units mean less.

    References
    ----------
    D. L. Wallace (1959). Bounds on normal approximations to Student's and the chi-square
    distributions. Annals of Mathematical Statistics 30, 1121-1130.
    """
    v = np.maximum(degrees_of_freedom, 1.0)
    with np.errstate(invalid="ignore", over="ignore"):
        result: FloatArray = (8 * v + 1) / (8 * v + 3) * np.sqrt(v * np.log1p(t * t / v))
    return result


def _units(level: FloatArray, on_ratio: npt.NDArray[np.bool_]) -> FloatArray:
    """Return what one unit of each mechanism's residual is in the unit of the feature."""
    unit = np.ones((N_MECHANISMS, len(level)))
    relative = np.maximum(level, 1e-12)
    unit[RATIO] = unit[RATIO_2] = relative
    unit[RIDGE] = np.where(on_ratio, relative, 1.0)
    return unit


def _residuals(
    y: FloatArray,
    first: FloatArray,
    second: FloatArray,
    slope: FloatArray,
    x_mean: FloatArray,
    prediction: FloatArray,
    on_ratio: npt.NDArray[np.bool_],
) -> FloatArray:
    """Residuals of all mechanisms before centring, shape (N_MECHANISMS, ..., n_cells)."""
    ratio = _log_ratio(y, first)
    return np.stack(
        [
            y,
            y - first,
            y - second,
            ratio,
            _log_ratio(y, second),
            y - slope * (first - x_mean),
            np.where(on_ratio, ratio, y) - prediction,
            np.full_like(y, np.nan),  # what goes on from the last run is not told of a run alone
        ]
    )


def _log_ratio(y: FloatArray, x: FloatArray) -> FloatArray:
    """log(y / x) where both have one sign, else NaN."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(y * x > 0, np.log(np.abs(y)) - np.log(np.abs(x)), np.nan)


def median_of_runs(x: FloatArray) -> FloatArray:
    """Median over runs, NaN where there is no value; faster than numpy.nanmedian."""
    ordered = np.sort(x, axis=0)  # NaN comes last
    n = np.isfinite(x).sum(axis=0)
    cells = np.arange(x.shape[1])
    lower, upper = np.maximum(n - 1, 0) // 2, np.minimum(n // 2, len(x) - 1)
    middle: FloatArray = (ordered[lower, cells] + ordered[upper, cells]) / 2
    return middle  # NaN without any value: then the first in order is NaN


def _spread(r: FloatArray) -> FloatArray:
    """Robust scale that does not collapse when most residuals are equal."""
    size = np.abs(r)
    n = np.isfinite(size).sum(axis=0)
    ordered = np.sort(size, axis=0)
    upper = ordered[np.maximum(np.ceil(0.9 * n).astype(np.intp) - 1, 0), np.arange(r.shape[1])]
    largest = ordered[np.maximum(n - 1, 0), np.arange(r.shape[1])] / SEEN_IN_HEALTHY
    result: FloatArray = np.maximum(
        np.maximum(MAD_TO_SD * median_of_runs(size), Q90_TO_SD * upper), largest
    )
    return result


def _fit_linear(y: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Slope, mean of x and 1 / sum of squares of x; NaN where x does not vary."""
    both = np.isfinite(y) & np.isfinite(x)
    n = np.maximum(both.sum(axis=0), 1)
    x0, y0 = np.where(both, x, 0.0), np.where(both, y, 0.0)
    x_mean, y_mean = x0.sum(axis=0) / n, y0.sum(axis=0) / n
    dx, dy = np.where(both, x - x_mean, 0.0), np.where(both, y - y_mean, 0.0)
    squares = (dx * dx).sum(axis=0)
    varies = (squares > 1e-18 * (1 + x_mean**2) * n) & (both.sum(axis=0) >= 4)
    precision = np.where(varies, 1 / np.where(varies, squares, 1.0), np.nan)
    return (dx * dy).sum(axis=0) * precision, x_mean, precision


def _fit_walk(
    y: FloatArray, first: FloatArray, timed: npt.NDArray[np.bool_] | None
) -> tuple[Walk, FloatArray]:
    """Return where timed cells stood last, and their steps from run to run, NaN in the others."""
    n_cells = y.shape[1]
    steps, last, at = (np.full(shape, np.nan) for shape in (y.shape, n_cells, n_cells))
    some = np.flatnonzero(timed) if timed is not None else np.empty(0, dtype=np.intp)
    if not some.size:
        return Walk(last, at, 1.0, len(y)), steps
    time = first[:, some[0]]
    order = np.argsort(time, kind="stable")
    values, gaps = y[np.ix_(order, some)], np.diff(time[order])
    steps[1:, some] = np.diff(values, axis=0)
    known = np.isfinite(values)
    newest = len(values) - 1 - known[::-1].argmax(axis=0)
    last[some] = values[newest, np.arange(some.size)]
    at[some] = time[order][newest]
    passed = gaps[gaps > 0]
    return Walk(last, at, float(np.median(passed)) if passed.size else 1.0, len(y)), steps


def _fit_ridge(
    y: FloatArray,
    first: FloatArray,
    entries: FloatArray,
    pools: Sequence[tuple[IntArray, IntArray]],
    resolution: FloatArray,
) -> Ridge:
    n_runs, n_cells = y.shape
    inputs = np.full((n_cells, N_RIDGE), -1, dtype=np.intp)
    mean, sd = np.zeros((n_cells, N_RIDGE)), np.ones((n_cells, N_RIDGE))
    coefficient = np.zeros((n_cells, N_RIDGE))
    gram_inverse = np.zeros((n_cells, N_RIDGE, N_RIDGE))
    ratio = _log_ratio(y, first)
    on_ratio: npt.NDArray[np.bool_] = np.asarray(np.isfinite(ratio).all(axis=0))
    target = np.where(on_ratio, ratio, y)
    for cells, pool in pools if n_runs >= MIN_RUNS_RIDGE else ():
        x = entries[:, pool]
        x_sd = x.std(axis=0)
        fine = np.isfinite(x_sd) & (x_sd > 1e-9 * (1 + np.abs(x.mean(axis=0))))
        level = np.maximum(np.abs(median_of_runs(y[:, cells])), 1e-12)
        unit = np.where(on_ratio[cells], level, 1.0)
        t_sd = target[:, cells].std(axis=0)
        live = np.isfinite(t_sd) & (t_sd * unit > resolution[cells])
        if fine.sum() < N_RIDGE or not live.any():
            continue
        cells, pool = cells[live], pool[fine]
        x, x_mean, x_sd = x[:, fine], x[:, fine].mean(axis=0), x_sd[fine]
        z = (x - x_mean) / x_sd
        t = target[:, cells] - target[:, cells].mean(axis=0)
        best = np.argsort(-np.abs(z.T @ t), axis=0, kind="stable")[:N_RIDGE].T
        chosen = np.moveaxis(z[:, best], 0, 1)  # (cells, runs, N_RIDGE)
        gram = np.swapaxes(chosen, 1, 2) @ chosen + np.eye(N_RIDGE)
        inverse = np.linalg.inv(gram)
        moment = np.einsum("crk,rc->ck", chosen, t)
        inputs[cells], mean[cells], sd[cells] = pool[best], x_mean[best], x_sd[best]
        coefficient[cells] = np.einsum("cij,cj->ci", inverse, moment)
        gram_inverse[cells] = inverse
    return Ridge(inputs, mean, sd, coefficient, gram_inverse, on_ratio)
