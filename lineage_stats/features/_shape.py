"""How big a piece of data is and what its columns are, in a few microseconds."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from json import dumps
from typing import Any, NamedTuple

from lineage_stats._digest import text_digest
from lineage_stats._interrupts import pass_on
from lineage_stats.features._cache import BoundedCache
from lineage_stats.features._families import add_family, family_of
from lineage_stats.features._pandas_access import (
    FrameLayout,
    dtype_name,
    label,
    series_dtype,
)

Columns = tuple[tuple[str, str], ...]

# Kind, rows, number of columns, and the columns: what `take_outline` finds in a microsecond. The
# columns of a frame are counted (None till then) and named later. A plain tuple, as one is made
# for every piece of data.
Outline = tuple[str, int | None, int | None, Columns | FrameLayout | None]

MOST_ARRAY_COLUMNS = 10_000

_by_type: BoundedCache[type, Callable[[Any], Outline | None] | None] = BoundedCache(2048)
_digests: BoundedCache[int, tuple[Columns, str]] = BoundedCache(50_000)
_columns: BoundedCache[tuple[int, tuple[str, ...]], tuple[tuple[str, ...], Columns]]
_columns = BoundedCache(50_000)


class DataShape(NamedTuple):
    """What kind of data an object is, and how big.

    Attributes
    ----------
    kind : {"table", "column", "array", "grouping", "model", "value", "opaque"}
        Sort of object; ``"opaque"`` for data that could not be read, and for the accessors of
        a column (``.str``, ``.dt``, ``.cat``).
    rows : int or None
        Number of rows; for a grouping, of the data that was grouped.
    n_columns : int or None
        Number of columns; None where there are none.
    columns : tuple of (str, str) or None
        Name and dtype of each column, in order; None where there are none, or too many.
    """

    kind: str
    rows: int | None = None
    n_columns: int | None = None
    columns: Columns | None = None


def describe_data(obj: object) -> DataShape | None:
    """Return kind and size of a table, column, array, grouping or estimator.

    Parameters
    ----------
    obj : object
        Any object. Nothing is computed from its values, and nothing is imported.

    Returns
    -------
    DataShape or None
        None for an object that is none of these, as a number, a list or a lazy table.

    Notes
    -----
    Column names become text: the levels of a tuple are joined by dots, a repeated name gets
    ``#2``, ``#3`` and so on, and a very long one is cut and ends in a digest. Columns of arrays
    are called ``"0"``, ``"1"`` and so on.

    Examples
    --------
    >>> import pandas as pd
    >>> describe_data(pd.DataFrame({"age": [31, 44]}))
    DataShape(kind='table', rows=2, n_columns=1, columns=(('age', 'int64'),))
    >>> describe_data(3.5) is None
    True
    """
    outline = take_outline(obj)
    if outline is None:
        return None
    kind, rows, n_columns, layout = outline
    try:
        columns = named_columns(layout)
        return DataShape(kind, rows, n_columns if columns is None else len(columns), columns)
    except Exception as error:  # noqa: BLE001  names of columns may be any objects of the user's
        pass_on(error)
        return _OPAQUE_SHAPE


def take_outline(obj: object) -> Outline | None:
    """Return what `describe_data` does, but for what can wait: the columns of a frame.

    What waits does not change.
    """
    try:
        outliner = _by_type.get(type(obj), _find_outliner)
        return outliner(obj) if outliner is not None else None
    except Exception as error:  # noqa: BLE001  a subclass of the user's may fail at anything
        pass_on(error)
        return _OPAQUE


def named_columns(columns: Columns | FrameLayout | None) -> Columns | None:
    """Return the columns of an outline with their names."""
    if isinstance(columns, FrameLayout):
        return _pair(columns.labels(), columns.dtypes())
    return columns


def is_data(obj: object) -> bool:
    """Return whether `describe_data` knows the type of an object; much faster than asking it.

    Parameters
    ----------
    obj : object
        Any object; only its type is looked at.

    Returns
    -------
    bool
        True for tables, columns, arrays, groupings, estimators and accessors.

    Examples
    --------
    >>> import numpy as np
    >>> is_data(np.zeros(3)), is_data([0.0, 0.0])
    (True, False)
    """
    return family_of(type(obj)) is not None


def register_data_type(library: str, name: str, describe: Callable[[Any], DataShape]) -> None:
    """Let objects of another library be data that is followed.

    Parameters
    ----------
    library : str
        Name of its top-level package.
    name : str
        Name of the class; those that inherit from it count as well.
    describe : callable
        Takes such an object and returns its `DataShape`, in microseconds: it is asked whenever
        one is read or made. It must not compute anything from the values, nor start lazy work.

    Examples
    --------
    >>> class Ledger(list):
    ...     pass
    >>> Ledger.__module__ = "toy_ledger"
    >>> register_data_type("toy_ledger", "Ledger", lambda x: DataShape("table", len(x)))
    >>> describe_data(Ledger([1, 2]))
    DataShape(kind='table', rows=2, n_columns=None, columns=None)
    """
    _OUTLINERS[add_family(library, name)] = describe
    _by_type.clear()


def schema_digest(columns: Columns) -> str:
    """Return a digest of column names, dtypes and order.

    Parameters
    ----------
    columns : tuple of (str, str)
        Name and dtype of each column.

    Returns
    -------
    str
        16 hexadecimal digits: the 64-bit BLAKE2b of the columns as JSON.

    Examples
    --------
    >>> schema_digest((("age", "int64"),)) == schema_digest((("age", "float64"),))
    False
    """
    known = _digests.get(id(columns))
    if known is not None and known[0] is columns:
        return known[1]
    text = dumps(columns)
    digest = text_digest(text)
    # The reference to the columns keeps their id from being used again.
    return _digests.keep(id(columns), (columns, digest), 1 + len(columns))[1]


def _find_outliner(obj: Any) -> Outline | None:
    """Find out how to look at objects of a type, and look."""
    cls = type(obj)
    outliner = _by_type.keep(cls, _OUTLINERS.get(family_of(cls) or ""))
    return outliner(obj) if outliner is not None else None


def _outline_frame(frame: Any) -> Outline:
    layout = FrameLayout(frame)
    return "table", layout.n_rows, None, layout


def _outline_series(series: Any) -> Outline:
    name = series.name
    columns = _one_column("0" if name is None else label(name), dtype_name(series_dtype(series)))
    return "column", len(series), 1, columns


def _outline_grouping(grouping: Any) -> Outline:
    outline = take_outline(grouping.obj)
    return _OPAQUE if outline is None else ("grouping", *outline[1:])


def _outline_array(array: Any) -> Outline | None:
    shape, dtype = array.shape, array.dtype
    if not shape:
        return None
    if dtype.names:
        columns = tuple((name, dtype_name(dtype[name])) for name in dtype.names)
        return "array", shape[0], len(columns), columns
    if len(shape) > 2:
        return "array", shape[0], None, None
    n_columns = shape[1] if len(shape) == 2 else 1
    return "array", shape[0], n_columns, _numbered(n_columns, dtype_name(dtype))


def _outline_sparse(matrix: Any) -> Outline:
    n_rows, n_columns = matrix.shape if len(matrix.shape) == 2 else (matrix.shape[0], 1)
    columns = _numbered(n_columns, f"Sparse[{dtype_name(matrix.dtype)}]")
    return "array", n_rows, n_columns, columns


def _outline_estimator(estimator: Any) -> Outline:
    return _MODEL


def _outline_accessor(accessor: Any) -> Outline:
    return _OPAQUE


def _pair(labels: tuple[str, ...], dtypes: tuple[str, ...]) -> Columns:
    """Zip names and dtypes, remembered by identity of the names."""
    key = id(labels), dtypes
    known = _columns.get(key)
    if known is not None and known[0] is labels:
        return known[1]
    columns = tuple(zip(labels, dtypes, strict=True))
    return _columns.keep(key, (labels, columns), 1 + len(columns))[1]


@lru_cache(maxsize=512)
def _one_column(name: str, dtype: str) -> Columns:
    return ((name, dtype),)


@lru_cache(maxsize=64)
def _numbered(n_columns: int, dtype: str) -> Columns | None:
    if n_columns > MOST_ARRAY_COLUMNS:
        return None
    return tuple((str(position), dtype) for position in range(n_columns))


_OPAQUE: Outline = ("opaque", None, None, None)
_MODEL: Outline = ("model", None, None, None)
_OPAQUE_SHAPE = DataShape(*_OPAQUE[:3])

_OUTLINERS: dict[str, Callable[[Any], Outline | None]] = {
    "frame": _outline_frame,
    "series": _outline_series,
    "index": _outline_series,
    "grouping": _outline_grouping,
    "array": _outline_array,
    "sparse": _outline_sparse,
    "estimator": _outline_estimator,
    "accessor": _outline_accessor,
}
