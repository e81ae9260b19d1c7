"""News: a constant that changed, a category never seen, an operation that is missing or new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._roles import NEWS, Roles, kinds_of
from lineage_stats.detectors._transforms import FloatArray, IntArray, transform
from lineage_stats.features import Cell, parse_feature

# Beta(0.01, 1): before any run was seen, one healthy run in a hundred brings news of a group.
PRIOR_NEWS: Final = 0.01
_TAIL_RUNS: Final = 8
# A category of which more values than this share were seen only once is never news.
_MOST_SINGLE: Final = 0.1


@dataclass(frozen=True)
class NewsModel:
    """What the healthy runs say about how often something new happens.

    Attributes
    ----------
    groups : tuple of str
        Groups of cells that share one rate, as ``present``, ``schema``, ``constant count``.
    group : ndarray of shape (n_cells,)
        Group of each cell; -1 for cells that are not judged by news.
    low, high : ndarray of shape (n_cells,)
        Range seen (tolerance included); of no meaning for categories.
    seen : ndarray of shape (n_values, n_categories)
        Distinct values of the categories, padded with NaN.
    categories : ndarray of shape (n_categories,)
        Columns that hold categories.
    magnitudes : ndarray of shape (n_runs, n_groups)
        How large the news was that each healthy run would have brought to the others; 0 for
        none.
    sizes : ndarray of shape (n_groups,)
        Number of cells in each group.
    """

    groups: tuple[str, ...]
    group: IntArray
    low: FloatArray
    high: FloatArray
    seen: FloatArray
    categories: IntArray
    magnitudes: FloatArray
    sizes: IntArray

    @classmethod
    def fit(cls, X: FloatArray, cells: Sequence[Cell], roles: Roles) -> NewsModel:
        """Learn ranges, values and rates from healthy runs, an (n_runs, n_cells) array."""
        cells = tuple(cells)
        unequal = np.isin(kinds_of(cells), ("category", "presence"))
        names = _group_names(X, cells, roles)
        groups = tuple(sorted({name for name in names if name}))
        number = {name: g for g, name in enumerate(groups)} | {"": -1}
        group = np.array([number[name] for name in names], dtype=np.int64)
        categories = np.flatnonzero(unequal & (group >= 0))
        single = _singletons(X[:, categories])
        noisy = single.sum(axis=0) > np.maximum(1, _MOST_SINGLE * len(X))
        group[categories[noisy]] = -1
        categories = categories[~noisy]
        low = np.fmin.reduce(X, axis=0) - roles.tolerance
        high = np.fmax.reduce(X, axis=0) + roles.tolerance
        left_out = _left_out_magnitudes(X, roles)
        left_out[:, categories] = single[:, ~noisy]
        magnitudes = np.zeros((len(X), len(groups)))
        for g in range(len(groups)):
            magnitudes[:, g] = left_out[:, group == g].max(axis=1, initial=0.0)
        sizes = np.array([(group == g).sum() for g in range(len(groups))], dtype=np.int64)
        return cls(
            groups, group, low, high, _distinct(X[:, categories]), categories, magnitudes, sizes
        )

    def p_values(self, X: FloatArray, roles: Roles) -> FloatArray:
        """Return for each cell how likely a healthy run brings such news in this very cell.

        1 where there is no news, NaN where the cell is not judged by news or missing.
        """
        p = np.where(np.isnan(X) | (self.group < 0), np.nan, 1.0)
        at = np.flatnonzero(self.group >= 0)
        size = np.zeros_like(X)
        size[:, at] = self._magnitude(X, roles)[:, at]
        for g in range(len(self.groups)):
            rows, columns = np.nonzero((size > 0) & (self.group == g))
            if len(rows):
                p[rows, columns] = self._group_p(g, size[rows, columns]) / self.sizes[g]
        return p

    def group_p_value(self, name: str) -> float:
        """Return P(a healthy run brings news of a group at all); a prior for unknown groups."""
        if name not in self.groups:
            return PRIOR_NEWS / (len(self.magnitudes) + 1 + PRIOR_NEWS)
        return float(self._group_p(self.groups.index(name), np.ones(1))[0])

    def _magnitude(self, X: FloatArray, roles: Roles) -> FloatArray:
        size = _distance(X, self.low, self.high, roles)
        values = X[:, self.categories]
        known = (values[:, None, :] == self.seen[None, :, :]).any(axis=1)
        size[:, self.categories] = ~known & np.isfinite(values)
        return size

    def _group_p(self, g: int, size: FloatArray) -> FloatArray:
        """Return P(a healthy run brings news of at least this size to the group)."""
        return _news_probability(self.magnitudes[:, g], size)

    def left_out_p_values(self) -> FloatArray:
        """Return the group probabilities of each healthy run, judged by the others.

        Returns
        -------
        ndarray of shape (n_runs, n_groups)
            1 for a run that brought no news.
        """
        p = np.ones_like(self.magnitudes)
        for i, g in zip(*np.nonzero(self.magnitudes > 0), strict=True):
            others = np.delete(self.magnitudes[:, g], i)
            p[i, g] = _news_probability(others, self.magnitudes[i : i + 1, g])[0]
        return p

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        names = ("group", "low", "high", "seen", "categories", "magnitudes", "sizes")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_arrays(
        cls, groups: Sequence[str], arrays: Mapping[str, npt.NDArray[Any]]
    ) -> NewsModel:
        """Make a model from what `to_arrays` returned."""
        return cls(groups=tuple(groups), **arrays)


def _group_names(X: FloatArray, cells: tuple[Cell, ...], roles: Roles) -> list[str]:
    largest = np.fmax.reduce(np.abs(X), axis=0, initial=0.0)
    spread = np.fmax.reduce(X, axis=0, initial=-np.inf) - np.fmin.reduce(X, axis=0, initial=np.inf)
    names = []
    for j, cell in enumerate(cells):
        if roles.role[j] != NEWS:
            names.append("")
        elif cell.kind in ("category", "presence"):
            names.append(parse_feature(cell.feature).statistic)
        elif largest[j] == 0:
            names.append(f"zero {cell.kind}")
        else:
            constant = spread[j] <= roles.tolerance[j]
            names.append(f"{'constant' if constant else 'tied'} {cell.kind}")
    return names


def _singletons(values: FloatArray) -> FloatArray:
    """Return 1 where a run has a category that no other run has."""
    order = np.argsort(values, axis=0)
    ordered = np.take_along_axis(values, order, axis=0)
    tied = np.zeros(values.shape, dtype=bool)
    tied[1:] = ordered[1:] == ordered[:-1]
    tied[:-1] |= tied[1:]
    single = np.empty(values.shape)
    np.put_along_axis(single, order, ~tied & np.isfinite(ordered), axis=0)
    return single


def _distinct(values: FloatArray) -> FloatArray:
    """Return the distinct values of each column, padded with NaN to equal length."""
    columns = [np.unique(column[np.isfinite(column)]) for column in values.T]
    distinct = np.full((max(map(len, columns), default=0), len(columns)), np.nan)
    for j, column in enumerate(columns):
        distinct[: len(column), j] = column
    return distinct


def _left_out_magnitudes(X: FloatArray, roles: Roles) -> FloatArray:
    """Return how far each value lies outside the range of the other runs' values."""
    ordered = np.sort(np.where(np.isnan(X), np.inf, X), axis=0)
    second_low = ordered[min(1, len(X) - 1)]
    ordered = np.sort(np.where(np.isnan(X), -np.inf, X), axis=0)
    second_high = ordered[max(len(X) - 2, 0)]
    alone = np.isinf(second_low) | np.isinf(second_high)
    low = np.where(alone, -np.inf, second_low - roles.tolerance)
    high = np.where(alone, np.inf, second_high + roles.tolerance)
    return _distance(X, low, high, roles)


def _distance(X: FloatArray, low: FloatArray, high: FloatArray, roles: Roles) -> FloatArray:
    """Return the distance from a range, transformed; relative for cells in their own unit."""
    with np.errstate(invalid="ignore"):
        outside = np.where(high < X, high, np.where(low > X, low, np.nan))
    own_unit = roles.code == 0
    scale = np.where(own_unit, np.maximum(np.abs(low), np.abs(high)), 1.0)
    scale = np.where(np.isfinite(scale) & (scale > 0), scale, 1.0)
    moved = np.abs(transform(X, roles.code) - transform(outside, roles.code)) / scale
    # A change too small for the transform to show is a change all the same.
    return np.where(np.isnan(moved), 0.0, np.maximum(moved, 1e-12))


def _news_probability(magnitudes: FloatArray, size: FloatArray) -> FloatArray:
    """Return P(news) x P(at least so large | news), both learned from the magnitudes of runs."""
    n = len(magnitudes)
    news = np.sort(magnitudes[magnitudes > 0])
    m = len(news)
    rate = (m + PRIOR_NEWS) / (n + 1 + PRIOR_NEWS)
    larger = m - np.searchsorted(news, size * (1 - 1e-9), side="left")
    share = (larger + 1) / (m + 1)
    if m >= _TAIL_RUNS:
        # Beyond everything seen: a Pareto tail, with Hill's estimate of its index.
        top = np.log(news[m // 2 :])
        index = max(float(np.mean(top - top[0])), 0.05)
        share = share * np.maximum(size / news[-1], 1.0) ** (-1 / index)
    return np.asarray(rate * share, dtype=np.float64)
