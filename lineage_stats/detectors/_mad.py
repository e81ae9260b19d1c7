"""Median and median absolute deviation: a baseline that a few bad runs cannot bend."""

from __future__ import annotations

import numpy as np

from lineage_stats.detectors._lending import LendingDetector, Spread
from lineage_stats.detectors._robust import (
    NORMAL_MAD,
    mad_df,
    mad_factor,
    median_and_mad,
    student_cut,
)
from lineage_stats.detectors._transforms import FloatArray


class RobustMADDetector(LendingDetector):
    """Distance from the median in median absolute deviations.

    The detector to begin with: up to one in ten of the healthy runs may have been faulty.

    Parameters
    ----------
    false_alarm_rate : float, default=0.01
        Probability that a whole *healthy run* is flagged.
    screen_runs : bool, default=True
        Whether runs that stand out in very many cells are left out of the baseline; see
        ``screened_run_ids_``.
    weekly_season : bool, default=True
        Whether weekdays may differ, where the runs are enough to show that they do.
    alarm_on_drift : bool, default=False
        Whether slow, steady drift of the healthy runs is held against a run that goes on with it.
    max_runs : int or None, default=None
        How many of the latest runs the baseline looks at; None takes 500, or
        ``2 / false_alarm_rate`` where that is more.
    reweight : bool, default=True
        Whether median and MAD only decide which values count, and the scale is the standard
        deviation of those around the median; False takes the scale from the MAD itself, which
        wastes six values in ten.

    Attributes
    ----------
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
        ``center``, ``scale`` and ``df`` of each cell, on the transformed scale; ``reached_low``,
        ``reached_high`` and ``reached_most``: what more than one in ten healthy runs reached, and
        the largest score of that.
    offset_ : float
        `decision_function` is `score_samples` minus this.

    See Also
    --------
    ZScoreDetector : Finds smaller faults where all healthy runs are known to be healthy.
    BayesianChangePointDetector : Follows a baseline that changes.

    Notes
    -----
    With median `m` and median absolute deviation `MAD` of `n` healthy values,
    ``(x - m) / (1.4826 k_n MAD)`` follows Student's t with about ``0.37 n`` degrees of freedom in
    healthy runs; `k_n` and the degrees of freedom come from a simulation per `n`. Healthy values
    beyond the quantile that a new one exceeds with probability 0.001 do not count; the score of
    `x` is ``(x - m) / (s sqrt(1 + pi / (2 n)))`` with `s` the standard deviation of the others
    around `m`. Cells whose scales are comparable (counts, durations, proportions) borrow strength
    from each other. A value that more than one in ten of the healthy runs reached is not
    surprising, however narrow the others are. Fitting costs two sorts.
    Rows of numbers of runs merge exactly, and a sketch of values would tell `m` approximately; the
    `MAD`, which is held against the final `m`, what is taken out before for weekdays and drift,
    scores of left-out runs and tails do not.

    References
    ----------
    P. J. Rousseeuw and C. Croux, Alternatives to the median absolute deviation, Journal of the
    American Statistical Association 88 (1993) 1273-1283. P. J. Rousseeuw and A. M. Leroy, Robust
    Regression and Outlier Detection (1987), section 4.1, for the reweighting.

    Examples
    --------
    >>> import numpy as np
    >>> from lineage_stats.detectors import RobustMADDetector
    >>> healthy = np.random.default_rng(0).normal(size=(40, 5))
    >>> detector = RobustMADDetector().fit(healthy)
    >>> detector.predict([[0, 0, 0, 0, 0], [0, 12, 0, 0, 0]]).tolist()
    [1, -1]
    """

    def __init__(
        self,
        *,
        false_alarm_rate: float = 0.01,
        screen_runs: bool = True,
        weekly_season: bool = True,
        alarm_on_drift: bool = False,
        max_runs: int | None = None,
        reweight: bool = True,
    ) -> None:
        super().__init__(
            false_alarm_rate=false_alarm_rate, screen_runs=screen_runs,
            weekly_season=weekly_season, alarm_on_drift=alarm_on_drift, max_runs=max_runs,
        )  # fmt: skip
        self.reweight = reweight

    def _validate_parameters(self) -> None:
        super()._validate_parameters()
        if not isinstance(self.reweight, bool | np.bool_):
            self._refuse("reweight", "a bool")

    def _spread(self, x: FloatArray) -> Spread:
        center, mad, n = median_and_mad(x)
        mean_deviation = np.nansum(np.abs(x - center), axis=0) / n
        # Ties of almost half the runs: no zero, whatever fold of the runs is looked at.
        mad = np.maximum(mad, 0.1 * mean_deviation)
        scale = NORMAL_MAD * mad_factor(n) * mad
        df = mad_df(n)
        if self.reweight:
            scale, df = _reweighted(x, center, scale * student_cut(df), n)
        return Spread(center, scale**2, df, np.ones_like(scale))


def _reweighted(
    x: FloatArray, center: FloatArray, reach: FloatArray, n: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return scale of a new value and its degrees of freedom, from the values within reach."""
    deviation = np.abs(x - center)
    kept = deviation <= reach
    n_kept = kept.sum(axis=0)
    df = np.maximum(n_kept - 1.0, 1.0)
    squares = np.where(kept, deviation, 0.0) ** 2
    spread = np.sqrt(squares.sum(axis=0) / df)
    return spread * np.sqrt(1 + np.pi / (2 * n)), df
