"""News: a constant that changed, a category never seen, an operation that is missing or new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._ranges import range_of_others
from lineage_stats.detectors._roles import NEWS, Roles, column_spreads, kinds_of
from lineage_stats.detectors._tails import any_of, effective_number
from lineage_stats.detectors._transforms import (
    ARCSINE,
    LOG_COUNT,
    ROOT_COUNT,
    FloatArray,
    IntArray,
    denominators,
    transform,
)
from lineage_stats.features import Cell, parse_feature

# Beta(0.01, 1): before any run was seen, one healthy run in a hundred brings news of a group.
PRIOR_NEWS: Final = 0.01
_TAIL_RUNS: Final = 8
# A category of which more values than this share were seen only once is never news.
_MOST_SINGLE: Final = 0.1
# Beta(0.1, 1): what was read in has changed in one healthy run of ten before any was seen.
PRIOR_DATA: Final = 0.1
TIED: Final = "tied "
CONSTANT_DATA: Final = "constant data"
_VARYING: Final = "varying "
_LAWFUL: Final = ("count", "proportion")
# What does not vary although it was measured on data; widths and parameters are the program's.
_OF_DATA: Final = frozenset(
    {
        *("rows_in", "rows_out", "nulls", "null_share", "top_share", "distinct", "length"),
        *(
            "char_code",
            "numeric_share",
            "mean",
            "sd",
            "min",
            "q25",
            "q50",
            "q75",
            "max",
            "ks",
            "wasserstein",
        ),
        *("psi", "selectivity", "match_rate", "key_duplication", "overlap", "balance"),
        *("iterations", "learned_values"),
    }
)
# Up to two standard deviations such a value may be the first of a rare event; further out a
# Poisson or binomial law falls much faster than this.
_NEAR: Final = 2.0
_STEEPER: Final = 0.75


@dataclass(frozen=True)
class NewsModel:
    """What the healthy runs say about how often something new happens.

    Attributes
    ----------
    groups : tuple of str
        Groups of cells that share one rate, as ``present``, ``schema``, ``constant count``,
        ``constant data``, ``tied real``.
    group : ndarray of shape (n_cells,)
        Group of each cell; -1 for cells that are not judged by news.
    low, high : ndarray of shape (n_cells,)
        Range seen (tolerance included); of no meaning for categories.
    scale : ndarray of shape (n_cells,)
        Unit of the distance from that range: the spread of cells that vary; the size of
        constants in a unit of their own; else 1 on the transformed scale.
    n_values : ndarray of shape (n_cells,)
        Number of values seen.
    seen : ndarray of shape (n_values, n_categories)
        Distinct values of the categories, padded with NaN.
    once : ndarray of shape (n_categories,)
        How many of them only one run has.
    categories : ndarray of shape (n_categories,)
        Columns that hold categories.
    magnitudes : ndarray of shape (n_runs, n_groups)
        How large the news was that each healthy run would have brought to the others; 0 for
        none.
    tied : ndarray of shape (n_runs, n_groups)
        Smallest probability of a tied cell of each left-out run; 1 in other groups.
    number : ndarray of shape (n_groups,)
        Number of cells of each group that may change on their own.

    Notes
    -----
    Groups of *constants and categories*: the probability that a healthy run brings news at least
    as large is that of any news, ``(m + 0.01) / (n + 1.01)`` for `m` of `n` runs that would
    have been news to the others, times the share of so large ones among them,
    ``(larger + 1) / (m + 1)``, continued by a Pareto tail beyond the largest.
    What was measured on *data* and never varied (the rows of a calendar) is one group, with 0.1
    for 0.01: it changes one day and stays so, which the program does not. A cell that
    changed once and for good was news on that day, though no run of the new days is news to the
    others.
    *Varying* categories, of two values or more: after `k` different values in `n` runs a new one
    comes with probability ``theta / (n + theta)`` by Ewens' sampling formula, with
    ``theta = (k - 1) / log(n)``, or with the share of values seen once, by Good and Turing's,
    whichever is larger.

    *Tied* cells take one value in most runs, but not in all; so are counts that were 0 and shares
    that were 0 or 1 so far, quantiles and extremes of columns that vary, and numbers of different
    values. A value outside the range seen has probability
    ``2 / (n + 1) * exp(-d)`` for counts and shares, `d` spreads away (what is
    beyond two of them counts 1.75 times); their spread is at least that of a Poisson or binomial
    variable, for large counts as well, of which a row may have been missing now and then; and
    ``2 / (n + 1) / (1 + distance / spread)`` for others;
    for quantiles and extremes the spread is at least the column's own.
    """

    groups: tuple[str, ...]
    group: IntArray
    low: FloatArray
    high: FloatArray
    scale: FloatArray
    n_values: FloatArray
    seen: FloatArray
    once: FloatArray
    categories: IntArray
    magnitudes: FloatArray
    tied: FloatArray
    number: FloatArray

    @classmethod
    def fit(cls, X: FloatArray, cells: Sequence[Cell], roles: Roles) -> NewsModel:
        """Learn ranges, values and rates from healthy runs, an (n_runs, n_cells) array."""
        cells = tuple(cells)
        low = np.fmin.reduce(X, axis=0)
        high = np.fmax.reduce(X, axis=0)
        steps = _steps(X, cells, roles)
        names = _group_names(low, high, cells, roles, steps)
        unequal = np.isin(kinds_of(cells), ("category", "presence"))
        categories = np.flatnonzero(unequal & (names != ""))
        single = _singletons(X[:, categories])
        noisy = single.sum(axis=0) > np.maximum(1, _MOST_SINGLE * len(X))
        names[categories[noisy]] = ""
        categories, single = categories[~noisy], single[:, ~noisy]
        seen = _distinct(X[:, categories])
        several = categories[np.isfinite(seen).sum(axis=0) > 1]
        names[several] = np.char.add(_VARYING, names[several])
        groups = tuple(sorted(set(names.tolist()) - {""}))
        group = np.array([groups.index(n) if n else -1 for n in names], dtype=np.int64)
        varies = np.char.startswith(names, TIED)
        model = cls(
            groups, group, low - roles.tolerance, high + roles.tolerance,
            _units(X, low, high, varies, cells, roles, steps),
            np.isfinite(X).sum(axis=0).astype(float),
            seen, single.sum(axis=0), categories, np.zeros((len(X), len(groups))),
            np.ones((len(X), len(groups))),
            np.array([max((group == g).sum(), 1) for g in range(len(groups))], dtype=float),
        )  # fmt: skip
        model._learn_rates(X, cells, roles, single, steps)
        return model

    def _learn_rates(
        self,
        X: FloatArray,
        cells: tuple[Cell, ...],
        roles: Roles,
        single: FloatArray,
        steps: FloatArray,
    ) -> None:
        """Fill in what each run would have been to a model of the other runs."""
        low, high = range_of_others(X, roles.tolerance)
        distance = _distance(X, low, high, roles)
        lone = _lone_deviant(low, high, roles)
        for g, name in enumerate(self.groups):
            mine = self.group == g
            if name.startswith(TIED):
                size = distance[:, mine] / self.scale[mine]
                p = _tied_p(name, size, self.n_values[mine] - 1)
                # Without its only deviant run the cell would have been a constant.
                p = np.where(lone[:, mine] & ~(steps[mine] > 0), 1.0, p)
                self.tied[:, g] = np.fmin.reduce(p, axis=1, initial=1.0)
                self.number[g] = effective_number(self.tied[:, g], float(mine.sum()))
        events = np.zeros_like(X)
        events[:, self.categories] = self._learn_categories(single)
        at = i_at, j_at = np.nonzero(lone & (distance > 0))
        there = tuple(cells[j] for j in j_at.tolist())
        names = _group_names(low[at], high[at], there, roles.of(j_at), steps[j_at])
        for i, j, name in zip(i_at, j_at, names.tolist(), strict=True):
            if name in self.groups and not name.startswith(TIED):
                size = distance[i, j] / _constant_unit(low[i, j], high[i, j], roles.code[j])
                g = self.groups.index(name)
                self.magnitudes[i, g] = max(self.magnitudes[i, g], size)
        if CONSTANT_DATA in self.groups:
            stepped = _steps_of_data(X, cells, roles, steps)
            g = self.groups.index(CONSTANT_DATA)
            self.magnitudes[:, g] = np.maximum(self.magnitudes[:, g], stepped)
        for g, name in enumerate(self.groups):
            mine = events[:, self.group == g].max(axis=1, initial=0.0)
            # A category that only one run changed is a constant to the others.
            constant = name.removeprefix(_VARYING)
            if constant in self.groups:
                h = self.groups.index(constant)
                self.magnitudes[:, h] = np.maximum(self.magnitudes[:, h], mine)

    def _learn_categories(self, single: FloatArray) -> FloatArray:
        """Judge values that one run alone has by the others; return those that are news."""
        n_seen = np.isfinite(self.seen).sum(axis=0)
        n = self.n_values[self.categories]
        group = self.group[self.categories]
        news = single.copy()
        for g, name in enumerate(self.groups):
            if not name.startswith(_VARYING):
                continue
            # Without that run a category of two values would have been constant.
            mine = (group == g) & (n_seen > 2)
            p = _new_value_p(n - 1, n_seen - 1, self.once - 1)
            p = np.where(single > 0, p, 1.0)[:, mine]
            self.tied[:, g] = p.min(axis=1, initial=1.0)
            news[:, mine] = 0.0
        return news

    def p_values(self, X: FloatArray, roles: Roles) -> FloatArray:
        """Return for each cell how likely a healthy run brings such news in this very cell.

        1 where there is no news, NaN where the cell is not judged by news or missing.
        """
        p, size = np.full(X.shape, np.nan), np.zeros(X.shape)
        at = np.flatnonzero(self.group >= 0)
        if not len(at):
            return p
        p[:, at] = np.where(np.isnan(X[:, at]), np.nan, 1.0)
        distance = _distance(X[:, at], self.low[at], self.high[at], roles.of(at))
        size[:, at] = distance / self.scale[at]
        values = X[:, self.categories]
        known = (values[:, None, :] == self.seen[None, :, :]).any(axis=1)
        size[:, self.categories] = ~known & np.isfinite(values)
        rows, columns = np.nonzero(size > 0)
        for g in np.unique(self.group[columns]):
            at = self.group[columns] == g
            i, j = rows[at], columns[at]
            if self.groups[g].startswith(TIED):
                p[i, j] = _tied_p(self.groups[g], size[i, j], self.n_values[j])
            elif self.groups[g].startswith(_VARYING):
                k = np.searchsorted(self.categories, j)
                n_seen = np.isfinite(self.seen).sum(axis=0)
                p[i, j] = _new_value_p(self.n_values[j], n_seen[k], self.once[k])
            else:
                news = _news_p(self.magnitudes[:, g], size[i, j], _prior(self.groups[g]))
                p[i, j] = news / self.number[g]
        return p

    def group_p_value(self, name: str) -> float:
        """Return P(a healthy run brings news of a group at all); a prior for unknown groups."""
        if name not in self.groups:
            return float(_news_p(np.zeros(len(self.magnitudes)), np.ones(1))[0])
        magnitudes = self.magnitudes[:, self.groups.index(name)]
        return float(_news_p(magnitudes, np.ones(1), _prior(name))[0])

    def left_out_p_values(self) -> FloatArray:
        """Return the group probabilities of each healthy run, judged by the others.

        Returns
        -------
        ndarray of shape (n_runs, n_groups)
            1 for a run that brought no news.
        """
        p = np.where(self.tied < 1, any_of(self.tied, self.number), 1.0)
        for i, g in zip(*np.nonzero(self.magnitudes > 0), strict=True):
            others = np.delete(self.magnitudes[:, g], i)
            size = self.magnitudes[i : i + 1, g]
            p[i, g] = min(p[i, g], _news_p(others, size, _prior(self.groups[g]))[0])
        return p

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        return {name: getattr(self, name) for name in self.__annotations__ if name != "groups"}

    @classmethod
    def from_arrays(
        cls, groups: Sequence[str], arrays: Mapping[str, npt.NDArray[Any]]
    ) -> NewsModel:
        """Make a model from what `to_arrays` returned."""
        return cls(groups=tuple(groups), **arrays)


def _group_names(
    low: FloatArray,
    high: FloatArray,
    cells: tuple[Cell, ...],
    roles: Roles,
    steps: FloatArray,
) -> npt.NDArray[np.str_]:
    """Name the group of each cell from its range, ``""`` for cells not judged by news."""
    kinds = kinds_of(cells)
    statistics = np.array([parse_feature(cell.feature).statistic for cell in cells], dtype="U64")
    # Ranges may come with their tolerance, and that with rounding.
    constant = high - low <= 2.001 * roles.tolerance
    zero = constant & (np.maximum(np.abs(low), np.abs(high)) <= 2 * roles.tolerance)
    # A count or a share that was 0 so far is no constant: it may be a rare event. A quantile of a
    # column that varies may jump to the next value one day.
    rare = zero & np.isin(kinds, ("count", "proportion"))
    # The same goes for a share that was 1, of few rows perhaps.
    rare |= constant & (kinds == "proportion") & (np.abs(high - 1) <= 2 * roles.tolerance)
    state = np.where(constant & ~rare & ~(steps > 0), "constant ", TIED)
    names = np.where(
        np.isin(kinds, ("category", "presence")), statistics, np.char.add(state, kinds)
    )
    of_data = np.isin(statistics, tuple(_OF_DATA)) & (state == "constant ")
    names = np.where(of_data, CONSTANT_DATA, names)
    return np.where(roles.role == NEWS, names, "")


def _units(
    X: FloatArray,
    low: FloatArray,
    high: FloatArray,
    varies: npt.NDArray[np.bool_],
    cells: tuple[Cell, ...],
    roles: Roles,
    steps: FloatArray,
) -> FloatArray:
    """Return the unit of distance of each cell, see `NewsModel`."""
    units = _constant_unit(low, high, roles.code)
    z = transform(X[:, varies], roles.code[varies])
    n = np.isfinite(z).sum(axis=0)
    mean = np.nansum(z, axis=0) / n
    spread = np.sqrt(np.nansum((z - mean) ** 2, axis=0) / np.maximum(n - 1, 1))
    # Counts vary at least as Poisson counts do, shares as binomial ones.
    typical = np.nanmedian(np.where(np.isnan(X).all(axis=0), 1.0, X), axis=0)
    least = np.select(
        [roles.code == ROOT_COUNT, roles.code == LOG_COUNT, roles.code == ARCSINE],
        [1.0, np.maximum(typical, 1.0) ** -0.5, denominators(X, cells) ** -0.5],
        0,
    )
    units[varies] = np.maximum(np.maximum(spread, least[varies]), 1e-300)
    return np.fmax(units, np.where(varies, steps, 0.0))


def _steps(X: FloatArray, cells: tuple[Cell, ...], roles: Roles) -> FloatArray:
    """Return how far constants may move without being news: 0 for real constants.

    Quantiles move by standard deviations of their column. The number of different values is one
    of rare events: on some days the rarest value is missing.
    """
    steps = column_spreads(X, cells)
    for j, cell in enumerate(cells):
        if parse_feature(cell.feature).statistic == "distinct" and np.isfinite(X[:, j]).any():
            large = roles.code[j] != ROOT_COUNT
            steps[j] = max(np.nanmedian(X[:, j]), 1.0) ** -0.5 if large else 1.0
    return steps


def _steps_of_data(
    X: FloatArray, cells: tuple[Cell, ...], roles: Roles, steps: FloatArray
) -> FloatArray:
    """Return by how much constants of data changed at each run to stay so; 0 for none.

    A cell that has changed once, and for good, was a constant to each run but the first new one.
    """
    n = len(X)
    sizes = np.zeros(n)
    if n < 2:
        return sizes
    moved = np.abs(np.diff(X, axis=0)) > roles.tolerance
    # Two runs at least on either side: else it is one run that deviates.
    once = (moved.sum(axis=0) == 1) & np.isfinite(X).all(axis=0) & (roles.role == NEWS)
    at = np.flatnonzero(once)
    at = at[moved[1:-1][:, at].any(axis=0)] if n > 3 else at[:0]
    before, after = X[0, at], X[-1, at]
    there = tuple(cells[j] for j in at.tolist())
    picked = roles.of(at)
    names = _group_names(before, before, there, picked, steps[at])
    run = moved[:, at].argmax(axis=0) + 1
    size = _distance(after[None], before, before, picked)[0]
    size /= _constant_unit(before, before, picked.code)
    mine = names == CONSTANT_DATA
    np.maximum.at(sizes, run[mine], size[mine])
    return sizes


def _constant_unit(low: FloatArray, high: FloatArray, code: IntArray) -> FloatArray:
    size = np.maximum(np.abs(low), np.abs(high))
    return np.where((code == 0) & np.isfinite(size) & (size > 0), size, 1.0)


def _singletons(values: FloatArray) -> FloatArray:
    """Return 1 where a run has a category that no other run has."""
    order = np.argsort(values, axis=0)
    ordered = np.take_along_axis(values, order, axis=0)
    tied = np.zeros(values.shape, dtype=bool)
    tied[1:] = ordered[1:] == ordered[:-1]
    tied[:-1] |= tied[1:]
    single = np.empty(values.shape)
    np.put_along_axis(single, order, (~tied & np.isfinite(ordered)).astype(float), axis=0)
    return single


def _distinct(values: FloatArray) -> FloatArray:
    """Return the distinct values of each column, padded with NaN to equal length."""
    columns = [np.unique(column[np.isfinite(column)]) for column in values.T]
    distinct = np.full((max(map(len, columns), default=0), len(columns)), np.nan)
    for j, column in enumerate(columns):
        distinct[: len(column), j] = column
    return distinct


def _lone_deviant(low: FloatArray, high: FloatArray, roles: Roles) -> npt.NDArray[np.bool_]:
    """Return where all other runs agree on one value."""
    # Rounding of low - tolerance and high + tolerance needs a little room.
    return np.asarray(high - low <= 2.001 * roles.tolerance)


def _distance(X: FloatArray, low: FloatArray, high: FloatArray, roles: Roles) -> FloatArray:
    """Return how far outside a range values are on the transformed scale; 0 within, and NaN."""
    with np.errstate(invalid="ignore"):
        outside = np.where(high < X, high, np.where(low > X, low, np.nan))
        moved = np.abs(transform(X, roles.code) - transform(outside, roles.code))
    # A change too small for the transform to show is a change all the same.
    return np.where(np.isnan(moved), 0.0, np.maximum(moved, 1e-12))


def _tied_p(group: str, size: FloatArray, n: FloatArray) -> FloatArray:
    """Return the probability of values so far outside the range of `n` values, in spreads."""
    # Counts and shares vary by known laws; the few other values of, say, a column's largest
    # value say nothing of how far the next one will be.
    steep = size + _STEEPER * np.maximum(size - _NEAR, 0.0)
    beyond = np.exp(-steep) if group.endswith(_LAWFUL) else 1 / (1 + size)
    return np.where(size > 0, 2 / (n + 1) * beyond, 1.0)


def _new_value_p(n: FloatArray, n_seen: npt.NDArray[Any], once: FloatArray) -> FloatArray:
    """Return the probability of a new value after `n` runs with `n_seen` different ones.

    `once` of them were seen in one run only.
    """
    theta = (n_seen - 1) / np.log(np.maximum(n, 2))
    counted = (once + PRIOR_NEWS) / (n + 1 + PRIOR_NEWS)
    return np.asarray(np.maximum(theta / (n + theta), counted), dtype=np.float64)


def _prior(group: str) -> float:
    return PRIOR_DATA if group == CONSTANT_DATA else PRIOR_NEWS


def _news_p(magnitudes: FloatArray, size: FloatArray, prior: float = PRIOR_NEWS) -> FloatArray:
    """Return P(news) x P(at least so large | news), both learned from the magnitudes of runs."""
    n = len(magnitudes)
    news = np.sort(magnitudes[magnitudes > 0])
    m = len(news)
    rate = (m + prior) / (n + 1 + prior)
    larger = m - np.searchsorted(news, size * (1 - 1e-9), side="left")
    share = (larger + 1) / (m + 1)
    if m >= _TAIL_RUNS:
        # Beyond everything seen: a Pareto tail, with Hill's estimate of its index.
        top = np.log(news[m // 2 :])
        index = max(float(np.mean(top - top[0])), 0.05)
        share = share * np.maximum(size / news[-1], 1.0) ** (-1 / index)
    return np.asarray(rate * share, dtype=np.float64)
