"""What is known of the values of one cell: numbers that are added up, and what tells quantiles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lineage_stats.features._matrix import Cell
from lineage_stats.features._quantiles import Distribution

if TYPE_CHECKING:
    import pyarrow as pa

# Columns of a table of sums, as Arrow and Spark both call their types.
SUMS_COLUMNS: Final[Mapping[str, str]] = {
    "operation": "string", "feature": "string", "n": "int64", "low": "double", "high": "double",
    "total": "binary", "squares": "binary", "distribution": "binary",
}  # fmt: skip


@dataclass(slots=True)
class CellSums:
    """What is known of the values of one cell.

    Attributes
    ----------
    kind : str
        Kind of the cell.
    n : int
        How many values there are.
    low, high : float
        The least and the largest.
    total, squares : int
        Their sum and that of their squares, as of `exact_sums`.
    distribution : Distribution or None
        What tells their quantiles.
    """

    kind: str
    n: int = 0
    low: float = math.inf
    high: float = -math.inf
    total: int = 0
    squares: int = 0
    distribution: Distribution | None = None

    def add(self, n: int, low: float, high: float, total: int, squares: int) -> None:
        """Add what is known of other values, but for their quantiles."""
        self.n += n
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.total += total
        self.squares += squares

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Add what `to_row` told of other values, but for their quantiles."""
        total, squares = (
            int.from_bytes(row[k], "little", signed=True) for k in ("total", "squares")
        )
        self.add(row["n"], row["low"], row["high"], total, squares)

    def to_row(self, cell: Cell) -> dict[str, Any]:
        """Return all that is known as a row of a table."""
        return {
            "operation": cell.operation, "feature": cell.feature, "n": self.n,
            "low": self.low, "high": self.high,
            "total": _to_bytes(self.total), "squares": _to_bytes(self.squares),
            "distribution": None if self.distribution is None else self.distribution.to_bytes(),
        }  # fmt: skip


def sums_schema(metadata: Mapping[bytes, str] | None = None) -> pa.Schema:
    """Return the schema of a table of such rows."""
    import pyarrow as pa

    fields = [(name, pa.type_for_alias(kind)) for name, kind in SUMS_COLUMNS.items()]
    return pa.schema(fields, metadata=metadata)


def _to_bytes(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)
