"""The contract of a detector, and all that detectors share."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from numbers import Real
from pathlib import Path
from typing import Any, NoReturn, Self, final, overload

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from lineage_stats.detectors._calibration import Calibration, RunPValues, runs_needed
from lineage_stats.detectors._inputs import (
    Runs,
    bounded,
    cells_of_array,
    is_traces,
    require_runs,
    runs_of_traces,
)
from lineage_stats.detectors._laws import Laws
from lineage_stats.detectors._news import NewsModel
from lineage_stats.detectors._result import build_score
from lineage_stats.detectors._roles import (
    DISTANCE,
    Roles,
    assign_roles,
    cell_table,
    families_of,
    kinds_of,
)
from lineage_stats.detectors._rows import validated_rows
from lineage_stats.detectors._score import TraceScore
from lineage_stats.detectors._screening import screen_runs
from lineage_stats.detectors._transforms import (
    FloatArray,
    IntArray,
    inverse_transform,
    transform,
)
from lineage_stats.exceptions import BaselineError, FewRunsWarning, LineageStatsWarning
from lineage_stats.features import Cell, as_run_matrix
from lineage_stats.trace import Trace, align

Baseline = dict[str, FloatArray]

_MAX_FOLDS = 40
_WIDEST = 64.0


class BaseDetector(BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no type hints
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

    Attributes
    ----------
    n_runs_ : int
        Healthy runs that the baseline rests on.
    n_features_in_ : int
        Number of cells.
    cells_ : tuple of Cell
        What the cells are.
    run_ids_ : tuple of str
        Runs that the baseline rests on.
    screened_run_ids_ : tuple of str
        Runs that were left out, see `screen_runs`.
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
        and ``scale``, arrays of shape (n_cells,), are required.
    ``_score_baseline(x, baseline) -> ndarray``
        Signed scores of shape (n_runs, n_cells), one run at a time, NaN for NaN. A score should
        be roughly standard normal in a healthy run; heavier tails are learned.

    and, where something better is known than a fit without each run in turn,
    ``_score_left_out(x, groups)``: scores of the healthy runs, each by a baseline that does not
    know it.
    """

    def __init__(self, *, false_alarm_rate: float = 0.01, screen_runs: bool = True) -> None:
        self.false_alarm_rate = false_alarm_rate
        self.screen_runs = screen_runs

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

    def _since(self) -> npt.NDArray[np.object_] | None:
        """Return the first run of each cell's present segment, ``""`` for none; None: unknown."""
        return None

    # -- fit ------------------------------------------------------------------------------------

    @final
    def fit(self, X: Any, y: None = None) -> Self:
        """Learn what healthy runs look like.

        Parameters
        ----------
        X : TraceSet, list of Trace, or array-like of shape (n_runs, n_cells)
            Healthy runs of one pipeline. Columns of a data frame may be (operation, feature)
            pairs, as of `RunMatrix.to_frame`; NaN is a missing value.
        y : None
            Ignored; scikit-learn passes it.

        Returns
        -------
        self
            The fitted detector.

        Raises
        ------
        TooFewRunsError
            If there are fewer than two runs.
        TypeError
            If `X` is the name of a folder.
        BaselineError
            If the traces belong to several pipelines.
        ValueError
            If a parameter has an impossible value.
        """
        self._validate_parameters()
        if is_traces(X):
            runs = runs_of_traces([X] if isinstance(X, Trace) else X)
            self.n_features_in_ = len(runs.cells)
            if hasattr(self, "feature_names_in_"):
                del self.feature_names_in_
        else:
            runs = self._runs_of_array(X)
        self._fit_runs(runs)
        return self

    def _validate_parameters(self) -> None:
        if not is_number(self.false_alarm_rate) or not 0 < self.false_alarm_rate < 1:
            self._refuse("false_alarm_rate", "a float in (0, 1)")
        if not isinstance(self.screen_runs, bool | np.bool_):
            self._refuse("screen_runs", "a bool")

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
        return Runs(bounded(values), cells, tuple(str(i) for i in range(len(values))))

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def _fit_runs(self, runs: Runs) -> None:
        kept = np.ones(len(runs.values), dtype=bool)
        if self.screen_runs:
            kept = screen_runs(runs.values, runs.cells)
        X = runs.values[kept]
        self.cells_: tuple[Cell, ...] = runs.cells
        self.run_ids_ = tuple(r for r, keep in zip(runs.run_ids, kept, strict=True) if keep)
        self.screened_run_ids_ = tuple(
            r for r, keep in zip(runs.run_ids, kept, strict=True) if not keep
        )
        self.pipeline_ = runs.pipeline
        self.reference_ = runs.reference
        self.n_runs_ = len(X)
        self.offset_ = float(np.log10(self.false_alarm_rate))
        self._warn_of_few_runs()
        self._learn(X, runs)

    def _learn(self, X: FloatArray, runs: Runs) -> None:
        self.roles_ = roles = assign_roles(X, runs.cells)
        self.news_ = NewsModel.fit(X, runs.cells, roles)
        self.laws_ = Laws.fit(X, runs.cells, roles)
        at = roles.role == DISTANCE
        z = transform(X[:, at], roles.code[at])
        groups = _unit_groups(roles)[at]
        scores = np.full(X.shape, np.nan)
        if at.any():
            self.baseline_ = self._fit_baseline(z, groups)
            scores[:, at] = self._score_left_out(z, groups)
            scores = self.laws_.bound_left_out(scores, X)
        else:
            self.baseline_ = {"center": np.empty(0), "scale": np.empty(0)}
        kinds = families_of(runs.cells)
        self.calibration_ = Calibration.fit(
            scores,
            [str(kind) if judged else "" for kind, judged in zip(kinds, at, strict=True)],
            self.news_.groups,
            self.news_.number,
            self.news_.group,
            self.news_.left_out_p_values(),
        )
        self._describe(X, runs)

    def _describe(self, X: FloatArray, runs: Runs) -> None:
        """Keep what results show beside probabilities: centres, scales, ranges, labels."""
        roles = self.roles_
        at = roles.role == DISTANCE
        code = roles.code[at]
        self.center_ = _modes(X)
        self.scale_ = np.full(X.shape[1], np.nan)
        self.lower_, self.upper_ = self.news_.low.copy(), self.news_.high.copy()
        center, scale = self.baseline_["center"], self.baseline_["scale"]
        self.center_[at] = inverse_transform(center, code)
        level = self.calibration_.cell_level(self.false_alarm_rate)
        # People look at metrics one by one, whatever else there is in a run.
        metric = kinds_of(runs.cells) == "metric"
        level[metric] = np.maximum(level[metric], self.false_alarm_rate)
        reach = self._reach(center, scale, level[at])
        self.lower_[at] = inverse_transform(center - reach, code)
        self.upper_[at] = inverse_transform(center + reach, code)
        one_up = inverse_transform(center + scale, code)
        self.scale_[at] = np.abs(one_up - self.center_[at])
        unequal = np.isin(kinds_of(runs.cells), ("category", "presence"))
        self.lower_[unequal], self.upper_[unequal] = np.nan, np.nan
        wanted = set(self.center_[unequal].tolist())
        self.cell_table_ = cell_table(runs.cells)
        self.labels_ = {k: v for k, v in runs.labels.items() if k in wanted}

    def _reach(self, center: FloatArray, scale: FloatArray, level: FloatArray) -> FloatArray:
        """Return how far from its centre each cell may be before it alone raises the alarm."""
        at = self.roles_.role == DISTANCE
        low, high = np.zeros_like(center), np.full_like(center, _WIDEST)
        scores, values = np.full((2, 1, len(self.cells_)), np.nan)
        for _ in range(24):
            middle = (low + high) / 2
            z = center + middle * scale
            values[0, at] = inverse_transform(z, self.roles_.code[at])
            scores[0, at] = self._distances(z[None])[0]
            p = self.calibration_.cell_p_values(self.laws_.bound(scores, values))[0, at]
            inside = p >= level
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        return np.asarray(high * scale, dtype=np.float64)

    def _warn_of_few_runs(self) -> None:
        needed = runs_needed(self.false_alarm_rate)
        if self.n_runs_ < needed:
            warnings.warn(
                f"{type(self).__name__} was fitted on {self.n_runs_} healthy runs; a false alarm "
                f"rate of {self.false_alarm_rate:g} per run is honest from {needed} runs. Until "
                "then treat verdicts as hints: record more healthy runs or ask for a higher rate.",
                FewRunsWarning,
                stacklevel=4,
            )

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
            If a trace is one of the runs that the detector was fitted on.
        """
        if not is_traces(trace):
            return -self.score_samples(trace)
        traces = [trace] if isinstance(trace, Trace) else list(trace)
        scores = [self._score_trace(one) for one in traces]
        self._warn_of_known_runs(traces)
        return scores[0] if isinstance(trace, Trace) else scores

    def _warn_of_known_runs(self, traces: list[Trace]) -> None:
        for trace in traces:
            if trace.run_id in self.run_ids_:
                warnings.warn(
                    f"Run {trace.run_id} is one of the runs that the baseline was learned from; "
                    "its score says little. Fit on other runs.",
                    LineageStatsWarning,
                    stacklevel=3,
                )

    def _score_trace(self, trace: Trace) -> TraceScore:
        runs = self._runs([trace])
        return build_score(self, trace, runs.values[0], self._p_values(runs), runs.unknown[0])

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
        runs = self._runs(X)
        return np.asarray(np.log10(np.maximum(self._p_values(runs).run, 1e-300)))

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

    def _runs(self, X: Any) -> Runs:
        check_is_fitted(self, "calibration_")
        if not is_traces(X):
            return self._runs_of_array(X, reset=False)
        traces = [X] if isinstance(X, Trace) else list(X)
        if self.reference_ is None:
            raise BaselineError(
                f"This {type(self).__name__} was fitted on an array, so it cannot score traces. "
                "Fit it on healthy traces first."
            )
        for trace in traces:
            if trace.pipeline != self.pipeline_:
                raise BaselineError(
                    f"Run {trace.run_id} is one of pipeline '{trace.pipeline}', the baseline one "
                    f"of '{self.pipeline_}'. Fit a detector on healthy runs of "
                    f"'{trace.pipeline}'."
                )
        matrix = as_run_matrix(traces, cells=self.cells_, reference=self.reference_)
        known = set(self.cell_table_["operation"].tolist())
        unknown = tuple(
            tuple(key for key in mapping.values() if key not in known)
            for mapping in align([self.reference_, *traces], reference=0).mappings[1:]
        )
        return Runs(
            bounded(matrix.values), self.cells_, matrix.run_ids, self.pipeline_, unknown=unknown
        )

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def _p_values(self, runs: Runs) -> RunPValues:
        X, at = runs.values, self.roles_.role == DISTANCE
        scores = np.full(X.shape, np.nan)
        scores[:, at] = self._distances(transform(X[:, at], self.roles_.code[at]))
        scores = self.laws_.bound(scores, X)
        unknown = np.ones(len(X))
        for i, keys in enumerate(runs.unknown):
            if keys:
                unknown[i] = self.news_.group_p_value("present")
        return self.calibration_.p_values(scores, self.news_.p_values(X, self.roles_), unknown)

    def _distances(self, z: FloatArray) -> FloatArray:
        return self._score_baseline(z, self.baseline_) if z.shape[1] else z

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


def is_number(value: object) -> bool:
    """Return whether a parameter is a real number, and no bool."""
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _unit_groups(roles: Roles) -> IntArray:
    """Group the cells whose transformed scales may be compared; -1: a unit of its own."""
    return np.where(roles.code > 0, roles.code, -1)


def _modes(X: FloatArray) -> FloatArray:
    """Return the most frequent value of each column, the median's neighbour where none is."""
    modes = np.full(X.shape[1], np.nan)
    for j, column in enumerate(X.T):
        values, counts = np.unique(column[np.isfinite(column)], return_counts=True)
        if len(values):
            modes[j] = values[counts.argmax()]
    return modes
