"""What is known of one cell, as numbers and as the row of a table."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lineage_stats.features import Cell
from lineage_stats.features._cell_sums import SUMS_COLUMNS, CellSums, sums_schema

CELL = Cell("f/read#1", "rows_out")


def test_what_is_added_is_added_up() -> None:
    sums = CellSums("count")
    sums.add(2, 1.0, 4.0, 5, 17)
    sums.add(1, -2.0, -2.0, -2, 4)
    assert sums == CellSums("count", 3, -2.0, 4.0, 3, 21)


@pytest.mark.parametrize("total", [0, 1, -1, 127, 128, -128, -129, 255, 1 << 2000, -(1 << 2000)])
def test_a_row_of_a_table_tells_all(total: int) -> None:
    sums = CellSums("count")
    sums.add(3, -1.0, 2.0, total, abs(total))
    table = pa.Table.from_pylist([sums.to_row(CELL)], schema=sums_schema())
    assert table.column_names == list(SUMS_COLUMNS)
    found = CellSums("count")
    (row,) = table.to_pylist()
    found.add_row(row)
    assert found == sums
    assert (row["operation"], row["feature"], row["distribution"]) == (*CELL, None)
