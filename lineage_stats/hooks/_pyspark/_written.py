"""What the files that an action has written tell of the rows in them."""

from __future__ import annotations

import os
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any

from lineage_stats.features import FeatureName
from lineage_stats.hooks._pyspark import _bridge as bridge
from lineage_stats.hooks._pyspark._footers import MOST_FILES, Footers, read_footers

_WRITE = "InsertIntoHadoopFsRelationCommand"
_MOST_LISTED = 8 * MOST_FILES

# The name that Spark gives to a file: its part, and the number of the write.
_PART = re.compile(r"part-\d+-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b.*\.parquet$")


def written_features(command: Any, rows: int | None, n_files: int | None) -> dict[str, float]:
    """Return what the files of a write to Parquet tell of the columns that were written.

    Parameters
    ----------
    command : JavaObject
        The root of the plan that the user wrote.
    rows, n_files : int or None
        Rows and files that were written, as Spark counted.

    Returns
    -------
    dict of str to float
        By name of feature: the share of missing values, and the range of numbers. Empty where the
        files of this very write cannot be told from others, or do not tell it. A value that is
        not a number (NaN) counts as a value, and its column has no range.
    """
    if not rows or not n_files or n_files > MOST_FILES or str(command.nodeName()).strip() != _WRITE:
        return {}
    if bridge.class_name(command.fileFormat()) != "ParquetFileFormat":
        return {}
    where = command.outputPath().toUri()
    if where.getScheme() != "file":
        return {}
    footers = _footers_of_write(Path(str(where.getPath())), rows, n_files)
    columns = {} if footers is None else footers.columns
    found = {}
    for name, values in columns.items():
        told = {"nulls": None if values.nulls is None else values.nulls / rows,
                "min": values.low, "max": values.high}  # fmt: skip
        for statistic, value in told.items():
            if value is not None and isfinite(value):
                found[str(FeatureName(statistic, name))] = value
    return found


def _footers_of_write(folder: Path, rows: int, n_files: int) -> Footers | None:
    """Return the footers of the only write to a folder that has so many files and rows."""
    listed = list(islice(_visible(folder), _MOST_LISTED + 1))
    if len(listed) > _MOST_LISTED:
        return None
    writes = defaultdict(list)
    for path in listed:
        found = _PART.match(path.name)
        if found is not None:
            writes[found[1]].append(path.as_uri())
    read = [_readable(files) for files in writes.values() if len(files) == n_files]
    own = [footers for footers in read if footers is not None and footers.rows == rows]
    return own[0] if len(own) == 1 else None


def _visible(folder: Path) -> Iterator[Path]:
    """Yield what is in a folder, and in the folders in it, but for what Spark would not read."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or (entry.name[0] == "_" and "=" not in entry.name):
                continue
            path = Path(entry.path)
            yield path
            if entry.is_dir(follow_symlinks=False):
                yield from _visible(path)


def _readable(files: list[str]) -> Footers | None:
    """Return the footers of files; None where one is broken, as a job that was killed leaves it."""
    from pyarrow import ArrowException  # as for the footers

    try:
        return read_footers(files, time.time_ns())
    except (OSError, ValueError, ArrowException):
        return None
