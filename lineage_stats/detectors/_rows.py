"""Checking the rows that an estimator is given, as every supported scikit-learn does it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import validation


def validated_rows(estimator: Any, X: Any, *, reset: bool) -> npt.NDArray[np.float64]:
    """Return `X` as numbers, where NaN is missing; `reset` keeps its columns in the estimator."""
    if not reset and _is_as_expected(estimator, X):
        return np.asarray(X)
    options = {"reset": reset, "dtype": np.float64, "ensure_min_samples": 1}
    rows: npt.NDArray[np.float64]
    if hasattr(validation, "validate_data"):
        rows = validation.validate_data(estimator, X, ensure_all_finite="allow-nan", **options)
    else:  # before 1.6 a method, and with another name for the option
        rows = estimator._validate_data(X, force_all_finite="allow-nan", **options)
    return rows


def _is_as_expected(estimator: Any, X: Any) -> bool:
    """Return whether nothing is to be changed or said of an array, as for most runs scored."""
    return (
        type(X) is np.ndarray
        and X.dtype == np.float64
        and X.ndim == 2
        and len(X) > 0
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
        and not np.isinf(X).any()
    )
