"""Estimators of other libraries: on paper and back, and which way their scores point."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from sklearn.base import clone

from lineage_stats.detectors._transforms import FloatArray
from lineage_stats.exceptions import TraceFileError

_MARK: Final = "estimator"
_KNOWN_LIBRARIES: Final = ("sklearn", "pyod", "lineage_stats")


def is_estimator(value: object) -> bool:
    """Return whether something is an estimator with parameters."""
    return hasattr(value, "get_params") and hasattr(value, "fit") and not isinstance(value, type)


def described(estimator: Any) -> dict[str, Any]:
    """Return class and parameters of an estimator as plain data."""
    cls = type(estimator)
    found = estimator.get_params(deep=False)
    parameters = {name: _plain(name, value, cls) for name, value in found.items()}
    return {_MARK: f"{cls.__module__}:{cls.__qualname__}", "parameters": parameters}


def restored(value: Any) -> Any:
    """Return an unfitted estimator from what `described` returned; anything else as it is."""
    if isinstance(value, list):
        return [restored(item) for item in value]
    if not isinstance(value, Mapping) or _MARK not in value:
        return value
    module, _, name = str(value[_MARK]).partition(":")
    if module not in sys.modules and module.partition(".")[0] not in _KNOWN_LIBRARIES:
        raise TraceFileError(
            f"The detector holds an estimator '{name}' of '{module}'. Import that module first: "
            "modules that a file names are not imported unseen."
        )
    __import__(module)
    cls = getattr(sys.modules[module], name, None)
    if not isinstance(cls, type) or not hasattr(cls, "fit"):
        raise TraceFileError(f"'{module}' has no estimator '{name}'. Install the version it is of.")
    return cls(**{key: restored(v) for key, v in value["parameters"].items()})


def _plain(name: str, value: Any, cls: type) -> Any:
    """Return a parameter as plain data; lists may hold estimators, as those of a pipeline do."""
    if is_estimator(value):
        return described(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(name, item, cls) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(name, item, cls) for key, item in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"The parameter '{name}' of {cls.__name__} is a {type(value).__name__}, which cannot be "
        "saved without pickle. Give a number, text, list or estimator."
    )


def fresh(estimator: Any, random_state: int) -> Any:
    """Return an unfitted copy; chance that is left open is fixed."""
    try:
        copy = clone(estimator)
    except (RuntimeError, TypeError):  # a constructor that alters its parameters, as some of PyOD
        copy = type(estimator)(**estimator.get_params(deep=False))
    parameters = copy.get_params(deep=False)
    if "random_state" in parameters and parameters["random_state"] is None:
        copy.set_params(random_state=random_state)
    if parameters.get("novelty") is False:
        copy.set_params(novelty=True)
    return copy


def oddness(estimator: Any, x: FloatArray) -> FloatArray:
    """Return scores of rows by a fitted estimator, higher for odd ones.

    scikit-learn's `score_samples` and `decision_function` are higher for usual rows, PyOD's
    `decision_function` for odd ones; only PyOD's estimators have `decision_scores_`.
    """
    if hasattr(estimator, "decision_scores_"):
        return np.asarray(estimator.decision_function(x), dtype=np.float64).ravel()
    score = getattr(estimator, "score_samples", None) or estimator.decision_function
    return -np.asarray(score(x), dtype=np.float64).ravel()
