"""References to data, as light as they can be while the program waits."""

from __future__ import annotations

from typing import Any

from lineage_stats.features import schema_digest
from lineage_stats.features._shape import Outline, named_columns
from lineage_stats.trace import DataRef


class Ref:
    """One version of a piece of data; becomes a `DataRef` when it is written down.

    Parameters
    ----------
    number : int
        Unique within the run.
    outline : Outline
        What the data looked like.

    Attributes
    ----------
    kind, rows : str, int or None
        As in `DataRef`.
    """

    __slots__ = ("_columns", "_data_ref", "_n_columns", "kind", "number", "rows")

    def __init__(self, number: int, outline: Outline) -> None:
        self.number = number
        self.kind, self.rows, self._n_columns, self._columns = outline
        self._data_ref: DataRef | None = None

    @property
    def id(self) -> str:
        """Name of the reference, unique within the run."""
        return f"d{self.number}"

    @property
    def n_columns(self) -> int | None:
        """Number of columns; None where there are none."""
        return self._n_columns if self._columns is None else len(self._columns)

    def columns(self) -> tuple[tuple[str, str], ...] | None:
        """Return name and dtype of each column; None where they are not known."""
        columns = self._columns = named_columns(self._columns)
        return columns

    def settle(self, rows: int | None, columns: tuple[tuple[str, str], ...] | None) -> None:
        """Take over what has become known of data that was lazy."""
        self.rows = rows
        if columns is not None:
            self._columns = columns
        self._data_ref = None

    def data_ref(self) -> DataRef:
        """Return the reference as it is written down."""
        if self._data_ref is None:
            columns = self.columns()
            schema = None if columns is None else schema_digest(columns)
            self._data_ref = DataRef(self.id, self.kind, self.rows, self.n_columns, schema)
        return self._data_ref

    def __repr__(self) -> str:
        return f"<Ref {self.id}: {self.kind}, {self.rows} rows, {self.n_columns} columns>"


def flat(inputs: list[tuple[Any, tuple[Ref, ...]]]) -> dict[Ref, None]:
    """Return each reference among inputs once, in order."""
    return dict.fromkeys(ref for _, refs in inputs for ref in refs)
