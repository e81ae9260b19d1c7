"""Any outlier detector of scikit-learn or PyOD as a detector of runs."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lineage_stats.detectors._base import is_integer
from lineage_stats.detectors._estimators import fresh, is_estimator, oddness
from lineage_stats.detectors._lending import LendingDetector, Spread, sample_spread
from lineage_stats.detectors._transforms import FloatArray

_FOLDS: Final = 10


class FromEstimator(LendingDetector):
    """Any outlier detector of scikit-learn or PyOD, on the same dial as the others.

    The estimator looks at whole runs; how often healthy runs are as odd as a new one is learned
    from healthy runs that it was not fitted on.

    Parameters
    ----------
    estimator : estimator
        With `fit` and `score_samples` or `decision_function`, as
        `sklearn.ensemble.IsolationForest` or `pyod.models.ecod.ECOD`. Its own ``contamination``
        is of no consequence.
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
    judge_cells : bool, default=True
        Whether a single cell far out raises the alarm too, as in `ZScoreDetector`. Few
        estimators see one odd cell among a thousand, and none says which one it is. False leaves
        all that varies to the estimator.
    random_state : int, default=0
        For estimators whose own is None.

    Attributes
    ----------
    estimator_ : estimator
        Fitted on all healthy runs: standardised cells, the centre in place of missing values.
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
        ``center``, ``scale`` and ``df`` of each cell, and ``x``, the runs as the estimator saw
        them.
    offset_ : float
        `decision_function` is `score_samples` minus this.

    See Also
    --------
    TraceVectorizer : The same cells as a matrix, for a pipeline of scikit-learn.

    Notes
    -----
    Each healthy run is scored by an estimator fitted without its tenth of the runs. Those scores
    are held against an exponential tail above their median, and the result, with the alarms of
    constants, categories and missing operations, becomes the probability of the run as in every
    other detector. What is saved are the class and the parameters of the estimator and the
    matrix: on loading it is fitted again.
    Rows of numbers of runs merge exactly; nothing else does.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.ensemble import IsolationForest
    >>> from lineage_stats.detectors import FromEstimator
    >>> healthy = np.random.default_rng(0).normal(size=(40, 5))
    >>> detector = FromEstimator(IsolationForest(n_estimators=20)).fit(healthy)
    >>> detector.predict([[0, 0, 0, 0, 0], [0, 12, 0, 0, 0]]).tolist()
    [1, -1]
    """

    def __init__(
        self,
        estimator: Any,
        *,
        false_alarm_rate: float = 0.01,
        screen_runs: bool = True,
        weekly_season: bool = True,
        alarm_on_drift: bool = False,
        max_runs: int | None = None,
        judge_cells: bool = True,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            false_alarm_rate=false_alarm_rate, screen_runs=screen_runs,
            weekly_season=weekly_season, alarm_on_drift=alarm_on_drift, max_runs=max_runs,
        )  # fmt: skip
        self.estimator = estimator
        self.judge_cells = judge_cells
        self.random_state = random_state

    def _validate_parameters(self) -> None:
        super()._validate_parameters()
        scores = any(hasattr(self.estimator, n) for n in ("score_samples", "decision_function"))
        if not is_estimator(self.estimator) or not (scores or hasattr(self.estimator, "novelty")):
            self._refuse("estimator", "an outlier detector of scikit-learn or PyOD")
        if not isinstance(self.judge_cells, bool | np.bool_):
            self._refuse("judge_cells", "a bool")
        if not is_integer(self.random_state):
            self._refuse("random_state", "an int")

    @property
    def _judges_cells(self) -> bool:
        return bool(self.judge_cells)

    def _spread(self, x: FloatArray) -> Spread:
        return sample_spread(x)

    def _fit_whole(self, x: FloatArray) -> FloatArray | None:
        z = self._filled(x)
        self.baseline_["x"] = z
        self._after_loading()
        n_folds = min(_FOLDS, len(z))
        scores = np.full(len(z), np.nan)
        for k in range(n_folds):
            out = np.arange(len(z)) % n_folds == k
            if (~out).sum() > 1:
                judge = fresh(self.estimator, self.random_state).fit(z[~out])
                scores[out] = oddness(judge, z[out])
        return scores

    def _score_whole(self, x: FloatArray) -> FloatArray | None:
        return oddness(self.estimator_, self._filled(x))

    def _after_loading(self) -> None:
        if "x" in self.baseline_:
            self.estimator_ = fresh(self.estimator, self.random_state).fit(self.baseline_["x"])

    def _filled(self, x: FloatArray) -> FloatArray:
        z = (x - self.baseline_["center"]) / np.maximum(self.baseline_["scale"], 1e-300)
        return np.nan_to_num(z, nan=0.0, posinf=1e6, neginf=-1e6)
