"""Tables that fit: a narrow terminal gets fewer columns, a pipe gets whole lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from lineage_stats.cli._console import console, is_terminal, note

if TYPE_CHECKING:
    from rich.table import Table

_UNLIMITED = 100_000


class Column(NamedTuple):
    """A column of a table.

    Attributes
    ----------
    title : str
        Its head.
    right : bool
        Whether it holds numbers.
    leaves : int
        Where the table is too wide, the column with the largest number leaves first; 0 stays.
    """

    title: str
    right: bool = False
    leaves: int = 0


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print a table to stdout, with as many columns as the terminal has room for.

    Parameters
    ----------
    columns : sequence of Column
        The columns.
    rows : sequence of sequence of str
        Cells, with rich's markup.
    """
    from rich.measure import Measurement

    out = console()
    wide = out.options.update(max_width=_UNLIMITED)

    def table_of(shown: Sequence[int]) -> Table:
        return _table([columns[i] for i in shown], [[row[i] for i in shown] for row in rows])

    def width_of(shown: Sequence[int]) -> int:
        return Measurement.get(out, wide, table_of(shown)).maximum

    shown = list(range(len(columns)))
    if not is_terminal(sys.stdout):
        out.width = max(out.width, width_of(shown))
    left_out: list[int] = []
    while width_of(shown) > out.width and (optional := [i for i in shown if columns[i].leaves]):
        gone = max(optional, key=lambda i: columns[i].leaves)
        shown.remove(gone)
        left_out.append(gone)
    # One that is wide itself may have driven out narrow ones before it left.
    for back in reversed(left_out):
        if width_of(more := sorted([*shown, back])) <= out.width:
            shown = more
            left_out.remove(back)
    out.print(table_of(shown))
    if left_out:
        names = ", ".join(columns[i].title for i in left_out)
        note(f"No room for: {names}. --json has everything.")


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Table:
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        justify = "right" if column.right else "left"
        made.add_column(column.title, justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]  # the two are literals
    for row in rows:
        made.add_row(*row)
    return made
