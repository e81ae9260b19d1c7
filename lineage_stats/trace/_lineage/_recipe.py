"""What an operation recorded of its columns."""

from __future__ import annotations

import json
from typing import Any

from lineage_stats.trace._operation import Operation


def recipe_of(operation: Operation) -> dict[str, Any]:
    """Return what was recorded of an operation's columns; empty where that cannot be read."""
    try:
        recipe = json.loads(operation.lineage) if operation.lineage else {}
    except ValueError:
        return {}
    return recipe if isinstance(recipe, dict) else {}
