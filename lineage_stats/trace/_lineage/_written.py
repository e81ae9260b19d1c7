"""Which columns an assignment wrote."""

from __future__ import annotations

from lineage_stats.trace._lineage._recipe import recipe_of
from lineage_stats.trace._operation import Operation


def written_names(operation: Operation) -> frozenset[str] | None:
    """Return the columns that an assignment wrote; it hands on all others as they are.

    Parameters
    ----------
    operation : Operation
        Any operation.

    Returns
    -------
    frozenset of str or None
        Names of columns. None for an operation that assigns none, or where that is not known.
    """
    if operation.kind != "assignment":
        return None
    recipe = recipe_of(operation)
    written = recipe.get("to") if recipe.get("as") == "set" else None
    return frozenset(written) if isinstance(written, dict) else None
