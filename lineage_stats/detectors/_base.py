"""The contract of a detector, and all that detectors share."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final, NoReturn, Self, final, overload

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from lineage_stats.detectors._engines import is_stored, runs_to_learn, stored_scores
from lineage_stats.detectors._history import without_runs
from lineage_stats.detectors._inputs import (
    Runs,
    bounded,
    cells_of_array,
    is_traces,
    require_runs,
    times_of_array,
)
from lineage_stats.detectors._judging import Judging
from lineage_stats.detectors._learning import Baseline
from lineage_stats.detectors._living import Living
from lineage_stats.detectors._result import build_score
from lineage_stats.detectors._rows import validated_rows
from lineage_stats.detectors._score import TraceScore
from lineage_stats.detectors._sklearn_base import BaseEstimator
from lineage_stats.detectors._transforms import FloatArray, IntArray
from lineage_stats.exceptions import FewRunsWarning, LineageStatsWarning
from lineage_stats.trace import Trace

_MAX_FOLDS: Final = 40


class BaseDetector(Living, Judging, BaseEstimator, ABC):
    """Base class of all detectors.

    A detector learns from healthy runs what each cell (operation, feature) looks like, and says of
    a new run how improbable it would be for a healthy one. An author writes two array functions;
    transforms, constants, categories, missing values, news, calibration, results and storage
    are shared.

    Parameters
    ----------
    false_alarm_rate : float, default=0.01
        Probability that a whole *healthy run* is flagged.
    screen_runs : bool, default=True
        Whether runs that stand out in very many cells are left out of the baseline.
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
    cells_ : tuple of Cell
        What these are.
    judged_cells_ : tuple of Cell
        The same, and distances of distributions that follow from them.
    run_ids_ : tuple of str
        Runs that the baseline rests on.
    screened_run_ids_ : tuple of str
        Runs that were left out, see `screen_runs`.
    quarantined_run_ids_ : tuple of str
        Runs that may not enter the baseline, see `quarantine`.
    events_ : tuple of dict
        What `accept` and `quarantine` did: event, run_id, reason.
    pipeline_ : str or None
        Pipeline of the runs; None after a fit on an array.
    baseline_ : dict of str to ndarray
        What `_fit_baseline` returned.
    offset_ : float
        `decision_function` is `score_samples` minus this.

    Notes
    -----
    To write a detector, derive from this class, keep the constructor's arguments keyword-only,
    and write

    ``_fit_baseline(x, groups) -> dict of arrays``
        `x` has shape (n_runs, n_cells), is transformed to a roughly Gaussian scale, and has NaN
        for missing values. `groups`, of shape (n_cells,), numbers the cells whose scales may be
        compared with each other; -1 stands for a cell in a unit of its own. The keys ``center``
        and ``scale``, arrays of shape (n_cells,), are required; a scale is about one standard
        deviation, for what is known of numbers of rows is known in these.
    ``_score_baseline(x, baseline) -> ndarray``
        Signed scores of shape (n_runs, n_cells), one run at a time, NaN for NaN. A score should
        be roughly standard normal in a healthy run; heavier tails are learned.

    Cells that move with the weekday or drift slowly are freed of that first, where runs have times:
    traces do, and rows of a data frame whose index is of times.

    And, where something better is known than a fit without each run in turn,
    ``_score_left_out(x, groups)``: scores of the healthy runs, each by a baseline that does not
    know it.
    """

    def __init__(
        self,
        *,
        false_alarm_rate: float = 0.01,
        screen_runs: bool = True,
        weekly_season: bool = True,
        alarm_on_drift: bool = False,
        max_runs: int | None = None,
    ) -> None:
        self.false_alarm_rate = false_alarm_rate
        self.screen_runs = screen_runs
        self.weekly_season = weekly_season
        self.alarm_on_drift = alarm_on_drift
        self.max_runs = max_runs

    @abstractmethod
    def _fit_baseline(self, x: FloatArray, groups: IntArray) -> Baseline:
        """Learn a baseline; see the class."""

    @abstractmethod
    def _score_baseline(self, x: FloatArray, baseline: Baseline) -> FloatArray:
        """Score runs; see the class."""

    def _score_left_out(self, x: FloatArray, groups: IntArray) -> FloatArray:
        """Score each run by a baseline fitted without it (beyond 40 runs: without its fold)."""
        scores = np.full(x.shape, np.nan)
        n_folds = min(len(x), _MAX_FOLDS)
        if len(x) < 3:
            return scores
        for k in range(n_folds):
            out = np.arange(len(x)) % n_folds == k
            scores[out] = self._score_baseline(x[out], self._fit_baseline(x[~out], groups))
        return scores

    def _without_changes(self, x: FloatArray) -> FloatArray:
        """Return healthy runs without the changes that the baseline knows of."""
        return x

    def _fit_whole(self, x: FloatArray) -> FloatArray | None:
        """Learn whole runs; return left-out scores, higher for odd ones. None: no such thing."""
        return None

    def _score_whole(self, x: FloatArray) -> FloatArray | None:
        """Score whole runs."""
        return None

    def _after_loading(self) -> None:
        """Restore what is neither saved nor in `baseline_`."""

    def _since(self) -> npt.NDArray[np.object_] | None:
        """Return the first run of each cell's present segment, ``""`` for none; None: unknown."""
        return None

    # -- fit ------------------------------------------------------------------------------------

    @final
    def fit(self, X: Any, y: None = None, *, engine: str = "local") -> Self:
        """Learn what healthy runs look like.

        Parameters
        ----------
        X : TraceSet, list of Trace, TraceStream, path-like, or array-like of shape \
(n_runs, n_cells)
            Healthy runs of one pipeline. Columns of a data frame may be (operation, feature)
            pairs, as of `RunMatrix.to_frame`; NaN is a missing value. Or those that
            `lineage_stats.storage.stream_traces` selects, or the name of a folder all runs of which
            are healthy: only the latest `max_runs` are read. With the engine ``"spark"``, such a
            stream or name, or a data frame of `lineage_stats.storage.scan_traces`.
        y : None
            Ignored; scikit-learn passes it.
        engine : {"local", "spark"}, default="local"
            Who reads and measures the runs: this process, or the workers of Spark. On one
            machine Spark takes several times the CPU time, up to the 120,000 operations at
            which ``paper/spark_fit.py`` ends: it is for runs that many more cores can read.

        Returns
        -------
        self
            The fitted detector.

        Raises
        ------
        TooFewRunsError
            If there are fewer than two runs.
        TypeError
            If `X` is not of the sort that the engine takes.
        BaselineError
            If the traces belong to several pipelines.
        NoTracesError
            If a folder does not exist or holds none of the runs.
        ValueError
            If a parameter has an impossible value.
        MissingDependencyError
            If the engine is Spark and PySpark is not installed.

        Warns
        -----
        UnreadableTraceWarning
            If files of a folder could not be read; the others are learned from.

        Notes
        -----
        The learned state is the same, bit for bit, whoever reads the runs: of a folder, it is that
        of ``fit(load_traces(folder)[-n:])`` where `n` is `max_runs` or its default. Which
        runs are the latest is told by the names of files, so that older ones are not opened. Where
        a stream selects runs, files are opened from the latest on until they hold `n`; Spark's
        workers open them all.

        A run of a folder is read, measured and forgotten: operations are brought under the keys
        of the most frequent, latest layout, and become a row of numbers. That step merges, as
        each run is measured by itself; Spark's workers can do it. What stays in memory are 8
        bytes a value. Medians, tails and left-out scores of a baseline do not merge: they are
        computed here, from all values of a cell at once, and exactly.
        """
        self._validate_parameters()
        if is_stored(self, "fit", X, engine) or is_traces(X):
            runs = runs_to_learn(X, engine, self._most_runs())
            self.n_features_in_ = len(runs.cells)
            if hasattr(self, "feature_names_in_"):
                del self.feature_names_in_
        else:
            runs = self._runs_of_array(X)
        self.quarantined_run_ids_: tuple[str, ...] = ()
        self.events_: tuple[dict[str, str], ...] = ()
        self._fit_runs(runs)
        return self

    def _validate_parameters(self) -> None:
        if not is_number(self.false_alarm_rate) or not 0 < self.false_alarm_rate < 1:
            self._refuse("false_alarm_rate", "a float in (0, 1)")
        for name in ("screen_runs", "weekly_season", "alarm_on_drift"):
            if not isinstance(getattr(self, name), bool | np.bool_):
                self._refuse(name, "a bool")
        if self.max_runs is not None and not (is_integer(self.max_runs) and self.max_runs > 1):
            self._refuse("max_runs", "an int > 1 or None")

    def _refuse(self, parameter: str, wanted: str) -> NoReturn:
        raise ValueError(
            f"The '{parameter}' parameter of {type(self).__name__} must be {wanted}. "
            f"Got {getattr(self, parameter)!r} instead."
        )

    def _runs_of_array(self, X: Any, *, reset: bool = True) -> Runs:
        values = validated_rows(self, X, reset=reset)
        if reset:
            require_runs(len(values))
        cells = cells_of_array(X, values.shape[1]) if reset else self.cells_
        times = times_of_array(X, len(values))
        ids = tuple(map(str, range(len(values))))
        return Runs(bounded(values), cells, ids, times=times)

    # -- score ----------------------------------------------------------------------------------

    @overload
    def score(self, trace: Trace, y: None = None) -> TraceScore: ...
    @overload
    def score(self, trace: Any, y: None = None) -> Any: ...
    @final
    def score(self, trace: Any, y: None = None) -> Any:
        """Say how abnormal a run is, and where.

        Parameters
        ----------
        trace : Trace, sequence of Trace, or array-like of shape (n_runs, n_cells)
            New run or runs of the pipeline that was fitted.
        y : None
            Ignored; scikit-learn passes it.

        Returns
        -------
        TraceScore, list of TraceScore, or ndarray of shape (n_runs,)
            For a trace, its labelled scores; for several, a list; for an array, one score per
            row. Higher is more anomalous: ``-log10(p_value)``.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the detector was not fitted.
        BaselineError
            If the trace is one of another pipeline, or the detector was fitted on an array.

        Warns
        -----
        LineageStatsWarning
            If a trace is one of the runs that the detector was fitted on: it is judged by a
            baseline of the others.
        """
        if not is_traces(trace):
            return -self.score_samples(trace)
        traces = [trace] if isinstance(trace, Trace) else list(trace)
        scores = [self._judge_of(one)._score_trace(one) for one in traces]
        self._warn_of_known_runs([one.run_id for one in traces])
        return scores[0] if isinstance(trace, Trace) else scores

    @final
    def score_many(self, traces: Any, *, engine: str = "local") -> list[TraceScore]:
        """Say of many runs how abnormal they are, and where.

        Parameters
        ----------
        traces : sequence of Trace, TraceStream, or path-like
            New runs of the pipeline that was fitted; or those that
            `lineage_stats.storage.stream_traces` selects, or the name of a folder of them, which
            are read, scored and forgotten one after another. With the engine ``"spark"``, such a
            stream or name, or a data frame of `lineage_stats.storage.scan_traces`.
        engine : {"local", "spark"}, default="local"
            Who reads and scores the runs: this process, or the workers of Spark, to which the
            detector is sent.

        Returns
        -------
        list of TraceScore
            As `score` returns them, in the order of the runs; of a folder and from Spark oldest
            first. They are equal whichever engine scores.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the detector was not fitted.
        TypeError
            If `traces` is not of the sort that the engine takes.
        ValueError
            If there is no such engine.
        BaselineError
            If a run is one of another pipeline, or the detector was fitted on an array.
        NoTracesError
            If a folder does not exist or holds none of the runs.
        MissingDependencyError
            If the engine is Spark and PySpark is not installed.

        Warns
        -----
        LineageStatsWarning
            If a run is one that the detector was fitted on, as for `score`.
        UnreadableTraceWarning
            If files of a folder could not be read; the others are scored.
        """
        check_is_fitted(self, "calibration_")
        if is_stored(self, "score_many", traces, engine):
            scores = stored_scores(self, traces, engine)
            self._warn_of_known_runs([score.run_id for score in scores])
            return scores
        if isinstance(traces, Trace) or not is_traces(traces):
            raise TypeError(
                f"{type(self).__name__}.score_many takes a sequence of traces. "
                f"Got {type(traces).__name__} instead."
            )
        scored: list[TraceScore] = self.score(traces)
        return scored

    def _warn_of_known_runs(self, run_ids: list[str]) -> None:
        for run_id in run_ids:
            if run_id in self.run_ids_:
                warnings.warn(
                    f"Run {run_id} is one of the runs that the baseline was learned from; "
                    "it was judged by the others.",
                    LineageStatsWarning,
                    stacklevel=3,
                )

    def _judge_of(self, trace: Trace) -> Self:
        """Return the detector whose baseline does not know the run: nearly always this one."""
        check_is_fitted(self, "calibration_")
        if trace.run_id not in self.run_ids_:
            return self
        others = without_runs(self.history_, {trace.run_id})
        if len(others.values) < 2:
            return self
        judge = type(self)(**self.get_params(deep=False))
        judge.n_features_in_ = self.n_features_in_
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FewRunsWarning)
            judge._fit_runs(others)
        return judge

    def _score_trace(self, trace: Trace) -> TraceScore:
        runs = self._runs([trace])
        values = self.profiles_.extend(runs.values)[0]
        new = (runs.unknown[0], runs.looking[0])
        return build_score(self, trace, values, self._p_values(runs), *new)

    @final
    def score_samples(self, X: Any) -> FloatArray:
        """Return log10 of each run's p-value; higher is more normal.

        Parameters
        ----------
        X : sequence of Trace, or array-like of shape (n_runs, n_cells)
            Runs.

        Returns
        -------
        ndarray of shape (n_runs,)
            Between -300 and 0.
        """
        p = self._p_values(self._runs(X)).run
        if is_traces(X):
            for i, trace in enumerate([X] if isinstance(X, Trace) else X):
                judge = self._judge_of(trace)
                if judge is not self:
                    p[i] = judge._p_values(judge._runs([trace])).run[0]
        return np.asarray(np.log10(np.maximum(p, 1e-300)))

    @final
    def decision_function(self, X: Any) -> FloatArray:
        """Return `score_samples` minus `offset_`; below 0 is anomalous.

        Parameters
        ----------
        X : sequence of Trace, or array-like of shape (n_runs, n_cells)
            Runs.

        Returns
        -------
        ndarray of shape (n_runs,)
            Signed distance from the threshold, in powers of ten.
        """
        return np.asarray(self.score_samples(X) - self.offset_)

    @final
    def predict(self, X: Any) -> IntArray:
        """Return 1 for runs that look healthy and -1 for anomalous ones.

        Parameters
        ----------
        X : sequence of Trace, or array-like of shape (n_runs, n_cells)
            Runs.

        Returns
        -------
        ndarray of shape (n_runs,)
            1 or -1.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    # -- scikit-learn ---------------------------------------------------------------------------

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _more_tags(self) -> dict[str, bool]:
        return {"allow_nan": True}  # asked for by scikit-learn before 1.6

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "calibration_")

    # -- storage --------------------------------------------------------------------------------

    @final
    def save(self, path: str | Path) -> Path:
        """Write the fitted detector to a folder, without pickle.

        Parameters
        ----------
        path : str or Path
            Folder; it is made. A detector that it holds is replaced, other files beside that stay.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        FileExistsError
            If there is something else at `path`.

        See Also
        --------
        load_detector : Read it again.
        """
        # The module needs this class to restore detectors.
        from lineage_stats.detectors._persistence import save_detector

        check_is_fitted(self, "calibration_")
        return save_detector(self, Path(path))


def is_integer(value: object) -> bool:
    """Return whether a parameter is a whole number, and no bool."""
    return isinstance(value, Integral) and not isinstance(value, bool | np.bool_)


def is_number(value: object) -> bool:
    """Return whether a parameter is a real number, and no bool."""
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)
