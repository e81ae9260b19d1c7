"""Tables as CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path


def write_csv(
    rows: Iterable[Mapping[str, object]],
    path: Path,
    stamp: Mapping[str, object] | None = None,
    *,
    floats: str = "",
) -> None:
    """Write rows that have the same columns; the stamp stands in every row."""
    found = [{**row, **(stamp or {})} for row in rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, found[0] if found else ())
        writer.writeheader()
        for row in found:
            cells = {k: f"{v:{floats}}" if isinstance(v, float) else v for k, v in row.items()}
            writer.writerow(cells)
