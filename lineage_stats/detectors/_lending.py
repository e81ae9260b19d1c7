"""Detectors that judge by centre and scale, and whose cells lend each other their scales."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final, NamedTuple

import numpy as np

from lineage_stats.detectors._base import BaseDetector
from lineage_stats.detectors._learning import Baseline
from lineage_stats.detectors._reached import Reached
from lineage_stats.detectors._shrinkage import VariancePrior
from lineage_stats.detectors._tails import normal_score
from lineage_stats.detectors._transforms import FloatArray, IntArray

_MAX_FOLDS: Final = 40


class Spread(NamedTuple):
    """Centre of each cell, its variance with degrees of freedom, and what a new value adds.

    The variance of a new value around the centre is `variance` times `leverage`.
    """

    center: FloatArray
    variance: FloatArray
    df: FloatArray
    leverage: FloatArray


class LendingDetector(BaseDetector):
    """Base class of detectors that say of each cell only where it is and how far it spreads."""

    @abstractmethod
    def _spread(self, x: FloatArray) -> Spread:
        """Return where the cells of healthy runs are, each by itself."""

    def _fit_baseline(self, x: FloatArray, groups: IntArray) -> Baseline:
        spread = self._spread(x)
        prior = VariancePrior.fit(spread.variance, spread.df, groups)
        return {**_baseline(spread, prior), **Reached.fit(x).to_arrays()}

    def _score_baseline(self, x: FloatArray, baseline: Baseline) -> FloatArray:
        return Reached.of(baseline).bound(_distance(x, baseline), x)

    def _score_left_out(self, x: FloatArray, groups: IntArray) -> FloatArray:
        """Score each run by the spreads of the others (beyond 40 runs: outside its fold).

        What the cells have in common is learned once, from all runs: one run has little part in
        it, but on an odd day a whole group of cells would be judged by a scale that is smaller
        than the one new runs are judged by. What others have reached is no excuse here: tails that
        forget such values would be too light for those beyond.
        """
        scores = np.full(x.shape, np.nan)
        n_folds = min(len(x), _MAX_FOLDS)
        if len(x) < 3:
            return scores
        spread = self._spread(x)
        prior = VariancePrior.fit(spread.variance, spread.df, groups)
        for k in range(n_folds):
            out = np.arange(len(x)) % n_folds == k
            scores[out] = _distance(x[out], _baseline(self._spread(x[~out]), prior))
        return scores


def sample_spread(x: FloatArray) -> Spread:
    """Return means and sample variances; NaN is left out."""
    n = np.isfinite(x).sum(axis=0).astype(np.float64)
    center = np.nansum(x, axis=0) / n
    squares = np.nansum((x - center) ** 2, axis=0)
    return Spread(center, squares / (n - 1), n - 1, 1 + 1 / n)


def _baseline(spread: Spread, prior: VariancePrior) -> Baseline:
    variance, df = prior.posterior(spread.variance, spread.df)
    return {"center": spread.center, "scale": np.sqrt(variance * spread.leverage), "df": df}


def _distance(x: FloatArray, baseline: Baseline) -> FloatArray:
    return normal_score((x - baseline["center"]) / baseline["scale"], baseline["df"])
