"""Distances of column distributions from the healthy one, as further cells of a run."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._transforms import FloatArray, IntArray
from lineage_stats.features import Cell, parse_feature, quantile_distances, share_distances

_ORDER: Final = ("min", "q25", "q50", "q75", "max")
_OF_QUANTILES: Final = ("ks", "wasserstein", "psi")
_LEAST_RUNS: Final = 8
# Among fewer values than this the quantiles themselves are all there is to see.
_LEAST_VARYING: Final = 3


@dataclass(frozen=True)
class Profiles:
    """Distances of each column's distribution from its healthy one.

    Attributes
    ----------
    quantiles : ndarray of int of shape (n_columns, 5)
        Cells that hold the quantiles of a column.
    expected : ndarray of shape (n_columns, 5)
        Their healthy medians.
    unit : ndarray of shape (n_columns,)
        Spread of the column, the unit of Wasserstein's distance.
    shares : ndarray of int of shape (n_categories,)
        Cells that hold the share of the most frequent value of a column.
    expected_share : ndarray of shape (n_categories,)
        Their healthy medians.
    n_cells : ndarray of int of shape ()
        Number of cells that were measured.

    Notes
    -----
    They are judged like any other cell, by their spread from run to run. A p-value of a test over
    rows would say of a million rows that every day differs from every other.
    """

    quantiles: IntArray
    expected: FloatArray
    unit: FloatArray
    shares: IntArray
    expected_share: FloatArray
    n_cells: IntArray

    @classmethod
    def fit(cls, X: FloatArray, cells: tuple[Cell, ...]) -> Self:
        """Find the columns with a profile that varies, in healthy runs."""
        groups, tops = _columns(cells) if len(X) >= _LEAST_RUNS else ([], [])
        quantiles = np.array(groups, dtype=np.int64).reshape(-1, len(_ORDER))
        shares = np.array(tops, dtype=np.int64)
        spread = np.fmax.reduce(X, axis=0, initial=-np.inf) - np.fmin.reduce(
            X, axis=0, initial=np.inf
        )
        size = np.fmax.reduce(np.abs(X), axis=0, initial=0.0)
        varies = (spread > 1e-9 * size) & (np.isfinite(X).sum(axis=0) >= _LEAST_RUNS)
        quantiles = quantiles[varies[quantiles].sum(axis=1) >= _LEAST_VARYING]
        shares = shares[varies[shares]]
        expected = _medians(X, quantiles)
        unit = expected[:, 3] - expected[:, 1]
        unit = np.where(unit > 0, unit / 1.349, (expected[:, 4] - expected[:, 0]) / 4)
        good = np.isfinite(expected).all(axis=1) & (unit > 0)
        return cls(
            quantiles[good], expected[good], unit[good], shares, _medians(X, shares),
            np.array(len(cells)),
        )  # fmt: skip

    @classmethod
    def nothing(cls, n_cells: int) -> Self:
        """Return no distances beside that many cells."""
        none, empty = np.empty(0, dtype=np.int64), np.empty(0)
        order = len(_ORDER)
        return cls(
            none.reshape(0, order), empty.reshape(0, order), empty, none, empty, np.array(n_cells)
        )

    def cells(self, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """Return the further cells, given those that were measured."""
        found = []
        for j in self.quantiles[:, 0]:
            name = parse_feature(cells[j].feature)
            found += [
                Cell(cells[j].operation, str(name._replace(statistic=statistic)))
                for statistic in _OF_QUANTILES
            ]
        for j in self.shares:
            name = parse_feature(cells[j].feature)
            found.append(Cell(cells[j].operation, str(name._replace(statistic="psi"))))
        return tuple(found)

    def extend(self, X: FloatArray) -> FloatArray:
        """Return runs with the distances beside what was measured."""
        if not len(self.quantiles) and not len(self.shares):
            return X
        ks, wasserstein, psi = quantile_distances(X[:, self.quantiles], self.expected)
        distances = np.stack([ks, wasserstein / self.unit, psi], axis=2).reshape(len(X), -1)
        top, usual = np.clip(X[:, self.shares], 0, 1), self.expected_share
        moved = share_distances(
            np.stack([top, 1 - top], axis=2), np.stack([usual, 1 - usual], axis=1)
        )
        return np.concatenate([X, distances, moved], axis=1)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _columns(cells: tuple[Cell, ...]) -> tuple[list[list[int]], list[int]]:
    """Return the cells of the quantiles of each column, and of shares of most frequent values."""
    place: dict[tuple[str, str], int] = {}
    first: list[tuple[str, Any]] = []
    tops: list[int] = []
    for j, cell in enumerate(cells):
        name = parse_feature(cell.feature)
        if name.statistic in _ORDER and name.column is not None:
            place[cell.operation, cell.feature] = j
            if name.statistic == _ORDER[0]:
                first.append((cell.operation, name))
        elif name.statistic == "top_share":
            tops.append(j)
    groups = []
    for operation, name in first:
        keys = [(operation, str(name._replace(statistic=s))) for s in _ORDER]
        if all(key in place for key in keys):
            groups.append([place[key] for key in keys])
    return groups, tops


def _medians(X: FloatArray, cells: IntArray) -> FloatArray:
    if not cells.size:
        return np.empty(cells.shape)
    return np.asarray(np.nanmedian(X[:, cells], axis=0), dtype=np.float64)
