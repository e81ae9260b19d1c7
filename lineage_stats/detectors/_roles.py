"""Which cells are judged by distance, which by news, and which not at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._transforms import (
    DISTANCE_STATISTICS,
    FloatArray,
    IntArray,
    choose_transforms,
    tolerances,
)
from lineage_stats.features import Cell, parse_feature
from lineage_stats.trace import Trace

SILENT: Final = 0
DISTANCE: Final = 1
NEWS: Final = 2
NOTICE: Final = 3

# That the text of the program changed is worth telling and is no fault in itself.
NOTICE_STATISTICS: Final = frozenset({"call", "statement", "slice", "code"})

_MIN_VALUES: Final = 3
_MODE_SHARE: Final = 0.4
_ORDER: Final = frozenset({"min", "q25", "q50", "q75", "max"})
# One odd row moves these, or lets them jump where the values of a column are few.
_SENSITIVE: Final = _ORDER | {"sd"}
_OF_NUMBERS: Final = _SENSITIVE | {"mean"}
# Groups below are numbered by their transform.
_FIRST_OWN: Final = 100
_OF_ROWS: Final = frozenset({"rows_in", "rows_out", "distinct"})
# How long a fit took and how large it grew is no count of rows: some days it is twice as much.
_EFFORT: Final = frozenset({"iterations", "learned_values"})


@dataclass(frozen=True)
class Roles:
    """How each cell is judged.

    Attributes
    ----------
    role : ndarray of shape (n_cells,)
        `SILENT` (too few values), `DISTANCE` (continuous), `NEWS` (constant, mostly constant,
        or a category) or `NOTICE` (code text: listed, without a say in the verdict).
    code : ndarray of shape (n_cells,)
        Transform of each cell.
    tolerance : ndarray of shape (n_cells,)
        Float noise of each cell.
    """

    role: IntArray
    code: IntArray
    tolerance: FloatArray

    @cached_property
    def distance(self) -> IntArray:
        """The cells that are judged by distance."""
        return np.flatnonzero(self.role == DISTANCE)

    def of(self, cells: IntArray) -> Roles:
        """Return the roles of some of the cells."""
        return Roles(self.role[cells], self.code[cells], self.tolerance[cells])


def assign_roles(X: FloatArray, cells: tuple[Cell, ...]) -> Roles:
    """Decide from healthy values how each cell is judged."""
    kinds = kinds_of(cells)
    n_values = np.isfinite(X).sum(axis=0)
    tolerance = tolerances(X, cells)
    unequal = (kinds == "category") | (kinds == "presence")
    tolerance[unequal] = 0.0
    role = np.full(len(cells), DISTANCE, dtype=np.int64)
    # Four in ten runs with one value: a median absolute deviation would be 0 or nearly so.
    role[_largest_tie(X, tolerance) >= np.maximum(_MODE_SHARE * n_values, 2)] = NEWS
    role[unequal] = NEWS
    few = (n_values < _MIN_VALUES) & ~((n_values == 2) & (role == NEWS))
    role[few] = SILENT
    statistics = (parse_feature(cell.feature).statistic for cell in cells)
    notice = np.array([name in NOTICE_STATISTICS for name in statistics], dtype=bool)
    role[notice & (role == NEWS)] = NOTICE
    return Roles(role, choose_transforms(X, cells), tolerance)


def kinds_of(cells: tuple[Cell, ...]) -> npt.NDArray[np.str_]:
    """Return the kind of each cell, as an array that may be empty."""
    return np.array([cell.kind for cell in cells], dtype="U16")


def families_of(cells: tuple[Cell, ...]) -> npt.NDArray[np.str_]:
    """Return for each cell the family whose healthy scores have one tail.

    That is its kind, but for statistics of a column that a single row can move, whose tails are
    heavier than the mean's, for distances of distributions, and for the effort of a fit, whose
    tails are those of durations.
    """
    families = kinds_of(cells)
    for j, cell in enumerate(cells):
        statistic = parse_feature(cell.feature).statistic
        if statistic in DISTANCE_STATISTICS:
            families[j] = "distance"
        elif families[j] == "real" and statistic in _SENSITIVE:
            families[j] = "sensitive"
        elif statistic in _EFFORT:
            families[j] = "duration"
        elif statistic == "cpu":  # which a busy machine slows less than the clock on the wall
            families[j] = statistic
    return families


def one_sided(cells: tuple[Cell, ...]) -> npt.NDArray[np.bool_]:
    """Return which cells are distances, of which a small one is no news."""
    return np.array(
        [parse_feature(cell.feature).statistic in DISTANCE_STATISTICS for cell in cells], dtype=bool
    )


def rows_read(cells: tuple[Cell, ...], reference: Trace | None) -> npt.NDArray[np.bool_]:
    """Return which cells count rows of operations that begin the graph: what a run was given."""
    if reference is None:
        return np.zeros(len(cells), dtype=bool)
    first = {key for key in reference.keys if not reference.parents(key)}
    return np.array(
        [c.operation in first and parse_feature(c.feature).statistic == "rows_out" for c in cells],
        dtype=bool,
    )


def count_rows(cells: tuple[Cell, ...]) -> npt.NDArray[np.bool_]:
    """Return which cells count rows, or values of a column that may be as many as these."""
    return np.array([parse_feature(c.feature).statistic in _OF_ROWS for c in cells], dtype=bool)


def column_spreads(X: FloatArray, cells: tuple[Cell, ...]) -> FloatArray:
    """Return for quantiles and extremes how much their column varies; 0 for other cells."""
    spreads = np.zeros(len(cells))
    place = {(cell.operation, cell.feature): j for j, cell in enumerate(cells)}
    for j, cell in enumerate(cells):
        name = parse_feature(cell.feature)
        if name.statistic in _ORDER:
            sd = place.get((cell.operation, str(name._replace(statistic="sd"))))
            if sd is not None and np.isfinite(X[:, sd]).any():
                spreads[j] = np.nanmedian(X[:, sd])
    return spreads


def column_units(X: FloatArray, cells: tuple[Cell, ...]) -> FloatArray:
    """Return for statistics of columns of numbers the spread of the column; 1 for other cells.

    In that unit the means of all columns vary about as much from run to run.
    """
    units = np.ones(len(cells))
    place = {(cell.operation, cell.feature): j for j, cell in enumerate(cells)}
    for j, cell in enumerate(cells):
        name = parse_feature(cell.feature)
        if name.statistic in _OF_NUMBERS:
            sd = place.get((cell.operation, str(name._replace(statistic="sd"))))
            if sd is not None and np.isfinite(X[:, sd]).any():
                unit = np.nanmedian(X[:, sd])
                units[j] = unit if unit > 0 else 1.0
    return units


def scale_groups(cells: tuple[Cell, ...], roles: Roles) -> IntArray:
    """Return a number for each group of comparable scales: of a transform, else of a statistic."""
    names = [parse_feature(cell.feature).statistic for cell in cells]
    number = {name: i for i, name in enumerate(sorted(set(names)))}
    own = np.array([number[name] for name in names], dtype=np.int64)
    return np.where(roles.code > 0, roles.code, _FIRST_OWN + own)


def cell_table(cells: tuple[Cell, ...]) -> dict[str, npt.NDArray[np.object_]]:
    """Return operations, features and kinds as columns."""
    return {
        "operation": np.array([cell.operation for cell in cells], dtype=object),
        "feature": np.array([cell.feature for cell in cells], dtype=object),
        "kind": kinds_of(cells).astype(object),
    }


def _largest_tie(X: FloatArray, tolerance: FloatArray) -> IntArray:
    """Count, cell by cell, the runs that share the most frequent value."""
    ordered = np.sort(X, axis=0)
    best = np.zeros(X.shape[1], dtype=np.int64)
    run = np.zeros(X.shape[1], dtype=np.int64)
    previous = np.full(X.shape[1], np.nan)
    for row in ordered:
        run = np.where(np.abs(row - previous) <= tolerance, run + 1, 1)
        best = np.maximum(best, np.where(np.isfinite(row), run, 0))
        previous = row
    return best
