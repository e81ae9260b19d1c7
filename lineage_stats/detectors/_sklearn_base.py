"""scikit-learn's base classes, with the types that it does not declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:

    class BaseEstimator:
        """What an estimator inherits of `sklearn.base.BaseEstimator`."""

        def get_params(self, deep: bool = True) -> dict[str, Any]: ...
        def set_params(self, **params: Any) -> Self: ...
        def __sklearn_tags__(self) -> Any: ...

    class TransformerMixin:
        """What a transformer inherits of `sklearn.base.TransformerMixin`."""

        def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any: ...
else:
    from sklearn.base import BaseEstimator, TransformerMixin

__all__ = ["BaseEstimator", "TransformerMixin"]
