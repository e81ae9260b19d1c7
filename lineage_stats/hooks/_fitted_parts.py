"""The fitted estimators inside of a fitted one: those of a search, a pipeline, an ensemble.

A program takes them out and goes on with them, as with ``search.best_estimator_`` or ``pipe[-1]``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

MAX_PARTS = 64  # of one model
MAX_DEPTH = 4
MAX_NESTED = 2  # lists in each other: of pairs of a name and an estimator

_STEPS = frozenset({"steps", "transformer_list"})  # which hold what is fitted in place


def fitted_parts(model: Any) -> list[Any]:
    """Return the estimators that a model holds as learned, or as its steps, at most `MAX_PARTS`.

    Only what an object holds is looked at, and of estimators nothing is asked.
    """
    return list(islice(_parts(model, 0), MAX_PARTS))


def _parts(model: Any, depth: int) -> Iterator[Any]:
    held = getattr(model, "__dict__", None) if type(model).__dictoffset__ else None
    if type(held) is not dict or depth >= MAX_DEPTH:
        return
    for name, value in [*held.items()]:  # another thread may add one
        if type(name) is str and (name[-1:] == "_" or name in _STEPS):
            yield from _estimators_in(value, depth + 1)


def _estimators_in(value: Any, depth: int, nested: int = 0) -> Iterator[Any]:
    kind = type(value)
    if kind is list or kind is tuple:
        for item in value[:MAX_PARTS] if nested < MAX_NESTED else ():
            if type(item) in (list, tuple) or hasattr(type(item), "get_params"):
                yield from _estimators_in(item, depth, nested + 1)
    elif kind.__module__ == "numpy":
        if kind.__name__ == "ndarray" and value.dtype.hasobject and value.dtype.names is None:
            yield from _estimators_in(value.ravel()[:MAX_PARTS].tolist(), depth)
    elif hasattr(kind, "get_params"):
        yield value
        yield from _parts(value, depth)
