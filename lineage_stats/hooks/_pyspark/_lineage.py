"""What the columns of the user's operations were made from, by the plan that Spark has analysed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lineage_stats.hooks._pyspark._logical import LogicalPlan
from lineage_stats.hooks._refs import Ref


def recipe_of(
    plan: LogicalPlan, number: int, outputs: Mapping[int, Ref | None]
) -> dict[str, Any] | None:
    """Return the recipe of an operation."""
    return None
