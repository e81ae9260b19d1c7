"""Writes figures as CSV and shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from csv_file import write_csv

from scoreboard.figures import ALL, Figure

SHOWN = ("all", "class", "severity", "level")


def write(found: Iterable[Figure], path: Path, stamp: Mapping[str, object]) -> None:
    """Write one row per figure, each with versions and settings."""
    write_csv(map(asdict, found), path, stamp, floats=".5g")


def show(found: Sequence[Figure]) -> str:
    """Return the tables as text: methods down, groups across."""
    lines = []
    titles = dict.fromkeys((f.table, f.measure, f.by) for f in found if f.by in SHOWN)
    for table, measure, by in titles:
        cells = {
            (f.method, f.group): f
            for f in found
            if (f.table, f.measure, f.by) == (table, measure, by)
        }
        groups = list(dict.fromkeys(group for _, group in cells))
        lines.append(f"{table}: {measure}" + (f", by {by}" if by != ALL else ""))
        lines.append(f"{'':56}" + "".join(f"{group:>23}" for group in groups))
        for method in dict.fromkeys(method for method, _ in cells):
            row = "".join(f"{_cell(cells.get((method, group))):>23}" for group in groups)
            lines.append(f"  {method:54}{row}")
        lines.append("")
    return "\n".join(lines)


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return ""
    if figure.low != figure.low:
        return f"{figure.value:.3g}"
    return f"{figure.value:.3g} [{figure.low:.2g}, {figure.high:.2g}]"
