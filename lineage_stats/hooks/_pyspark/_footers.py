"""Numbers of rows and of missing values that stand in Parquet files themselves."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

MOST_FILES = 64


class Footers(NamedTuple):
    """What the footers of a table's files say.

    Attributes
    ----------
    rows : int
        Rows of all files together.
    complete : frozenset of str
        Columns of which no value is missing.
    nulls : dict of str to int
        Missing values of each column of which all files tell it; parts of a structure or a list
        are no columns.
    """

    rows: int
    complete: frozenset[str]
    nulls: dict[str, int]


class _Footer(NamedTuple):
    """What the footer of one file says."""

    rows: int
    names: frozenset[str]
    missing: frozenset[str]
    nulls: dict[str, int]


def read_footers(files: Iterable[str], before_ns: int) -> Footers | None:
    """Return what footers of local files say; None if a file is elsewhere, or has changed since."""
    rows = 0
    missing: set[str] = set()
    named: frozenset[str] | None = None
    nulls: dict[str, int] | None = None
    for file in files:
        path = _local(file)
        if path is None:
            return None
        state = path.stat()
        if state.st_mtime_ns >= before_ns:
            return None
        footer = _read_footer(path, state.st_mtime_ns, state.st_size)
        rows += footer.rows
        named = footer.names if named is None else named & footer.names
        missing |= footer.missing
        nulls = footer.nulls if nulls is None else _added(nulls, footer.nulls)
    return Footers(rows, (named or frozenset()) - missing, nulls or {})


def _added(nulls: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    return {name: n + more[name] for name, n in nulls.items() if name in more}


@lru_cache(maxsize=4 * MOST_FILES)
def _read_footer(path: Path, modified_ns: int, size: int) -> _Footer:
    """Return what a footer says; read once for each state of a file."""
    from pyarrow import parquet  # not needed to record anything but Spark

    metadata = parquet.read_metadata(path)
    names = frozenset(metadata.schema.names)
    return _Footer(metadata.num_rows, names, frozenset(_with_missing(metadata)), _nulls(metadata))


def _local(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme in ("", "file") else None


def _nulls(metadata: Any) -> dict[str, int]:
    """Return the missing values of columns of which all parts of a file tell it."""
    found: dict[str, int] = {}
    for j in range(metadata.num_columns):
        column = metadata.schema.column(j)
        counts = [_null_count(metadata.row_group(i).column(j))
                  for i in range(metadata.num_row_groups)]  # fmt: skip
        known = [n for n in counts if n is not None]
        if column.path == column.name and len(known) == len(counts):
            found[column.name] = sum(known)
    return found


def _null_count(column: Any) -> int | None:
    known = column.statistics
    return known.null_count if known is not None and known.has_null_count else None


def _with_missing(metadata: Any) -> set[str]:
    """Return the columns of which values are missing, or may be."""
    found = set()
    for i in range(metadata.num_row_groups):
        group = metadata.row_group(i)
        for j in range(group.num_columns):
            column = group.column(j)
            if _null_count(column) != 0:
                found.add(column.path_in_schema)
    return found
