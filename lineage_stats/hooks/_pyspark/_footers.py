"""What stands in Parquet files themselves: rows, missing values, and the range of numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache, reduce
from math import inf, isfinite
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

MOST_FILES = 64
MOST_CHUNKS = 4000  # parts of columns in a file that are looked at

_NUMBERS = frozenset({"INT32", "INT64", "FLOAT", "DOUBLE"})
_PLAIN = frozenset({"NONE", "INT"})

# Where Spark writes what it calls the columns' types: of an interval Parquet knows but a number.
_TYPES = b"org.apache.spark.sql.parquet.row.metadata"
_NUMBERS_OF_SPARK = frozenset({"byte", "short", "integer", "long", "float", "double"})


class Values(NamedTuple):
    """What is said of the values of a column.

    Attributes
    ----------
    nulls : int or None
        Missing ones; None where that is not told.
    low, high : float or None
        The smallest and the largest one; None where that is not told, or where they are no finite
        numbers. Of no values they are infinite.
    """

    nulls: int | None
    low: float | None = None
    high: float | None = None

    def and_of(self, other: Values) -> Values:
        """Return what is said of the values of two parts together."""
        nulls = None
        if self.nulls is not None and other.nulls is not None:
            nulls = self.nulls + other.nulls
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return Values(nulls)
        return Values(nulls, min(self.low, other.low), max(self.high, other.high))


class Footers(NamedTuple):
    """What the footers of a table's files say.

    Attributes
    ----------
    rows : int
        Rows of all files together.
    columns : dict of str to Values
        Columns that stand in all files. Parts of a structure or a list are none, and neither are
        those of tables that are too wide to look at each.
    """

    rows: int
    columns: dict[str, Values]

    @property
    def complete(self) -> frozenset[str]:
        """Columns of which no value is missing."""
        return frozenset(name for name, values in self.columns.items() if values.nulls == 0)


def read_footers(files: Iterable[str], before_ns: int) -> Footers | None:
    """Return what footers of local files say; None if a file is elsewhere, or has changed since."""
    found = []
    for file in files:
        path = _local(file)
        if path is None:
            return None
        state = path.stat()
        if state.st_mtime_ns >= before_ns:
            return None
        found.append(_read_footer(path, state.st_mtime_ns, state.st_size))
    return reduce(_together, found) if found else Footers(0, {})


def _together(one: Footers, other: Footers) -> Footers:
    both = one.columns.keys() & other.columns.keys()
    columns = {name: one.columns[name].and_of(other.columns[name]) for name in both}
    return Footers(one.rows + other.rows, columns)


@lru_cache(maxsize=4 * MOST_FILES)
def _read_footer(path: Path, modified_ns: int, size: int) -> Footers:
    """Return what a footer says; read once for each state of a file."""
    from pyarrow import parquet  # not needed to record anything but Spark

    metadata = parquet.read_metadata(path)
    if metadata.num_columns * metadata.num_row_groups > MOST_CHUNKS:
        return Footers(metadata.num_rows, {})
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    columns, numbers = {}, _numbers_of_spark(metadata)
    for j in range(metadata.num_columns):
        column = metadata.schema.column(j)
        if column.path == column.name:
            is_number = column.physical_type in _NUMBERS and column.logical_type.type in _PLAIN
            is_number &= numbers is None or column.name in numbers
            said = [_values(group.column(j), is_number) for group in groups]
            columns[column.name] = reduce(Values.and_of, said, Values(0, inf, -inf))
    return Footers(metadata.num_rows, columns)


def _numbers_of_spark(metadata: Any) -> frozenset[str] | None:
    """Return the columns that Spark has as numbers; None where it has not written the file."""
    told = (metadata.metadata or {}).get(_TYPES)
    if told is None:
        return None
    fields = json.loads(told)["fields"]
    return frozenset(f["name"] for f in fields if str(f["type"]) in _NUMBERS_OF_SPARK)


def _values(chunk: Any, is_number: bool) -> Values:
    """Return what is said of a column in one group of rows."""
    said = chunk.statistics
    if said is None:
        return Values(None)
    nulls = said.null_count if said.has_null_count else None
    if nulls == chunk.num_values:
        return Values(nulls, inf, -inf)
    if not is_number or not said.has_min_max or not isfinite(said.min + said.max):
        return Values(nulls)
    return Values(nulls, float(said.min), float(said.max))


def _local(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme in ("", "file") else None
