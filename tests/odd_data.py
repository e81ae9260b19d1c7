"""Frames as people really have them: odd dtypes, odd names, missing and infinite values."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st


class Awkward:
    """A value that fails at whatever is asked of it."""

    __hash__ = None  # type: ignore[assignment]  # that is the point

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("equality")

    def __bool__(self) -> bool:
        raise RuntimeError("truth")

    def __len__(self) -> int:
        raise RuntimeError("length")

    def __str__(self) -> str:
        raise RuntimeError("text")

    __repr__ = __str__


class AwkwardFrame(pd.DataFrame):
    """A subclass that overrides what a careless observer would call."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return AwkwardFrame

    def __len__(self) -> int:
        raise RuntimeError("length")

    def __getitem__(self, key: Any) -> Any:
        raise RuntimeError("item")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("array")

    @property
    def dtypes(self) -> Any:
        raise RuntimeError("dtypes")


_FLOATS = [0.0, -1.5, 1e308, -1e308, 5e-324, np.nan, np.inf, -np.inf, 0.1]
_OBJECTS: list[Any] = [
    None, np.nan, pd.NA, pd.NaT, 1, 2.5, True, "a", "ä\ud800", b"x", (1, 2), [1], {"k": 1},
    decimal.Decimal("NaN"), decimal.Decimal("1.1"), Awkward(), Awkward,
    dt.date(2024, 1, 1), pd.Timestamp("2024-01-01", tz="UTC"), np.arange(2), 10**400,
]  # fmt: skip

_MAKERS: dict[str, Callable[[list[int]], Any]] = {
    "float64": lambda d: np.array([_FLOATS[i % len(_FLOATS)] for i in d], dtype=float),
    "float16": lambda d: np.array(d, dtype="float16"),
    "longdouble": lambda d: np.array(d, dtype=np.longdouble),
    "int8": lambda d: np.array(d, dtype="int8"),
    "int64": lambda d: np.array([i * 2**55 for i in d], dtype="int64"),
    "uint64": lambda d: np.array([i * 2**58 for i in d], dtype="uint64"),
    "complex": lambda d: np.array(d, dtype=complex),
    "bool": lambda d: np.array([i % 2 == 0 for i in d], dtype=bool),
    "datetime": lambda d: pd.to_datetime(
        pd.Series([None if i == 0 else f"20{i + 10}-01-01" for i in d], dtype=object)
    ),
    "zoned": lambda d: pd.date_range("2024", periods=len(d), tz="Europe/Paris"),
    "timedelta": lambda d: pd.to_timedelta(pd.Series(d, dtype="int64"), unit="h"),
    "period": lambda d: pd.period_range("2024", periods=len(d), freq="M"),
    "interval": lambda d: pd.arrays.IntervalArray.from_breaks(range(len(d) + 1)),
    "category": lambda d: pd.Categorical([None if i == 0 else f"c{i}" for i in d]),
    "Int64": lambda d: pd.array([None if i == 0 else i for i in d], dtype="Int64"),
    "boolean": lambda d: pd.array([None if i == 0 else i > 4 for i in d], dtype="boolean"),
    "string": lambda d: pd.array([None if i == 0 else f"s{i}" for i in d], dtype="string"),
    "text": lambda d: pd.Series([f"t{i}" for i in d], dtype="str"),
    "sparse": lambda d: pd.arrays.SparseArray([float(i % 3) for i in d]),
    "object": lambda d: _objects(d),
}

_NAMES = st.sampled_from(
    [
        "a",
        "a",
        "b",
        "",
        "x[y]",
        "price@1",
        "x" * 500,
        0,
        1.5,
        None,
        True,
        ("a", 1),
        np.nan,
        "\ud800",
    ]
)


def _objects(draws: list[int]) -> Any:
    array = np.empty(len(draws), dtype=object)
    array[:] = [_OBJECTS[i % len(_OBJECTS)] for i in draws]
    return pd.Series(array, dtype=object)  # a bare array would be converted


@st.composite
def odd_frames(draw: st.DrawFn, most_rows: int = 12) -> pd.DataFrame:
    """Draw a frame of up to eight columns of any dtype and name."""
    n_rows = draw(st.integers(0, most_rows))
    kinds = draw(st.lists(st.sampled_from(sorted(_MAKERS)), max_size=8))
    columns = [
        _MAKERS[kind](draw(st.lists(st.integers(0, 25), min_size=n_rows, max_size=n_rows)))
        for kind in kinds
    ]
    frame = pd.DataFrame(dict(enumerate(columns)), index=range(n_rows))
    if draw(st.booleans()) and kinds:
        frame.columns = pd.MultiIndex.from_tuples([("top", i % 3) for i in range(len(kinds))])
    else:
        names = np.empty(len(kinds), dtype=object)
        names[:] = draw(st.lists(_NAMES, min_size=len(kinds), max_size=len(kinds)))
        frame.columns = pd.Index(names, dtype=object)
    return frame


def state_of(frame: pd.DataFrame) -> tuple[Any, ...]:
    """Return what tells whether a frame was changed: its parts by identity, and its values."""
    blocks = frame._mgr.blocks
    return (
        frame.shape,
        list(map(id, frame.columns)),
        dict(frame.attrs),
        sorted(vars(frame)),
        [(id(block.values), str(block.dtype), _content(block.values)) for block in blocks],
    )


def _content(values: Any) -> Any:
    if isinstance(values, np.ndarray):
        return list(map(id, values.flat)) if values.dtype == object else values.tobytes()
    return repr(values)
