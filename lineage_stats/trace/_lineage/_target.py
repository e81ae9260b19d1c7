"""What an estimator was fitted to predict, or a split keeps the shares of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lineage_stats.trace._lineage._recipe import recipe_of
from lineage_stats.trace._operation import Operation

_PARTS = {"fit": "y", "split": "by"}


def target_names(operation: Operation) -> tuple[str, ...]:
    """Return names of the columns that an estimator was fitted to predict.

    Of a split, those of the labels whose shares it keeps.

    Parameters
    ----------
    operation : Operation
        An operation that fitted or split.

    Returns
    -------
    tuple of str
        What `Trace.upstream` takes: ``"data.column"``, or ``"data"`` for all of its columns. Empty
        where there was no target, or it is not known.
    """
    recipe = recipe_of(operation)
    part = _PARTS.get(str(recipe.get("as")))
    return tuple(dict.fromkeys(_names(recipe.get(part) if part is not None else None)))


def _names(code: Any) -> Iterator[str]:
    """Yield the names in the origin of an object, as `Origin.code` wrote it."""
    if isinstance(code, str) and code != "?":
        yield code
    elif isinstance(code, dict):  # a part of something, as one group of it
        of, only = code.get("of"), code.get("only")
        if isinstance(of, str) and only:
            yield from (f"{of}.{column}" for column in only)
        else:
            yield from _names(of)
    elif isinstance(code, list):
        for ref, column, *_ in code[1:]:
            yield ref if column is None else f"{ref}.{column}"
