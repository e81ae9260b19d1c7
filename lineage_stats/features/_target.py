"""The target of a fit, and how columns go with it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lineage_stats.features._categories import are_atomic, is_missing
from lineage_stats.features._columns import FloatArray, sample_columns
from lineage_stats.features._sample import sample_positions

_NUMBERS = (int, float, np.integer, np.floating, np.bool_)


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
        """Return the strength for each row of ``x``, NaN where it does not vary."""
        with np.errstate(all="ignore"):
            valid = np.isfinite(x) & np.isfinite(self.values)
            if self.n_classes is None or self.n_classes == 2:
                known = valid[:1] if valid.all() else valid  # once for all columns
                return _pearson(_centred(x, valid), _centred(self.values, known))
            return _correlation_ratio(_centred(x, valid), valid, self.values)


def sample_target(
    y: Any, sample_rows: int, *, discrete: bool | None, most_classes: int
) -> Target | None:
    """Return the target; None where it is not one column of comparable, varying values."""
    if type(y) in (list, tuple):
        positions = sample_positions(len(y), sample_rows)
        values = list(y) if positions is None else [y[i] for i in positions.tolist()]
        return _target_of_objects(values, len(y), discrete, most_classes)
    columns = sample_columns(y, sample_rows, 2)
    if columns is None or columns.n_columns != 1:
        return None
    if columns.others:
        values = columns.others[0][1].tolist()
        return _target_of_objects(values, columns.n_total, discrete, most_classes)
    numbers = columns.matrix()[1][0]
    return _target_of_numbers(numbers, columns.n_total, discrete, most_classes)


def _target_of_numbers(
    values: FloatArray, n_total: int, discrete: bool | None, most_classes: int
) -> Target | None:
    finite = np.isfinite(values)
    distinct = np.unique(values[finite])
    if len(distinct) < 2:
        return None
    if discrete is None:
        discrete = len(distinct) <= most_classes and bool((distinct % 1 == 0).all())
    if not discrete:
        return Target(n_total, values, None)
    codes = np.where(finite, np.searchsorted(distinct, values), np.nan)
    return Target(n_total, codes, len(distinct))


def _target_of_objects(
    values: list[Any], n_total: int, discrete: bool | None, most_classes: int
) -> Target | None:
    if not are_atomic(values):
        return None
    try:
        present = {value for value in set(values) if not is_missing(value)}
        if all(isinstance(value, _NUMBERS) for value in present):
            number = {value: float(value) for value in present}
            numbers = np.array([number.get(value, np.nan) for value in values])
            return _target_of_numbers(numbers, n_total, discrete, most_classes)
    except (ArithmeticError, TypeError):  # too big for a float, or not hashable
        return None
    if not 2 <= len(present) <= max(2, len(values) // 2):
        return None  # nothing to tell apart, or a name for each row
    code = {value: float(number) for number, value in enumerate(_in_order(present))}
    codes = np.array([code.get(value, np.nan) for value in values])
    return Target(n_total, codes, len(code))


def rms_correlations(x: FloatArray) -> FloatArray:
    """Return for each row of ``x`` the root mean square of its correlations with the others.

    NaN for rows that do not vary, and for all where fewer than two do.
    """
    found = np.full(len(x), np.nan)
    if not x.size:
        return found
    with np.errstate(all="ignore"):
        centred = _centred(x, np.isfinite(x))
        norms = np.sqrt((centred * centred).sum(axis=1))
    varies = np.isfinite(norms) & (norms > 0)
    n_others = int(varies.sum()) - 1
    if n_others >= 1:
        units = centred[varies] / norms[varies][:, None]
        squares = (units @ units.T) ** 2
        np.fill_diagonal(squares, 0.0)
        found[varies] = np.sqrt(np.clip(squares.sum(axis=1) / n_others, 0.0, 1.0))
    return found


def _in_order(values: set[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=repr)


def _centred(x: FloatArray, valid: npt.NDArray[np.bool_]) -> FloatArray:
    """Subtract row means over the valid entries, put 0 elsewhere; constants give exactly 0."""
    x = np.broadcast_to(x, valid.shape)
    if valid.all():  # the same, without looking at each value
        centred: FloatArray = x - x[:, :1]
        centred -= centred.sum(axis=1, keepdims=True) / max(x.shape[1], 1)
        return centred
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
