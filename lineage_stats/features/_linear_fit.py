"""How well a linear model fits a sample of what it was fitted on, by its coefficients alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lineage_stats.features._columns import FloatArray, sample_columns
from lineage_stats.features._pandas_access import column_labels, frame_axes
from lineage_stats.features._sample import sample_positions

MOST_COLUMNS = 1000
MOST_CLASSES = 50


def linear_fit_score(
    learned: Mapping[str, Any], X: object, y: Any, *, sample_rows: int = 1000
) -> float | None:
    """Return accuracy or R² of a linear model on a sample of its training data.

    No code of the model runs: its coefficients are multiplied with the sample.

    Parameters
    ----------
    learned : mapping of str to object
        Attributes: ``coef_``, ``intercept_`` and, of a classifier, ``classes_``.
    X, y : object
        What it was fitted on: a DataFrame or array of numbers, and the target.
    sample_rows : int, default=1000
        Most rows looked at.

    Returns
    -------
    float or None
        Share of rows in the class that was given (classifiers), or the coefficient of
        determination; None where it cannot be told, as with missing values or sparse data.
    """
    values = _matrix(X, sample_rows)
    target = _sampled(y, sample_rows)
    coefficients = np.asarray(learned.get("coef_"))
    if values is None or target is None or coefficients.dtype.kind != "f":
        return None
    weights = np.atleast_2d(coefficients)
    if weights.shape[1] != values.shape[1] or len(target) != len(values):
        return None
    with np.errstate(all="ignore"):
        decision = values @ weights.T + learned.get("intercept_", 0.0)
        score = _score(decision, target, _classes(learned))
    return score if score is not None and np.isfinite(score) else None


def _classes(learned: Mapping[str, Any]) -> npt.NDArray[Any] | None:
    """Return the classes of a classifier, which some keep in what made numbers of them."""
    binarizer = learned.get("_label_binarizer")
    classes: npt.NDArray[Any] | None = learned.get("classes_", getattr(binarizer, "classes_", None))
    return classes


def _score(
    decision: FloatArray, target: npt.NDArray[Any], classes: npt.NDArray[Any] | None
) -> float | None:
    if classes is not None:
        if decision.shape[1] == 1:
            chosen = (decision[:, 0] > 0).astype(int)
        else:
            chosen = decision.argmax(axis=1)
        return float((classes[chosen] == target).mean()) if len(classes) <= MOST_CLASSES else None
    if decision.shape[1] != 1:
        return None
    target = target.astype(float)
    rest = target - decision[:, 0]
    total = float(((target - target.mean()) ** 2).sum())
    return 1.0 - float((rest * rest).sum()) / total if total > 0 else None


def _matrix(X: object, sample_rows: int) -> FloatArray | None:
    """Return the sampled rows, columns in order; None unless all are finite numbers."""
    columns = sample_columns(X, sample_rows, MOST_COLUMNS)
    if columns is None or columns.others:
        return None
    names, values = columns.matrix()
    if hasattr(X, "columns"):
        labels = column_labels(frame_axes(X)[0])
        if len(names) != len(labels):
            return None
        place = {name: i for i, name in enumerate(names)}
        values = values[[place[label] for label in labels]]
    return values.T if values.size and np.isfinite(values).all() else None


def _sampled(y: Any, sample_rows: int) -> npt.NDArray[Any] | None:
    if type(y) in (list, tuple):
        positions = sample_positions(len(y), sample_rows)
        values = y if positions is None else [y[i] for i in positions.tolist()]
        return np.array(values, dtype=object)
    columns = sample_columns(y, sample_rows, 2)
    if columns is None or columns.n_columns != 1:
        return None
    if columns.others:
        return np.array(columns.others[0][1].tolist(), dtype=object)
    numbers: FloatArray = columns.matrix()[1][0]
    return numbers
