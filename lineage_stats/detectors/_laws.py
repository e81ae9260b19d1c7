"""What is known of cells beforehand bounds how surprising their values can be."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.detectors._ranges import range_of_others
from lineage_stats.detectors._roles import DISTANCE, Roles, column_spreads, kinds_of
from lineage_stats.detectors._time_law import TimeLaw
from lineage_stats.detectors._transforms import FloatArray, IntArray, denominators
from lineage_stats.features import Cell, parse_feature

_FEW_EVENTS: Final = 50.0
_INDEX: Final = 3.0
# As far as the divisor n - 1 takes a standard deviation of 50 rows.
_NEAR_SHARE: Final = 0.011
_TINY: Final = 1e-300


@dataclass(frozen=True)
class Laws:
    """Bounds scores from above where the spread between runs does not tell all.

    Attributes
    ----------
    counts : CountLaw
        For cells that count few events.
    orders : OrderLaw
        For quantiles and extremes of columns.
    shares : ShareLaw
        For standard deviations of columns of zeros and ones.
    times : TimeLaw
        For times of operations.
    """

    counts: CountLaw
    orders: OrderLaw
    shares: ShareLaw
    times: TimeLaw

    @classmethod
    def fit(cls, X: FloatArray, cells: tuple[Cell, ...], roles: Roles) -> Self:
        """Find the cells that a law is known for, in an (n_runs, n_cells) array of healthy runs."""
        return cls(
            CountLaw.fit(X, cells, roles),
            OrderLaw.fit(X, cells, roles),
            ShareLaw.fit(X, cells, roles),
            TimeLaw.fit(X, cells, roles),
        )

    def bound(self, scores: FloatArray, X: FloatArray) -> FloatArray:
        """Return scores of runs `X`, none greater than the laws allow."""
        bounded = self._bound(scores, self.counts.p_values(X), self.orders.p_values(X))
        return self.times.bound(self.shares.bound(bounded, X), X)

    def bound_left_out(self, scores: FloatArray, X: FloatArray) -> FloatArray:
        """Return the same for the healthy runs themselves, each judged by the others."""
        bounded = self._bound(
            scores, self.counts.left_out_p_values(X), self.orders.left_out_p_values(X)
        )
        return self.shares.bound(bounded, X)

    def _bound(self, scores: FloatArray, count: FloatArray, order: FloatArray) -> FloatArray:
        bounded = scores.copy()
        for cell, p in ((self.counts.cell, count), (self.orders.cell, order)):
            if not len(cell):
                continue
            most = -special.ndtri(np.clip(p, _TINY, 1.0) / 2)
            # NaN, of a missing value, stays.
            bounded[:, cell] = np.clip(bounded[:, cell], -most, most)
        return bounded

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as arrays."""
        return {
            f"{law}_{field.name}": getattr(getattr(self, law), field.name)
            for law in ("counts", "orders", "shares", "times")
            for field in fields(getattr(self, law))
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> Self:
        """Make laws from what `to_arrays` returned."""
        count, order, share, time = (
            {name.removeprefix(law): a for name, a in arrays.items() if name.startswith(law)}
            for law in ("counts_", "orders_", "shares_", "times_")
        )
        return cls(
            CountLaw(**count),
            OrderLaw(**order),
            ShareLaw(**share) if share else ShareLaw.nothing(),
            TimeLaw.from_arrays(time) if time else TimeLaw.nothing(),
        )


@dataclass(frozen=True)
class CountLaw:
    """How surprising a count of few independent events can be.

    Attributes
    ----------
    cell : ndarray of int of shape (n_few,)
        Cells that count fewer than 50 events in a run on average.
    size : ndarray of shape (n_few,)
        Rows that a share was measured on; 1 for a count.
    turned : ndarray of bool of shape (n_few,)
        Whether the rest up to 1 is the rarer event.
    total : ndarray of shape (n_few,)
        Events in all healthy runs.
    n : ndarray of shape (n_few,)
        Number of healthy runs that counted.

    Notes
    -----
    After `total` events in `n` runs the count of the next one follows, for a Poisson rate with
    Jeffreys' prior, a negative binomial distribution of size ``total + 1/2`` and success
    probability ``n / (n + 1)``. The p-value is twice its smaller tail. No transform does as well:
    where 3.5 events are expected, three runs in a hundred have none at all, and after an
    arcsine none is 3.7 standard deviations away.
    """

    cell: IntArray
    size: FloatArray
    turned: npt.NDArray[np.bool_]
    total: FloatArray
    n: FloatArray

    @classmethod
    def fit(cls, X: FloatArray, cells: tuple[Cell, ...], roles: Roles) -> Self:
        """Find the cells that count few events in healthy runs."""
        kinds = kinds_of(cells)
        share = kinds == "proportion"
        size = np.where(share, denominators(X, cells), 1.0)
        mean = np.nansum(X, axis=0) / np.maximum(np.isfinite(X).sum(axis=0), 1)
        turned = share & (mean > 0.5)
        events = np.where(turned, 1 - mean, mean) * size
        few = (share | (kinds == "count")) & (roles.role == DISTANCE) & (events < _FEW_EVENTS)
        at = np.flatnonzero(few)
        counted = _events(X[:, at], size[at], turned[at])
        n = np.isfinite(counted).sum(axis=0).astype(float)
        return cls(at, size[at], turned[at], np.nansum(counted, axis=0), n)

    def p_values(self, X: FloatArray) -> FloatArray:
        """Return least p-values of runs, of shape (n_runs, n_few)."""
        if not len(self.cell):
            return np.empty((len(X), 0))
        events = _events(X[:, self.cell], self.size, self.turned)
        return _two_sided(events, self.total, self.n)

    def left_out_p_values(self, X: FloatArray) -> FloatArray:
        """Return the same for the healthy runs themselves, each judged by the others."""
        events = _events(X[:, self.cell], self.size, self.turned)
        return _two_sided(events, self.total - np.nan_to_num(events), self.n - 1)


def _events(x: FloatArray, size: FloatArray, turned: npt.NDArray[np.bool_]) -> FloatArray:
    return np.asarray(np.maximum(np.where(turned, 1 - x, x), 0.0) * size)


def _two_sided(events: FloatArray, total: FloatArray, n: FloatArray) -> FloatArray:
    """Return p-values of a negative binomial predictive, see `CountLaw`."""
    shape, chance = np.maximum(total, 0.0) + 0.5, n / (n + 1)
    at_most = special.betainc(shape, events + 1, chance)
    # At a shape of 0 the distribution function is not defined; at least 0 events is certain.
    at_least = special.betainc(np.where(events > 0, events, np.inf), shape, 1 - chance)
    at_least = np.where(events > 0, at_least, 1.0)
    return np.asarray(np.minimum(2 * np.minimum(at_most, at_least), 1.0))


@dataclass(frozen=True)
class OrderLaw:
    """How surprising a quantile or an extreme of a column can be.

    Attributes
    ----------
    cell : ndarray of int of shape (n_orders,)
        Order statistics of columns that vary.
    low, high : ndarray of shape (n_orders,)
        Range of the healthy values.
    unit : ndarray of shape (n_orders,)
        Standard deviation of the column.
    n : ndarray of shape (n_orders,)
        Number of healthy values.

    Notes
    -----
    A smallest value stays the same for weeks, until that row is missing one day and the next one
    is the smallest: the spread between runs says nothing of such a jump, the spread between rows
    does. The p-value is ``2 / (n + 1) / (1 + d)**3``, `d` standard deviations of the column
    outside the range seen.
    """

    cell: IntArray
    low: FloatArray
    high: FloatArray
    unit: FloatArray
    n: FloatArray

    @classmethod
    def fit(cls, X: FloatArray, cells: tuple[Cell, ...], roles: Roles) -> Self:
        """Find the order statistics, and their ranges in healthy runs."""
        unit = column_spreads(X, cells)
        at = np.flatnonzero((unit > 0) & (roles.role == DISTANCE))
        x = X[:, at]
        n = np.isfinite(x).sum(axis=0).astype(float)
        return cls(at, np.fmin.reduce(x, axis=0), np.fmax.reduce(x, axis=0), unit[at], n)

    def p_values(self, X: FloatArray) -> FloatArray:
        """Return least p-values of runs, of shape (n_runs, n_orders)."""
        if not len(self.cell):
            return np.empty((len(X), 0))
        return self._p(X[:, self.cell], self.low, self.high, self.n)

    def left_out_p_values(self, X: FloatArray) -> FloatArray:
        """Return the same for the healthy runs themselves, each judged by the others."""
        x = X[:, self.cell]
        low, high = range_of_others(x)
        return self._p(x, low, high, self.n - 1)

    def _p(self, x: FloatArray, low: FloatArray, high: FloatArray, n: FloatArray) -> FloatArray:
        outside = np.maximum(np.maximum(low - x, x - high), 0.0) / self.unit
        return np.asarray(np.minimum(2 / (n + 1) / (1 + outside) ** _INDEX, 1.0))


@dataclass(frozen=True)
class ShareLaw:
    """The standard deviation of zeros and ones follows from their mean.

    Attributes
    ----------
    cell, mean : ndarray of int of shape (n_columns,)
        Standard deviations of columns that were of zeros and ones in all healthy runs, and the
        means of these columns.

    Notes
    -----
    With a share `m` of ones it is ``sqrt(m (1 - m))``, which has a largest value: where half of
    the rows are ones it does not vary around its centre but stays below it, and no distance from
    the centre says how unusual a value is. Such a cell is as surprising as the mean, no more. A
    run in which the column is no longer one of zeros and ones is judged as any other.
    """

    cell: IntArray
    mean: IntArray

    @classmethod
    def fit(cls, X: FloatArray, cells: tuple[Cell, ...], roles: Roles) -> Self:
        """Find the columns of zeros and ones."""
        place = {(cell.operation, cell.feature): j for j, cell in enumerate(cells)}
        pairs = []
        for j in np.flatnonzero(roles.role == DISTANCE).tolist():
            name = parse_feature(cells[j].feature)
            if name.statistic == "sd" and name.column is not None:
                mean = str(name._replace(statistic="mean"))
                i = place.get((cells[j].operation, mean))
                if i is not None and roles.role[i] == DISTANCE:
                    pairs.append((j, i))
        cell, mean_cell = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        follows = _is_share(X[:, cell], X[:, mean_cell])
        known = np.isfinite(X[:, cell] + X[:, mean_cell])
        at = (follows | ~known).all(axis=0) & known.any(axis=0)
        return cls(cell[at], mean_cell[at])

    @classmethod
    def nothing(cls) -> Self:
        """Return a law of no cell."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    def bound(self, scores: FloatArray, X: FloatArray) -> FloatArray:
        """Return scores of runs `X`, those of the cells no greater than those of the means."""
        if not len(self.cell):
            return scores
        bounded, mine = scores.copy(), scores[:, self.cell]
        most = np.abs(scores[:, self.mean])
        follows = _is_share(X[:, self.cell], X[:, self.mean]) & np.isfinite(most)
        bounded[:, self.cell] = np.where(follows, np.clip(mine, -most, most), mine)
        return bounded


def _is_share(sd: FloatArray, mean: FloatArray) -> npt.NDArray[np.bool_]:
    """Return where a standard deviation is that of zeros and ones with this mean."""
    with np.errstate(invalid="ignore"):
        expected = np.sqrt(np.maximum(mean * (1 - mean), 0.0))
        return np.asarray(np.abs(sd - expected) <= _NEAR_SHARE * expected)
