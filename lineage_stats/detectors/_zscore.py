"""Mean and standard deviation, with what few runs do not know accounted for."""

from __future__ import annotations

from lineage_stats.detectors._lending import LendingDetector, Spread, sample_spread
from lineage_stats.detectors._transforms import FloatArray


class ZScoreDetector(LendingDetector):
    """Distance from the mean in standard deviations.

    The most powerful detector where all healthy runs were healthy indeed.

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
        ``center``, ``scale`` (of a new value) and ``df`` of each cell, on the transformed scale;
        ``reached_low``, ``reached_high`` and ``reached_most``: what more than one in ten healthy
        runs reached, and the largest score of that.
    offset_ : float
        `decision_function` is `score_samples` minus this.

    See Also
    --------
    RobustMADDetector : Bears faulty runs among the healthy ones.

    Notes
    -----
    A new value of a cell with `n` healthy values of mean `m` and standard deviation `s` follows
    ``(x - m) / (s sqrt(1 + 1/n)) ~ t(n - 1)``. Variances of comparable cells (counts, durations,
    proportions) are shrunk towards each other, which adds degrees of freedom.
    Rows of numbers of runs merge, and `m` and `s` would, exactly; weekdays and drift, which are
    taken out before, scores of left-out runs and tails do not.

    References
    ----------
    G. K. Smyth, Linear models and empirical Bayes methods for assessing differential expression
    in microarray experiments, Statistical Applications in Genetics and Molecular Biology 3
    (2004) article 3.

    Examples
    --------
    >>> import numpy as np
    >>> from lineage_stats.detectors import ZScoreDetector
    >>> healthy = np.random.default_rng(0).normal(size=(40, 5))
    >>> ZScoreDetector().fit(healthy).predict([[0, 0, 0, 0, 0], [0, 8, 0, 0, 0]]).tolist()
    [1, -1]
    """

    def _spread(self, x: FloatArray) -> Spread:
        return sample_spread(x)
