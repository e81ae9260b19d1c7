"""Ways to write things in pandas, and tables to run them on.

Every line of a file in `STATEMENTS` is a statement, or a key of rows or columns.

A statement may raise on some of the tables, or in some versions: it is to raise the same with
recording on. ``t`` is one of `TABLES`; ``l`` and ``r`` are two tables that can be joined.
"""

from __future__ import annotations

import collections
import copy
import decimal
import functools
import io
import pickle
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

N_ROWS = 6
STATEMENTS = Path(__file__).with_name("statements")


def _plain() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "a": [3.0, 1.0, np.nan, 2.0, 5.0, 1.0],
            "b": [1, 2, 3, 4, 5, 6],
            "s": ["x", "y", "x", None, "z", "y"],
            "d": pd.date_range("2024-01-01", periods=N_ROWS, freq="D"),
        }
    )


def _labelled(columns: Any) -> Callable[[], pd.DataFrame]:
    def make() -> pd.DataFrame:
        return _plain().set_axis(columns, axis=1)

    return make


def _index_of_two_levels() -> pd.DataFrame:
    index = pd.MultiIndex.from_product([["p", "q"], [1, 2, 3]], names=["one", "two"])
    return _plain().set_index(index)


def _nullable() -> pd.DataFrame:
    return _plain().convert_dtypes()


def _arrow() -> pd.DataFrame:
    return _plain().convert_dtypes(dtype_backend="pyarrow")


def _categories() -> pd.DataFrame:
    return _plain().astype({"a": "category", "b": "category", "s": "category"})


def _sparse() -> pd.DataFrame:
    frame = _plain()[["a", "b"]].fillna(0.0).astype(pd.SparseDtype("float64", 0.0))
    return frame.assign(s=1, d=2)


def _zoned() -> pd.DataFrame:
    frame = _plain()
    frame["d"] = frame["d"].dt.tz_localize("Europe/Paris")
    return frame.set_index(frame["d"].rename("when"))


def _objects() -> pd.DataFrame:
    return _plain().assign(
        a=[None, 1, "x", 2.5, (1, 2), [1]], s=[b"x", {"k": 1}, {1}, 10**400, pd.NA, pd.NaT]
    )


def _other_times() -> pd.DataFrame:
    frame = _plain()
    frame["a"] = frame["b"].map(lambda n: pd.Timedelta(n, "h"))
    frame["s"] = pd.period_range("2024", periods=N_ROWS, freq="M")
    frame["b"] = pd.arrays.IntervalArray.from_breaks(range(N_ROWS + 1))
    return frame


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "plain": _plain,
    "one label twice": _labelled(["a", "b", "a", "d"]),
    "one label everywhere": _labelled(["a", "a", "a", "a"]),
    "numbers as labels": _labelled([0, 1, 2, 3]),
    "odd labels": _labelled([None, ("x", 1), np.nan, 1.5]),
    "dates as labels": _labelled(pd.date_range("2024", periods=4)),
    "labels of two levels": _labelled(
        pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("s", 1), ("d", 1)], names=["top", None])
    ),
    "labels of categories": _labelled(pd.CategoricalIndex(["a", "b", "s", "d"])),
    "index of two levels": _index_of_two_levels,
    "index with repeats": lambda: _plain().set_axis([0, 0, 1, 1, 2, 2]),
    "index of text": lambda: _plain().set_axis([*"uvwxyz"]).rename_axis("a"),
    "index of intervals": lambda: _plain().set_axis(pd.interval_range(0, N_ROWS)),
    "no rows": lambda: _plain().iloc[:0],
    "no columns": lambda: _plain()[[]],
    "nothing": pd.DataFrame,
    "one cell": lambda: _plain().iloc[:1, :1],
    "nullable": _nullable,
    "arrow": _arrow,
    "categories": _categories,
    "sparse": _sparse,
    "zoned": _zoned,
    "objects": _objects,
    "other times": _other_times,
    "booleans": lambda: _plain().isna(),
}


def _lines(name: str) -> list[str]:
    return STATEMENTS.joinpath(f"{name}.txt").read_text().splitlines()


def _two(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.MultiIndex.from_product([list(frame.columns), [1]]), axis=1)


def _left() -> pd.DataFrame:
    return pd.DataFrame({"k": [1, 2, 2, 4], "g": [*"uvuv"], "v": [1.0, 2.0, 3.0, 4.0]})


def _right() -> pd.DataFrame:
    return pd.DataFrame({"k": [1, 2, 3], "g": [*"uvw"], "n": [3, 1, 2]})


def _located() -> Iterable[str]:
    """Yield what is read and set by ``loc`` and ``iloc``."""
    rows, columns = _lines("row_keys"), _lines("column_keys")
    pairs = [
        *(f"t.{place}[{row}]" for place in ("loc", "iloc") for row in rows),
        *(f"t[c].{place}[{row}]" for place in ("loc", "iloc") for row in rows),
        *(f"t.{place}[{row}, {column}]" for place in ("loc", "iloc")
          for row in (rows[3], rows[4], rows[10], rows[17], rows[0]) for column in columns),
        *(f"t.{place}[{row}, {column}]" for place in ("loc", "iloc")
          for row in rows for column in (columns[0], columns[3], columns[13])),
    ]  # fmt: skip
    for pair in pairs:
        yield pair
        yield f"{pair} = 1"
    for pair in pairs[:: len(rows)]:
        yield f"{pair} = t"
        yield f"{pair} = t[k]"
        yield f"{pair} = [1, 2]"
        yield f"{pair} = {{c: 1}}"
        yield f"{pair} = t.to_numpy()"
        yield f"{pair} = t.iloc[::-1]"
        yield f"{pair} += 1"


FORMS: dict[str, list[str]] = {
    "locations": [*_located()],
    **{
        group: _lines(group)
        for group in """setting cells getting cleaning maths grouping shaping accessors windows
        writing""".split()
    },
}
JOINS: list[str] = _lines("joins")


def run(statement: str, table: str | None = None) -> Exception | None:
    """Run a statement on a new table, or on the two that are joined; return what it raised."""
    names: dict[str, Any] = {
        "__name__": __name__, "pd": pd, "np": np, "pa": pa, "io": io, "copy": copy,
        "pickle": pickle, "functools": functools, "collections": collections, "types": types,
        "decimal": decimal, "two": _two,
    }  # fmt: skip
    if table is None:
        names.update(l=_left(), r=_right())
    else:
        names["t"] = frame = made(table).copy()
        columns = [*frame.columns, "absent", "absent"]
        names.update(c=columns[0], k=columns[1])
    try:
        exec(compiled(statement), names)
    except Exception as error:  # noqa: BLE001  # any that pandas has
        return error
    return None


@functools.cache
def made(table: str) -> pd.DataFrame:
    """Return one of `TABLES`; making it takes longer than copying it."""
    return TABLES[table]()


@functools.cache
def compiled(statement: str) -> types.CodeType:
    """Return the code of a statement."""
    return compile(statement, "forms", "exec")
