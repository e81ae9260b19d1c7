"""Segments of one series: how probable the data are under all ways to divide them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import special
from scipy.linalg import blas

from lineage_stats.detectors._bocpd import NormalInverseGamma
from lineage_stats.detectors._transforms import FloatArray, IntArray

_BLOCK = 64
# Segments that began as lately as this are never given up.
_NEWEST = 20
_HUGE = 1e250
_ROUNDING = 1e-10  # what differences of sums may be off, in parts of the sum of all
_TINY = -700.0


class Likelihood:
    """Logs of the marginal likelihood of segments, from sums over them.

    With prior ``kappa, alpha, beta`` and deviations `y` from the prior mean, `k` values with sum
    `S` and sum of squares `Q` have the marginal likelihood ``c_k b**-(alpha + k / 2)`` where
    ``b = beta + (Q - S**2 / (kappa + k)) / 2``; `c_k` depends on `k` alone and is tabulated.
    """

    def __init__(self, n: int, prior: NormalInverseGamma) -> None:
        k = np.arange(n + 1, dtype=np.float64)
        self._kappa = prior.kappa + k
        self.alpha = prior.alpha + k / 2
        self.beta = prior.beta
        self.half_step = 0.5 / self._kappa
        self.constant = prior.log_constant(k)

    def __call__(self, count: IntArray, total: FloatArray, squares: FloatArray) -> FloatArray:
        """Return logs for arrays of counts, sums and sums of squares of one shape."""
        b = self.beta + 0.5 * np.maximum(squares - total**2 / self._kappa[count], 0.0)
        return np.asarray(self.constant[count] - self.alpha[count] * np.log(b))

    def tail(
        self, count: IntArray, total: FloatArray, squares: FloatArray, y: FloatArray
    ) -> FloatArray:
        """Return two-sided tail probabilities of a next value `y` of each segment."""
        kappa, df = self._kappa[count], 2 * self.alpha[count]
        b = self.beta + 0.5 * np.maximum(squares - total**2 / kappa, 0.0)
        scale = np.sqrt(2 * b * (kappa + 1) / (df * kappa))
        return np.asarray(2 * special.stdtr(df, -np.abs(y - total / kappa) / scale))


@dataclass(frozen=True)
class Sums:
    """Running sums of each column: entry `t` is over the first `t` values."""

    count: IntArray
    total: FloatArray
    squares: FloatArray

    @classmethod
    def of(cls, y: FloatArray) -> Sums:
        """Sum a series of shape (n, n_columns); NaN is missing."""
        known = np.isfinite(y)
        value = np.where(known, y, 0.0)

        first = np.zeros((1, y.shape[1]))
        return cls(
            np.concatenate([first, np.cumsum(known, axis=0)]).astype(np.int64),
            np.concatenate([first, np.cumsum(value, axis=0)]),
            np.concatenate([first, np.cumsum(value**2, axis=0)]),
        )

    def between(self, first: IntArray, last: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Return counts, sums and sums of squares of segments; arrays of positions broadcast."""
        return (
            self.count[last] - self.count[first],
            self.total[last] - self.total[first],
            self.squares[last] - self.squares[first],
        )


@dataclass(frozen=True)
class Evidence:
    """Forward pass over a series.

    Attributes
    ----------
    log_evidence : ndarray of shape (n + 1,)
        Log probability density of the first `t` values.
    run_length : ndarray of int of shape (n + 1,)
        Most probable run length after `t` values, 1 or more.
    """

    log_evidence: FloatArray
    run_length: IntArray


def forward(
    sums: Sums, likelihood: Likelihood, hazard: float, *, least_weight: float, most: int
) -> Evidence:
    """Sum over all divisions of a series into segments.

    Parameters
    ----------
    sums : Sums
        Of the series.
    likelihood : Likelihood
        Of segments.
    hazard : float
        Probability of a change at each value.
    least_weight : float
        Segments whose posterior probability is smaller are given up; 0 keeps all.
    most : int
        How many segments go on at most where any are given up.

    Returns
    -------
    Evidence
        Evidence and most probable run lengths.

    Notes
    -----
    Worked through in blocks of 64 values. Within a block no segment is given up, and the evidence
    solves a triangular system: that of `t` values is a weighted sum of that of fewer values.
    """
    n = len(sums.count) - 1
    evidence, best = np.zeros(n + 1), np.zeros(n + 1, dtype=np.int64)
    stay, odds = np.log1p(-hazard), np.log(hazard) - np.log1p(-hazard)
    ends, opens = _EndsOfBlock(sums, likelihood), _opens(odds)
    starts, weights, leader = np.zeros(1, dtype=np.int64), np.zeros(1), 0
    for t0 in range(0, n, _BLOCK):
        t1 = min(t0 + _BLOCK, n)
        # The first segment begins with probability 1, and all others with a change.
        new = np.arange(max(t0, 1), t1)
        born = slice(max(t0, 1) - t0, t1 - t0)
        after = slice(t0 + 1, t1 + 1)
        all_starts = np.concatenate([starts, new])
        joint = ends.logs(all_starts, t0, t1)
        old, fresh = joint[: len(starts)], joint[len(starts) :]
        old += weights[:, None]
        fresh += opens[born, : t1 - t0]
        evidence[after], leads = _solved(old, fresh, evidence[t0], born, leader)
        fresh += evidence[new][:, None]
        best[after] = np.arange(t0 + 1, t1 + 1)
        best[after] -= all_starts[leader if leads else joint.argmax(axis=0)]
        birth = np.concatenate([weights, odds + evidence[new]])
        now = joint[:, -1]
        kept = _kept(now - evidence[t1], least_weight, most)
        starts, weights, leader = all_starts[kept], birth[kept], int(now[kept].argmax())
    # All ways to divide the same values into segments go on as often, but for their changes.
    evidence[1:] += stay * np.arange(n)
    return Evidence(evidence, best)


def _opens(odds: float) -> FloatArray:
    """Return the log odds of a change for segments that begin in a block, -inf before they do.

    Of shape (n_starts, n_ends).
    """
    place = np.arange(_BLOCK)
    return np.where(place >= place[:, None], odds, -np.inf)


class _EndsOfBlock:
    """Log likelihoods of segments that end in a block, for a column at a time.

    The constants of segments that begin at `s` and end in the block are a window of a table that
    begins at ``t0 + 1 - s``; what would end before it begins has a place before those.
    """

    def __init__(self, sums: Sums, likelihood: Likelihood) -> None:
        n = len(sums.count) - 1
        self._likelihood = likelihood
        self._sums = [
            (
                np.ascontiguousarray(total),
                0.5 * squares,
                None if count[-1] == n else count,
                squares[-1] * _ROUNDING > likelihood.beta,
            )
            for total, squares, count in zip(
                sums.total.T, sums.squares.T, sums.count.T, strict=True
            )
        ]
        self._whole = [
            _windows(table)
            for table in (likelihood.half_step, likelihood.alpha, likelihood.constant)
        ]

    def logs(self, starts: IntArray, t0: int, t1: int) -> FloatArray:
        """Return logs of shape (n_starts, t1 - t0); of no meaning where there is no segment."""
        after, place = slice(t0 + 1, t1 + 1), t0 + _BLOCK - starts
        found, beta = [], self._likelihood.beta
        begun = int(np.searchsorted(starts, t0))
        for total, squares, count, is_rough in self._sums:
            half_step, alpha, constant = self._constants(count, starts, after, place)
            b = total[after] - total[starts][:, None]
            b *= b
            b *= half_step
            if is_rough:
                np.subtract(squares[after] - squares[starts][:, None], b, out=b)
                np.maximum(b, 0.0, out=b)
                b += beta
            else:
                np.subtract((squares[after] + beta) - squares[starts][:, None], b, out=b)
                np.maximum(b[begun:], beta, out=b[begun:])  # where there is no segment
            np.log(b, out=b)
            b *= alpha
            found.append(np.subtract(constant, b, out=b))
        return np.asarray(sum(found[1:], start=found[0]))

    def _constants(
        self, count: IntArray | None, starts: IntArray, after: slice, place: IntArray
    ) -> list[FloatArray]:
        if count is None:
            width = after.stop - after.start
            return [table[place][:, :width] for table in self._whole]
        number = np.maximum(count[after] - count[starts][:, None], 0)
        law = self._likelihood
        return [law.half_step[number], law.alpha[number], law.constant[number]]


def _windows(table: FloatArray) -> FloatArray:
    """Return all windows of a block's width, the first one of places before the table."""
    padded = np.concatenate([np.zeros(_BLOCK - 1), table, np.zeros(_BLOCK)])
    return np.asarray(sliding_window_view(padded, _BLOCK))


def _solved(
    old: FloatArray, fresh: FloatArray, log_start: float, born: slice, leader: int
) -> tuple[FloatArray, bool]:
    """Return the log of the sum of joint weights after each value of a block.

    `fresh` lacks the evidence at each birth: that is what is solved for. Weights are relative to
    those of `leader`, the most probable segment before the block; the second value returned is
    whether it has half of the probability or more after all of its values.
    """
    reference = np.concatenate([[log_start], old[leader]])
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        weights = old - reference[1:]
        known = np.exp(weights, out=weights).sum(axis=0)
        mixed = fresh + (reference[born][:, None] - reference[1:])
        # The exponential of less takes far longer.
        np.exp(np.maximum(mixed, _TINY, out=mixed), out=mixed)
    if born.start == 0:  # the segment that begins with the block
        known += mixed[0]
    inside = mixed[1 - born.start :]
    # Rows are births, columns the values after them; what is before a birth is not looked at.
    system = np.zeros((len(known), len(known)))
    np.negative(inside, out=system[: len(inside)])
    solved = blas.dtrsv(system.T, known, lower=1, diag=1)
    if not (solved.min() > 0 and solved.max() < _HUGE):
        return _one_by_one(old, fresh, log_start, born), False
    return np.log(solved) + reference[1:], bool(solved.max() <= 2.0)


def _one_by_one(old: FloatArray, fresh: FloatArray, log_start: float, born: slice) -> FloatArray:
    """Return the same value by value, where a block holds more than doubles can."""
    evidence = np.full(old.shape[1] + 1, -np.inf)
    evidence[0] = log_start
    for j in range(old.shape[1]):
        joint = np.concatenate([old[:, j], fresh[:, j] + evidence[born]])
        evidence[j + 1] = special.logsumexp(joint)
    return np.asarray(evidence[1:])


def _kept(log_posterior: FloatArray, least_weight: float, most: int) -> IntArray:
    """Return which segments go on: the most probable ones, those as probable, and the newest."""
    n = len(log_posterior)
    if least_weight <= 0:
        return np.arange(n)
    least = math.log(least_weight)
    if n > most:
        least = max(least, np.partition(log_posterior, n - most)[n - most])
    kept = log_posterior >= least
    kept[-_NEWEST:] = True
    return np.flatnonzero(kept)


def most_probable_path(sums: Sums, likelihood: Likelihood, hazard: float) -> IntArray:
    """Return where the segments of the most probable division begin, without the first one.

    Time is quadratic in the number of values.
    """
    n = len(sums.count) - 1
    stay, change = np.log1p(-hazard), np.log(hazard)
    best, back = np.zeros(n + 1), np.zeros(n + 1, dtype=np.int64)
    for t in range(1, n + 1):
        starts = np.arange(t)
        logs = likelihood(*sums.between(starts, np.full(t, t))).sum(axis=-1)
        joint = best[:t] + logs + (t - 1 - starts) * stay
        back[t] = int(joint.argmax())
        # A segment that the series ends in is not closed.
        best[t] = joint[back[t]] + (change if t < n else 0.0)
    found, t = [], n
    while (t := int(back[t])) > 0:
        found.append(t)
    return np.array(found[::-1], dtype=np.int64)
