"""Bounded samples of the columns of tables and arrays, sorted by what can be measured in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lineage_stats.features._families import family_of
from lineage_stats.features._pandas_access import (
    column_labels,
    frame_axes,
    frame_blocks,
    label,
    series_values,
)
from lineage_stats.features._sample import sample_positions

FloatArray = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp] | None

_NOT_A_TIME = np.iinfo(np.int64).min
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


class Columns(NamedTuple):
    """Sampled columns.

    Attributes
    ----------
    n_total, n_rows : int
        Rows of the data, and of the sample.
    numbers, flags, others : list of (names, values)
        Columns of numbers and times, as float arrays of shape (n_names, n_rows), of booleans,
        alike, and of anything else, as arrays of shape (n_rows,) with one name each.
    """

    n_total: int
    n_rows: int
    numbers: list[tuple[Sequence[str], FloatArray]]
    flags: list[tuple[Sequence[str], npt.NDArray[np.bool_]]]
    others: list[tuple[str, Any]]

    @classmethod
    def empty(cls, n_total: int, positions: Positions) -> Columns:
        """Return no columns yet, of a sample at the given positions."""
        return cls(n_total, n_total if positions is None else len(positions), [], [], [])

    @property
    def n_columns(self) -> int:
        """Number of columns of any sort."""
        return sum(len(names) for names, _ in (*self.numbers, *self.flags)) + len(self.others)

    def matrix(self) -> tuple[tuple[str, ...], FloatArray]:
        """Return the names of the numbers and flags, and their values, one row for each."""
        parts = [*self.numbers, *self.flags]
        if not parts:
            return (), np.empty((0, self.n_rows))
        names = tuple(chain.from_iterable(names for names, _ in parts))
        return names, np.concatenate([values for _, values in parts], dtype=np.float64)

    def add(self, names: Sequence[str], values: Any, positions: Positions) -> None:
        """Add columns of one dtype; values are of shape (n_names, n) or (n,)."""
        kind = values.dtype.kind
        if not isinstance(values, np.ndarray) and kind not in "mM":
            self._add_extension(names[0], values, positions, kind)
            return
        if kind in "mM":
            values = _seconds(values, positions)
        elif positions is not None:
            values = values[..., positions]  # take() would copy the whole of a transposed array
        if values.ndim == 1:
            values = values.reshape(1, -1)
        if kind in "fiumM":
            self.numbers.append((names, values.astype(np.float64, copy=False)))
        elif kind == "b":
            self.flags.append((names, values))
        elif kind in "OUS":
            self.others.extend(zip(names, values, strict=True))

    def _add_extension(self, name: str, array: Any, positions: Positions, kind: str) -> None:
        if positions is not None:
            array = array.take(positions)
        if kind in "fiub":
            values = array.to_numpy(dtype=np.float64, na_value=np.nan)
            self.numbers.append(((name,), values.reshape(1, -1)))
        elif kind == "O":
            self.others.append((name, array))


def sample_columns(obj: Any, sample_rows: int, max_columns: int) -> Columns | None:
    """Return the first columns of a table or array; None for anything else."""
    reader = _READERS.get(family_of(type(obj)) or "")
    return reader(obj, sample_rows, max_columns) if reader else None


def _sample_frame(frame: Any, sample_rows: int, max_columns: int) -> Columns:
    index, n_rows = frame_axes(frame)
    labels = column_labels(index)
    positions = sample_positions(n_rows, sample_rows)
    columns = Columns.empty(n_rows, positions)
    for where, values in frame_blocks(frame):
        if len(labels) > max_columns:
            kept = np.flatnonzero(np.asarray(where) < max_columns)
            if not kept.size:
                continue
            where, values = where[kept], values[kept] if values.ndim == 2 else values
        columns.add([labels[i] for i in where], values, positions)
    return columns


def _sample_series(series: Any, sample_rows: int, max_columns: int) -> Columns:
    positions = sample_positions(len(series), sample_rows)
    columns = Columns.empty(len(series), positions)
    if max_columns > 0 and getattr(series, "nlevels", 1) == 1:
        name = series.name
        columns.add(("0" if name is None else label(name),), series_values(series), positions)
    return columns


def _sample_array(array: Any, sample_rows: int, max_columns: int) -> Columns | None:
    if array.ndim not in (1, 2) or array.dtype.names or isinstance(array, np.ma.MaskedArray):
        return None
    values = array.view(np.ndarray)
    positions = sample_positions(values.shape[0], sample_rows)
    columns = Columns.empty(values.shape[0], positions)
    values = values.reshape(1, -1) if values.ndim == 1 else values[:, :max_columns].T
    if max_columns > 0 and values.shape[0]:
        columns.add([str(i) for i in range(values.shape[0])], values, positions)
    return columns


def _sample_sparse(matrix: Any, sample_rows: int, max_columns: int) -> Columns | None:
    if matrix.ndim != 2 or matrix.format != "csr":
        return None  # picking rows from any other format costs as much as the whole matrix
    positions = sample_positions(matrix.shape[0], sample_rows)
    rows = matrix if positions is None else matrix[positions]
    return _sample_array(rows[:, :max_columns].toarray(), sample_rows, max_columns)


def _seconds(values: Any, positions: Positions) -> FloatArray:
    """Return times as seconds (since the epoch), NaN where there is none."""
    ticks, unit = _ticks(values)
    if positions is not None:
        ticks = ticks[..., positions]
    return np.where(ticks == _NOT_A_TIME, np.nan, ticks * _SECONDS[unit])


def _ticks(values: Any) -> tuple[npt.NDArray[np.int64], str]:
    if not isinstance(values, np.ndarray):
        if hasattr(values, "asi8"):
            return values.asi8, values.unit
        values = values.to_numpy(dtype=f"{values.dtype.kind}8[ns]")
    unit = np.datetime_data(values.dtype)[0]
    if unit not in _SECONDS or np.datetime_data(values.dtype)[1] != 1:
        unit = "s"
        values = values.astype(f"{values.dtype.kind}8[s]")
    return values.view(np.int64), unit


_READERS: dict[str, Callable[[Any, int, int], Columns | None]] = {
    "frame": _sample_frame,
    "series": _sample_series,
    "index": _sample_series,
    "array": _sample_array,
    "sparse": _sample_sparse,
}
