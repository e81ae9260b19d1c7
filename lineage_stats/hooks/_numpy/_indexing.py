"""What ``array[index]`` makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lineage_stats.hooks._numpy._values import (
    UNTOLD,
    LostError,
    Many,
    Value,
    flat_values,
    made,
    mix,
    opaque,
    pick,
    rows_of,
)


class Range:
    """A slice, with its ends where they are constants.

    Attributes
    ----------
    parts : tuple of Value or None
        Start, stop and step.
    """

    def __init__(self, parts: tuple[Value | None, ...]) -> None:
        self.parts = parts

    @property
    def is_all(self) -> bool:
        """Whether it takes everything, in order."""
        return all(part is None or part.raw is None for part in self.parts)

    def values(self) -> list[Value]:
        """Return its ends that are given."""
        return [part for part in self.parts if part is not None]

    def positions(self, n: int) -> list[int]:
        """Return which positions it takes of so many."""
        raw = [None if part is None else part.raw for part in self.parts]
        if any(end is UNTOLD or not isinstance(end, int | None) for end in raw):
            raise LostError
        return [*range(n)[slice(*raw)]]


NEW_AXIS = object()


def take_item(data: Any, index: Any) -> Any:
    """Return what an index takes of an array.

    Parameters
    ----------
    data : Value or Many
        The array.
    index : Value, Range, Many or list
        The index; a list for one with several dimensions.

    Raises
    ------
    LostError
        If that is not known.
    """
    if isinstance(data, Many):
        at = index.raw if isinstance(index, Value) else None
        if type(at) is not int or not -len(data) <= at < len(data):
            raise LostError
        return data[at]
    if data.ndim not in (1, 2):
        raise LostError
    if not isinstance(index, list):
        return _take_rows(data, index)
    if data.ndim == 1:
        return _column_of_line(data, index)
    if len(index) != 2 or NEW_AXIS in index:
        raise LostError
    return _take_cells(data, index[0], index[1])


def _column_of_line(data: Value, index: Sequence[Any]) -> Value:
    """Return ``y[:, None]``."""
    if len(index) == 2 and index[1] is NEW_AXIS and isinstance(index[0], Range):
        if data.across:
            return mix([data], 2, 1)
        column = made("each", [data], 2, 1)
        return column if index[0].is_all else rows_of(column, index[0].values())
    raise LostError


def _take_rows(data: Value, index: Any) -> Value:
    if index is NEW_AXIS or data.across:
        raise LostError
    if isinstance(index, Range):
        return data if index.is_all else rows_of(data, index.values())
    if isinstance(index, Many):
        return rows_of(data, [*flat_values(index)])
    if index.family in ("frame", "series", "index"):
        index = index._replace(family="array")
    if index.ndim == 0:
        if data.ndim == 1:
            return mix([data, index], 0, 1)._replace(family="number")
        raise LostError
    if index.ndim == 1:
        return rows_of(data, [index])
    return mix([data, index], 1, 1) if index.ndim == 2 == data.ndim else _lost()


def _lost() -> Value:
    raise LostError


def _take_cells(data: Value, rows: Any, columns: Any) -> Value:
    if isinstance(rows, Range):
        chosen = _take_columns(data, columns)
        return chosen if rows.is_all else rows_of(chosen, rows.values())
    if isinstance(columns, Range):
        if _is_number(rows):
            raise LostError
        return rows_of(_take_columns(data, columns), [*flat_values([rows])])
    if _is_number(rows):
        raise LostError
    if _is_number(columns):
        return rows_of(_take_columns(data, columns), [*flat_values([rows])])
    if isinstance(rows, Value) and isinstance(columns, Value) and rows.ndim == columns.ndim == 1:
        return mix([data, rows, columns], 1, 1)  # one cell of each row
    raise LostError


def _is_number(index: Any) -> bool:
    return isinstance(index, Value) and index.ndim == 0


def _take_columns(data: Value, columns: Any) -> Value:
    if isinstance(columns, Range):
        if columns.is_all:
            return data
        if data.n_columns is None:
            return opaque([data], 2)
        return pick(data, columns.positions(data.n_columns), 2)
    if isinstance(columns, Many):
        raw = [part.raw for part in flat_values(columns)]
        if all(type(i) is int for i in raw):
            return pick(data, raw, 2)
        return opaque([data, *flat_values(columns)], 2)
    if columns is NEW_AXIS:
        raise LostError
    if columns.ndim == 0:
        if type(columns.raw) is int:
            return pick(data, [columns.raw], 1)
        return opaque([data, columns], 1, 1)
    return opaque([data, columns], 2) if columns.ndim == 1 else _lost()
