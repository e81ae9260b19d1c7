"""How big a piece of data is and what its columns are, in a few microseconds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from lineage_stats.features._cache import BoundedCache
from lineage_stats.features._families import family_of
from lineage_stats.features._pandas_access import (
    column_labels,
    dtype_name,
    frame_axes,
    frame_dtypes,
    label,
)

Columns = tuple[tuple[str, str], ...]

MOST_ARRAY_COLUMNS = 10_000

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
    try:
        family = family_of(type(obj))
        return _DESCRIBERS[family](obj) if family else None
    except Exception:  # noqa: BLE001  a subclass of the user's may fail at anything
        return DataShape("opaque")


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
    text = json.dumps(columns)
    digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    # The reference to the columns keeps their id from being used again.
    return _digests.keep(id(columns), (columns, digest), 1 + len(columns))[1]


def _describe_frame(frame: Any) -> DataShape:
    index, n_rows = frame_axes(frame)
    columns = _pair(column_labels(index), tuple(frame_dtypes(frame)))
    return DataShape("table", n_rows, len(columns), columns)


def _describe_series(series: Any) -> DataShape:
    name = series.name
    columns = _one_column("0" if name is None else label(name), dtype_name(series.dtype))
    return DataShape("column", len(series), 1, columns)


def _describe_grouping(grouping: Any) -> DataShape:
    shape = describe_data(grouping.obj)
    return DataShape("opaque") if shape is None else shape._replace(kind="grouping")


def _describe_array(array: Any) -> DataShape | None:
    shape, dtype = array.shape, array.dtype
    if not shape:
        return None
    if dtype.names:
        columns = tuple((name, dtype_name(dtype[name])) for name in dtype.names)
        return DataShape("array", shape[0], len(columns), columns)
    if len(shape) > 2:
        return DataShape("array", shape[0])
    n_columns = shape[1] if len(shape) == 2 else 1
    return DataShape("array", shape[0], n_columns, _numbered(n_columns, dtype_name(dtype)))


def _describe_sparse(matrix: Any) -> DataShape:
    n_rows, n_columns = matrix.shape if len(matrix.shape) == 2 else (matrix.shape[0], 1)
    columns = _numbered(n_columns, f"Sparse[{dtype_name(matrix.dtype)}]")
    return DataShape("array", n_rows, n_columns, columns)


def _describe_estimator(estimator: Any) -> DataShape:
    return DataShape("model")


def _describe_accessor(accessor: Any) -> DataShape:
    return DataShape("opaque")


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


_DESCRIBERS: dict[str, Callable[[Any], DataShape | None]] = {
    "frame": _describe_frame,
    "series": _describe_series,
    "index": _describe_series,
    "grouping": _describe_grouping,
    "array": _describe_array,
    "sparse": _describe_sparse,
    "estimator": _describe_estimator,
    "accessor": _describe_accessor,
}
