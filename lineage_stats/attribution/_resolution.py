"""How small a difference from the healthy value is without meaning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._mechanism import median_of_runs
from lineage_stats.features import Cell, FeatureName

FloatArray = npt.NDArray[np.float64]

_RATE = 0.01
_COUNT = (0.01, 0.5)  # relative, absolute
_REAL = 0.01
_DATE = 60.0  # seconds; how far a date is from 1970 says nothing
_HALVED = 40.0  # runs with one value that halve it


def resolution(
    values: FloatArray,
    cells: Sequence[Cell],
    names: Sequence[FeatureName],
    dated: npt.NDArray[np.bool_],
) -> FloatArray:
    """Return what differences of each cell mean nothing, an array of shape (n_cells,).

    A percentage point of a rate, a hundredth of a number or of a spread, a minute of a date. The
    more runs had one value to the last digit, the less another one can be chance: there it falls
    with the number of runs n as ``40 / (40 + n)``.

    Parameters
    ----------
    values : ndarray of shape (n_runs, n_cells)
        Healthy runs; NaN where a value is missing.
    cells : sequence of Cell
        What the columns are.
    names : sequence of FeatureName
        Their names, taken apart.
    dated : ndarray of bool of shape (n_cells,)
        Which of them are points in time.
    """
    level = np.abs(median_of_runs(values))
    column = {cell: j for j, cell in enumerate(cells)}
    found = np.zeros(len(level))
    for j, (cell, name) in enumerate(zip(cells, names, strict=True)):
        if cell.kind == "proportion":
            found[j] = _RATE
        elif cell.kind == "count":
            found[j] = _COUNT[0] * level[j] + _COUNT[1]
        elif dated[j]:
            found[j] = _DATE
        else:
            width = column.get(Cell(cell.operation, str(name._replace(statistic="sd"))))
            scale = level[j] if width is None else max(level[j], level[width])
            found[j] = _REAL * scale + 1e-9
    return np.nan_to_num(found * _of_constants(values), nan=1e-9)


def _of_constants(values: FloatArray) -> FloatArray:
    """Return what is left of the resolution of each cell that had one value in all runs."""
    known = np.isfinite(values)
    lowest = np.where(known, values, np.inf).min(axis=0)
    highest = np.where(known, values, -np.inf).max(axis=0)
    return np.where(lowest == highest, _HALVED / (_HALVED + known.sum(axis=0)), 1.0)
