"""Traces as a matrix for any estimator of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from lineage_stats.detectors._inputs import bounded, runs_of_traces
from lineage_stats.detectors._sklearn_base import BaseEstimator, TransformerMixin
from lineage_stats.detectors._transforms import FloatArray, choose_transforms, transform
from lineage_stats.exceptions import BaselineError
from lineage_stats.features import FEATURE_KINDS, Cell, as_run_matrix
from lineage_stats.trace import Trace


class TraceVectorizer(TransformerMixin, BaseEstimator):
    """Turn traces of one pipeline into a matrix of numbers.

    Parameters
    ----------
    kinds : iterable of str, default=("count", "duration", "proportion", "real", "metric", \
"presence")
        Kinds of features that become columns, of `lineage_stats.features.FEATURE_KINDS`.
        Categories are left out by default: their numbers are equal or not, and nothing else.
    scale : bool, default=True
        Whether each column is brought to a roughly Gaussian scale, as the detectors do (logs of
        durations and large counts, roots of small ones, arcsines of proportions), its median
        taken off and divided by its interquartile range.
    fill : float or None, default=0.0
        What stands for missing values, after scaling; None leaves NaN.
    drop_constant : bool, default=True
        Whether columns are left out that are equal in all fitted runs.

    Attributes
    ----------
    cells_ : tuple of Cell
        What the columns are.
    pipeline_ : str
        Pipeline of the fitted runs.
    reference_ : Trace
        Gives the operations their keys.
    center_, scale_ : ndarray of shape (n_columns,)
        What is taken off each column, and what it is divided by.
    n_features_out_ : int
        Number of columns.

    See Also
    --------
    FromEstimator : An outlier detector over these, with a false alarm rate per run.
    lineage_stats.as_run_matrix : The same without an estimator.

    Examples
    --------
    >>> from sklearn.ensemble import IsolationForest
    >>> from sklearn.pipeline import make_pipeline
    >>> from lineage_stats.datasets import make_runs
    >>> from lineage_stats.detectors import TraceVectorizer
    >>> traces, _ = make_runs(30, random_state=0, return_traces=True)
    >>> model = make_pipeline(TraceVectorizer(), IsolationForest(random_state=0)).fit(traces)
    >>> model.decision_function(traces[:2]).shape
    (2,)
    >>> len(model[0].get_feature_names_out()) == model[0].n_features_out_
    True
    """

    def __init__(
        self,
        *,
        kinds: Iterable[str] = ("count", "duration", "proportion", "real", "metric", "presence"),
        scale: bool = True,
        fill: float | None = 0.0,
        drop_constant: bool = True,
    ) -> None:
        self.kinds = kinds
        self.scale = scale
        self.fill = fill
        self.drop_constant = drop_constant

    def fit(self, X: Iterable[Trace], y: Any = None) -> Self:
        """Learn which cells the runs have.

        Parameters
        ----------
        X : TraceSet or iterable of Trace
            Runs of one pipeline, two at least.
        y : object, default=None
            Ignored; scikit-learn passes it.

        Returns
        -------
        self
            The fitted transformer.

        Raises
        ------
        ValueError
            If a kind is none of `FEATURE_KINDS`.
        TooFewRunsError
            If there are fewer than two runs.
        BaselineError
            If the traces belong to several pipelines.
        """
        unknown = sorted(set(self.kinds) - set(FEATURE_KINDS))
        if unknown:
            raise ValueError(
                f"The 'kinds' parameter of TraceVectorizer must be of {', '.join(FEATURE_KINDS)}. "
                f"Got {unknown[0]!r} instead."
            )
        runs = runs_of_traces(_traces(X))
        wanted = np.array([cell.kind in set(self.kinds) for cell in runs.cells], dtype=bool)
        with np.errstate(invalid="ignore"):
            low, high = np.fmin.reduce(runs.values), np.fmax.reduce(runs.values)
        if self.drop_constant:
            wanted &= high > low
        at = np.flatnonzero(wanted)
        self.cells_: tuple[Cell, ...] = tuple(runs.cells[j] for j in at)
        self.pipeline_ = runs.pipeline
        self.reference_ = runs.reference
        values = runs.values[:, at]
        self.codes_ = choose_transforms(values, self.cells_) * bool(self.scale)
        self.center_, self.scale_ = self._units(transform(values, self.codes_))
        self.n_features_out_ = len(at)
        return self

    def _units(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        center, spread = np.zeros(z.shape[1]), np.ones(z.shape[1])
        known = np.isfinite(z).any(axis=0)
        if self.scale and known.any():
            low, center[known], high = np.nanquantile(z[:, known], [0.25, 0.5, 0.75], axis=0)
            sd = np.nanstd(z[:, known], axis=0)
            wide = np.where(high > low, (high - low) / 1.349, sd)
            spread[known] = np.where(wide > 0, wide, 1.0)
        return center, spread

    def transform(self, X: Iterable[Trace] | Trace) -> FloatArray:
        """Return the matrix of runs.

        Parameters
        ----------
        X : TraceSet, iterable of Trace, or Trace
            Runs of the fitted pipeline.

        Returns
        -------
        ndarray of shape (n_runs, n_columns)
            One row per run.

        Raises
        ------
        BaselineError
            If a run is one of another pipeline.
        """
        check_is_fitted(self, "cells_")
        traces = _traces(X)
        for trace in traces:
            if trace.pipeline != self.pipeline_:
                raise BaselineError(
                    f"Run {trace.run_id} is one of pipeline '{trace.pipeline}', this "
                    f"TraceVectorizer was fitted on '{self.pipeline_}'."
                )
        matrix = as_run_matrix(traces, cells=self.cells_, reference=self.reference_)
        z = (transform(bounded(matrix.values), self.codes_) - self.center_) / self.scale_
        return z if self.fill is None else np.where(np.isnan(z), self.fill, z)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the names of the columns.

        Parameters
        ----------
        input_features : object, default=None
            Ignored; scikit-learn passes it.

        Returns
        -------
        ndarray of str of shape (n_columns,)
            ``operation: feature``.
        """
        check_is_fitted(self, "cells_")
        return np.array([f"{cell.operation}: {cell.feature}" for cell in self.cells_], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags


def _traces(X: Iterable[Trace] | Trace) -> list[Trace]:
    return [X] if isinstance(X, Trace) else list(X)
