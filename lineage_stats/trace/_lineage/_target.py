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


def has_target(operation: Operation) -> bool:
    """Return whether an estimator may have been fitted to predict something.

    False only where it is known that it got no target, as to find groups.

    Parameters
    ----------
    operation : Operation
        An operation that fitted or split.
    """
    recipe = recipe_of(operation)
    return recipe.get("as") != "fit" or "y" in recipe


def compared_names(operation: Operation) -> tuple[tuple[str, ...], ...]:
    """Return for each argument of a metric the names of the columns that it was made of.

    Parameters
    ----------
    operation : Operation
        An operation that computed a metric.

    Returns
    -------
    tuple of tuple of str
        As `target_names` returns them, by argument; empty where they are not known.
    """
    recipe = recipe_of(operation)
    given = recipe.get("x") if recipe.get("as") == "mix" else None
    arguments = given if isinstance(given, list) else []
    return tuple(tuple(dict.fromkeys(_made_of(code))) for code in arguments)


def _made_of(code: Any) -> Iterator[str]:
    """Yield the names in an origin, and those behind an array that NumPy made."""
    if isinstance(code, dict) and "np" in code:
        for part in code.get("x") or ():
            yield from _made_of(part)
    else:
        yield from _names(code)


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
