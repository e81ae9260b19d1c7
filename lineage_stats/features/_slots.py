"""The numbers and texts of many runs of one outline, taken out of the columns that hold them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lineage_stats.trace._outline import OutlinedRun, RunColumns, Slot

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def fill(
    values: FloatArray,
    runs: Sequence[OutlinedRun],
    where: Iterable[int],
    found: Iterable[Any],
    code: Callable[[str], float],
) -> None:
    """Fill a matrix with what runs of one outline have.

    Parameters
    ----------
    values : ndarray of shape (n_runs, n_cells)
        What is filled.
    runs : sequence of OutlinedRun
        The runs, one for each row.
    where : iterable of int
        Columns of the matrix; of one that comes twice, the last counts.
    found : iterable of float or Slot
        What the outline has there.
    code : callable
        Returns the number of a category.
    """
    fixed: dict[int, float] = {}
    slots: dict[tuple[str, float], list[tuple[int, int]]] = defaultdict(list)
    for j, value in dict(zip(where, found, strict=True)).items():
        if isinstance(value, Slot):
            slots[value.column, value.divisor].append((j, value.position))
        else:
            fixed[j] = value
    values[:, list(fixed)] = np.array(list(fixed.values()), dtype=np.float64)
    for rows, columns, numbers in _runs_together(runs):
        for (column, divisor), pairs in slots.items():
            cells, positions = np.array(pairs).T
            at = positions[:, None] + columns.first(column)[numbers]
            taken = _taken(columns, column, at, code)
            values.T[cells, rows] = taken if divisor == 1 else taken / divisor


def _runs_together(
    runs: Sequence[OutlinedRun],
) -> Iterable[tuple[slice, RunColumns, IntArray]]:
    """Yield which runs follow each other in the same columns."""
    begin = 0
    for end in range(1, len(runs) + 1):
        if end == len(runs) or runs[end].columns is not runs[begin].columns:
            numbers = np.array([run.number for run in runs[begin:end]])
            yield slice(begin, end), runs[begin].columns, numbers
            begin = end


def _taken(
    columns: RunColumns, column: str, at: IntArray, code: Callable[[str], float]
) -> FloatArray:
    numbers, texts = columns.values(column)
    found = numbers[at]
    if texts is None:
        return np.asarray(found, dtype=np.float64)
    occurs = np.zeros(len(texts), dtype=bool)
    occurs[found] = True
    codes = np.zeros(len(texts))
    for i in np.flatnonzero(occurs).tolist():
        codes[i] = code(texts[i])
    return np.asarray(codes[found])
