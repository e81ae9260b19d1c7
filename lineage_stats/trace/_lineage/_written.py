"""Which columns an assignment wrote."""

from __future__ import annotations

import json

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
    if operation.kind != "assignment" or not operation.lineage:
        return None
    recipe = json.loads(operation.lineage)
    written = recipe.get("to") if recipe.get("as") == "set" else None
    return frozenset(written) if isinstance(written, dict) else None
