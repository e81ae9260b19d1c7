"""Numbers of rows that stand in Parquet files themselves."""

from __future__ import annotations

from collections.abc import Iterable
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


def read_footers(files: Iterable[str], before_ns: int) -> Footers | None:
    """Return what footers of local files say; None if a file is elsewhere, or has changed since."""
    from pyarrow import parquet  # Spark's own users of Arrow have it loaded

    rows = 0
    missing: set[str] = set()
    named: set[str] | None = None
    for file in files:
        path = _local(file)
        if path is None or path.stat().st_mtime_ns >= before_ns:
            return None
        metadata = parquet.read_metadata(path)
        rows += metadata.num_rows
        names = set(metadata.schema.names)
        named = names if named is None else named & names
        missing |= _with_missing(metadata)
    return Footers(rows, frozenset((named or set()) - missing))


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
