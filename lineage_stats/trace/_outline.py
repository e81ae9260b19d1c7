"""Runs of one outline: what differs between them are numbers and texts, which lie in columns.

Most runs of a pipeline have the same operations, features and edges. The outline of such runs is
one of them, with a `Slot` in the place of each number and text that may differ. What turns a run
into cells turns an outline into cells as well, once for all of its runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from lineage_stats.trace._trace import Trace

    IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a number or text of a run lies.

    Attributes
    ----------
    column : str
        Name of the column.
    position : int
        Where in that part of the column that belongs to the run.
    divisor : float
        By what the number is divided.
    """

    column: str
    position: int
    divisor: float = 1.0

    def __truediv__(self, divisor: float) -> Slot:
        return Slot(self.column, self.position, self.divisor * divisor)


class RunColumns(Protocol):
    """Columns with the numbers and texts of many runs."""

    def first(self, column: str) -> IntArray:
        """Return for each run where its part of a column begins."""

    def values(self, column: str) -> tuple[npt.NDArray[Any], list[str] | None]:
        """Return numbers and None; or the texts that occur, and for each place which it is."""


class OutlinedRun(Protocol):
    """A run that is not made of objects.

    Attributes
    ----------
    head : Trace
        The run, without its operations.
    outline : Trace
        Its outline, the same object for all runs of that outline.
    columns : RunColumns
        Where its numbers and texts are.
    number : int
        Which run of these columns it is.
    """

    @property
    def head(self) -> Trace: ...
    @property
    def outline(self) -> Trace: ...
    @property
    def columns(self) -> RunColumns: ...
    @property
    def number(self) -> int: ...
