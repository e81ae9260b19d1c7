"""From the form of an array that NumPy made to the edges of its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lineage_stats.trace._lineage._frame import (
    AGGREGATED,
    DERIVED,
    FILTERED,
    Edges,
    Frame,
    Known,
    merged,
    used,
    valued,
)

Form = Mapping[str, Any]


def array_frame(known: Known, form: Form) -> Frame:
    """Return an array as a table whose columns are called by their positions.

    Parameters
    ----------
    known : Known
        What is known of all data.
    form : mapping
        ``np``: what was done; ``x``: to what; ``n``: how many columns it has; further entries by
        what was done.

    Returns
    -------
    Frame
        The array.
    """
    parts = [known.frame(part) for part in form["x"]]
    frame = _RULES[form["np"]](known, form, parts)
    frame.plain = frame.by_position = True
    frame.rows = merged(frame.rows, *(part.rows for part in parts))
    tokens = {id(part.token): part.token for part in parts if part.columns}
    if len(tokens) == 1 and form["np"] in ("each", "beside", "pick"):
        frame.token = next(iter(tokens.values()))
    return frame


def _at(part: Frame, position: int, n_columns: int) -> Edges:
    """Return the edges of one column; where there are not as many, those of all."""
    columns = list(part.columns.values())
    return columns[position] if len(columns) == n_columns else part.all()


def _relation(form: Form) -> str:
    return AGGREGATED if form.get("use") == "a" else DERIVED


def _each(known: Known, form: Form, parts: list[Frame]) -> Frame:
    """Resolve what is computed element by element."""
    n, use = form["n"], _relation(form)
    return Frame(
        {str(i): merged(*(valued(_at(part, i, n), use) for part in parts)) for i in range(n)}
    )


def _mix(known: Known, form: Form, parts: list[Frame]) -> Frame:
    """Resolve what is computed from everything."""
    unsure = bool(form.get("o"))
    edges = merged(*(valued(part.all(), _relation(form), opaque=unsure) for part in parts))
    if not form["n"]:
        return Frame({}, default=edges)
    return Frame({str(i): edges for i in range(form["n"])})


def _rows(known: Known, form: Form, parts: list[Frame]) -> Frame:
    """Resolve a choice of rows."""
    n = form["n"]
    by = merged(*(used(known.frame(code).all(), FILTERED) for code in form.get("by", ())))
    columns = {str(i): merged(_at(parts[0], i, n), by) for i in range(n or 0)}
    default = None if n else merged(parts[0].all(), by)
    return Frame(columns, by, default=default)


def _pick(known: Known, form: Form, parts: list[Frame]) -> Frame:
    """Resolve a choice of columns."""
    columns = list(parts[0].columns.values())
    if max(form["at"]) >= len(columns):
        unsure = valued(parts[0].all(), DERIVED, opaque=len(columns) > 1)
        return Frame({str(i): unsure for i in range(len(form["at"]))})
    return Frame({str(i): columns[at] for i, at in enumerate(form["at"])})


def _beside(known: Known, form: Form, parts: list[Frame]) -> Frame:
    """Resolve columns that were put one after the other."""
    found: list[Edges] = []
    for part, width in zip(parts, form["w"], strict=True):
        found += [_at(part, i, width) for i in range(width)]
    return Frame({str(i): edges for i, edges in enumerate(found)})


def _below(known: Known, form: Form, parts: list[Frame]) -> Frame:
    """Resolve rows that were put one below the other."""
    n = form["n"]
    return Frame({str(i): merged(*(_at(part, i, n) for part in parts)) for i in range(n)})


_RULES: dict[str, Callable[[Known, Form, list[Frame]], Frame]] = {
    "each": _each,
    "mix": _mix,
    "rows": _rows,
    "pick": _pick,
    "beside": _beside,
    "below": _below,
}
