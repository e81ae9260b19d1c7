"""The target of a fit, and how columns go with it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lineage_stats.features._categories import are_atomic, is_missing
from lineage_stats.features._columns import Columns, FloatArray, sample_columns
from lineage_stats.features._sample import sample_positions


class Target(NamedTuple):
    """Sampled values of a target.

    Attributes
    ----------
    n_total : int
        Values before sampling.
    values : ndarray of shape (n_rows,)
        Numbers, or class numbers in sorted order; NaN where missing.
    n_classes : int or None
        Number of classes; None for a target of numbers.
    """

    n_total: int
    values: FloatArray
    n_classes: int | None

    def correlate(self, x: FloatArray) -> FloatArray:
        """Return the strength of each row of ``x``, of shape (n_columns, n_rows); NaN if constant."""
        with np.errstate(all="ignore"):
            valid = np.isfinite(x) & np.isfinite(self.values)
            if self.n_classes is None or self.n_classes == 2:
                return _pearson(_centred(x, valid), _centred(self.values, valid))
            return _correlation_ratio(_centred(x, valid), valid, self.values)


def sample_target(
    y: Any, sample_rows: int, *, discrete: bool | None, most_classes: int
) -> Target | None:
    """Return the target; None where it is not one column of comparable, varying values."""
    columns = _listed(y, sample_rows) if type(y) in (list, tuple) else None
    columns = columns or sample_columns(y, sample_rows, 2)
    if columns is None or columns.n_columns != 1:
        return None
    if columns.others:
        return _classes(columns.others[0][1].tolist(), columns.n_total)
    values = columns.matrix()[1][0]
    distinct = np.unique(values[np.isfinite(values)])
    if len(distinct) < 2:
        return None
    if discrete is None:
        few = len(distinct) <= most_classes
        discrete = bool(columns.flags) or (few and bool((distinct == np.floor(distinct)).all()))
    if not discrete:
        return Target(columns.n_total, values, None)
    codes = np.where(np.isfinite(values), np.searchsorted(distinct, values), np.nan)
    return Target(columns.n_total, codes, len(distinct))


def _listed(y: list[Any] | tuple[Any, ...], sample_rows: int) -> Columns:
    """Return a list as columns, without letting NumPy look into objects it does not know."""
    positions = sample_positions(len(y), sample_rows)
    values = list(y) if positions is None else [y[i] for i in positions.tolist()]
    columns = Columns.empty(len(y), positions)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    if all(type(value) in (int, float, bool) for value in values):
        array = array.astype(np.float64)
    columns.add(("0",), array, None)
    return columns


def _classes(values: list[Any], n_total: int) -> Target | None:
    if not are_atomic(values):
        return None
    present = {value for value in values if not is_missing(value)}
    if len(present) < 2:
        return None
    order = sorted(present) if len(set(map(type, present))) == 1 else sorted(present, key=repr)
    code = {value: float(number) for number, value in enumerate(order)}
    codes = np.array([code.get(value, np.nan) for value in values])
    return Target(n_total, codes, len(order))


def _centred(x: FloatArray, valid: npt.NDArray[np.bool_]) -> FloatArray:
    """Subtract row means over the valid entries, put 0 elsewhere; constants give exactly 0."""
    x = np.broadcast_to(x, valid.shape)
    first = np.take_along_axis(x, valid.argmax(axis=1)[:, None], axis=1)
    shifted = np.where(valid, x - first, 0.0)
    mean = shifted.sum(axis=1, keepdims=True) / valid.sum(axis=1, keepdims=True)
    return np.where(valid, shifted - mean, 0.0)


def _pearson(x: FloatArray, y: FloatArray) -> FloatArray:
    norms = np.sqrt((x * x).sum(axis=1)) * np.sqrt((y * y).sum(axis=1))
    strength: FloatArray = np.clip((x * y).sum(axis=1) / norms, -1.0, 1.0)
    return strength


def _correlation_ratio(
    x: FloatArray, valid: npt.NDArray[np.bool_], codes: FloatArray
) -> FloatArray:
    order = np.argsort(codes, kind="stable")  # missing classes last: a class of nothing valid
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1.0))
    sums = np.add.reduceat(x[:, order], starts, axis=1)
    counts = np.add.reduceat(valid[:, order], starts, axis=1, dtype=np.intp)
    between = (sums * sums / np.maximum(counts, 1)).sum(axis=1)
    strength: FloatArray = np.sqrt(np.clip(between / (x * x).sum(axis=1), 0.0, 1.0))
    return strength
