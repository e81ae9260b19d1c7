"""Numbers of rows that stand in Parquet files themselves."""

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
    """

    rows: int
    complete: frozenset[str]


class _Footer(NamedTuple):
    """What the footer of one file says."""

    rows: int
    names: frozenset[str]
    missing: frozenset[str]


def read_footers(files: Iterable[str], before_ns: int) -> Footers | None:
    """Return what footers of local files say; None if a file is elsewhere, or has changed since."""
    rows = 0
    missing: set[str] = set()
    named: frozenset[str] | None = None
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
    return Footers(rows, (named or frozenset()) - missing)


@lru_cache(maxsize=4 * MOST_FILES)
def _read_footer(path: Path, modified_ns: int, size: int) -> _Footer:
    """Return what a footer says; read once for each state of a file."""
    from pyarrow import parquet  # not needed to record anything but Spark

    metadata = parquet.read_metadata(path)
    names = frozenset(metadata.schema.names)
    return _Footer(metadata.num_rows, names, frozenset(_with_missing(metadata)))


def _local(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme in ("", "file") else None


def _with_missing(metadata: Any) -> set[str]:
    """Return the columns of which values are missing, or may be."""
    found = set()
    for i in range(metadata.num_row_groups):
        group = metadata.row_group(i)
        for j in range(group.num_columns):
            column = group.column(j)
            known = column.statistics
            nulls = known.null_count if known is not None and known.has_null_count else None
            if nulls != 0:
                found.add(column.path_in_schema)
    return found
