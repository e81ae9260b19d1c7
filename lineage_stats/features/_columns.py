"""Bounded samples of the columns of tables and arrays, sorted by what can be measured in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lineage_stats._interrupts import pass_on
from lineage_stats.features._categories import are_atomic, count_categories
from lineage_stats.features._families import family_of
from lineage_stats.features._pandas_access import (
    column_labels,
    frame_axes,
    frame_blocks,
    label,
    series_values,
)
from lineage_stats.features._quiet import Untouched, dtype_of, own, quietly
from lineage_stats.features._sample import sample_positions

FloatArray = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp] | None

_NOT_A_TIME = np.iinfo(np.int64).min
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_PLAIN_UNITS = frozenset((unit, 1) for unit in _SECONDS)


class Columns(NamedTuple):
    """Sampled columns.

    Attributes
    ----------
    n_total, n_rows : int
        Rows of the data, and of the sample.
    numbers, flags, others : list of (names, values)
        Columns of numbers and times, as float arrays of shape (n_names, n_rows); of booleans,
        alike, or as floats where some are missing; and of anything else, as arrays of shape
        (n_rows,) with one name each. `own` may put counts in the place of such an array, or None.
    """

    n_total: int
    n_rows: int
    numbers: list[tuple[Sequence[str], FloatArray]]
    flags: list[tuple[Sequence[str], npt.NDArray[np.bool_] | FloatArray]]
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

    def own(self) -> Columns:
        """Return the columns without what the data's owner may still change.

        Objects of types that may change are counted at once.
        """
        others = [(name, own_array(array)) for name, array in self.others]
        if self.n_rows < self.n_total:  # picked out, and so copied
            return self._replace(others=others)
        return self._replace(
            numbers=[(names, values.copy()) for names, values in self.numbers],
            flags=[(names, values.copy()) for names, values in self.flags],
            others=others,
        )

    def add(self, names: Sequence[str], values: Any, positions: Positions) -> None:
        """Add columns of one dtype; values are of shape (n_names, n) or (n,).

        Columns of a type that does not do what its kind should are left out, and so are those
        of a frame that pandas put together wrongly, with more names than values.
        """
        try:
            if values.shape not in ((len(names), self.n_total), (self.n_total,)):
                return
            if isinstance(values, np.ndarray):
                self._add_array(names, values if positions is None else _picked(values, positions))
            else:
                # The dtype is shared by all arrays of a type, those of the program among them.
                with Untouched(values), Untouched(dtype_of(values)):
                    self._add_extensions(names, values, positions)
        except Exception as error:  # noqa: BLE001  extension arrays are other people's code
            pass_on(error)
            return

    def _add_array(self, names: Sequence[str], values: Any) -> None:
        kind = values.dtype.kind
        if kind in "mM":
            if np.datetime_data(values.dtype) not in _PLAIN_UNITS:
                values = values.astype(f"{kind}8[s]")
            unit = np.datetime_data(values.dtype)[0]
            self.numbers.append((names, _as_rows(_seconds(values.view(np.int64), unit, None))))
        elif kind in "fiu":
            self.numbers.append((names, _as_rows(values.astype(np.float64, copy=False))))
        elif kind == "b":
            self.flags.append((names, _as_rows(values)))
        elif kind in "OUS":
            self.others.extend(zip(names, _as_rows(values), strict=True))

    def _add_extensions(self, names: Sequence[str], values: Any, positions: Positions) -> None:
        if hasattr(values, "asi8") and _kind(values) in "mM":
            ticks = _seconds(values.asi8, _unit(dtype_of(values)), positions)
            self.numbers.append((names, _as_rows(ticks)))
        elif values.ndim == 2:
            for name, row in zip(names, values, strict=True):
                self._add_extension(name, row, positions)
        else:
            self._add_extension(names[0], values, positions)

    def _add_extension(self, name: str, array: Any, positions: Positions) -> None:
        if positions is not None:
            array = array.take(positions)
        kind = _kind(array)
        if kind in "mM" and not dtype_of(array).name.startswith("date32"):
            self._add_array((name,), array.to_numpy(dtype=f"{kind}8[ns]"))
        elif kind in "fiub":
            values = array.to_numpy(dtype=np.float64, na_value=np.nan).reshape(1, -1)
            (self.flags if kind == "b" else self.numbers).append(((name,), values))
        elif kind != "c":
            self.others.append((name, array))


def _picked(values: npt.NDArray[Any], positions: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
    if values.flags.c_contiguous:
        return values.take(positions, axis=-1, mode="clip")  # without a check of each position
    return values[..., positions]  # of such an array, `take` copies the whole first


def own_array(array: Any) -> Any:
    """Return a copy of an array, or its counts where it holds objects that may change.

    None stands for an array that cannot be copied.
    """
    try:
        if isinstance(array, np.ndarray) and array.dtype.kind == "O":
            values = array.ravel().tolist()
            return array.copy() if are_atomic(values) else count_categories(array)
        return array.copy()
    except Exception as error:  # noqa: BLE001  extension arrays are other people's code
        pass_on(error)
        return None


def sample_columns(obj: Any, sample_rows: int, max_columns: int) -> Columns | None:
    """Return the first columns of a table or array; None for anything else."""
    reader = _READERS.get(family_of(type(obj)) or "")
    with np.errstate(all="ignore"):
        return reader(obj, sample_rows, max_columns) if reader else None


def _sample_frame(frame: Any, sample_rows: int, max_columns: int) -> Columns:
    index, n_rows = frame_axes(frame)
    labels = column_labels(index)
    positions = sample_positions(n_rows, sample_rows)
    columns = Columns.empty(n_rows, positions)
    for where, values in frame_blocks(frame):
        if len(labels) > max_columns:
            kept = [j for j, position in enumerate(where) if position < max_columns]
            if not kept:
                continue
            where = [where[j] for j in kept]
            if values.ndim == 2:
                # As a slice, which they nearly always are, they are not copied.
                together = kept[-1] - kept[0] + 1 == len(kept)
                values = values[slice(kept[0], kept[-1] + 1) if together else kept]
        columns.add([labels[i] for i in where], values, positions)
    return columns


def _sample_series(series: Any, sample_rows: int, max_columns: int) -> Columns:
    positions = sample_positions(len(series), sample_rows)
    columns = Columns.empty(len(series), positions)
    if max_columns > 0 and own(series, "nlevels", 1) == 1:
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


def _as_rows(values: Any) -> Any:
    return values.reshape(1, -1) if values.ndim == 1 else values


def _kind(array: Any) -> str:
    return str(quietly(dtype_of(array), "kind"))


def _unit(dtype: Any) -> str:
    """Return the unit of times; that of an array would be kept in it."""
    return str(dtype.unit if hasattr(dtype, "unit") else np.datetime_data(dtype)[0])


def _seconds(ticks: npt.NDArray[np.int64], unit: str, positions: Positions) -> FloatArray:
    """Return times as seconds (since the epoch), NaN where there is none."""
    if positions is not None:
        ticks = ticks[..., positions]
    return np.where(ticks == _NOT_A_TIME, np.nan, ticks * _SECONDS[unit])


_READERS: dict[str, Callable[[Any, int, int], Columns | None]] = {
    "frame": _sample_frame,
    "series": _sample_series,
    "index": _sample_series,
    "array": _sample_array,
    "sparse": _sample_sparse,
}
