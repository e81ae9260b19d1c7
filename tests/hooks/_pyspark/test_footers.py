"""Rows that stand in Parquet files themselves."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd

from lineage_stats.hooks._pyspark._footers import Footers, read_footers


def write(folder: Path, name: str, **columns: list[float | None]) -> str:
    path = folder / f"{name}.parquet"
    pd.DataFrame(columns).to_parquet(path)
    return f"file://{path}"


def test_rows_of_all_files_and_columns_without_gaps(tmp_path: Path) -> None:
    files = [write(tmp_path, "one file", a=[1.0, 2.0], b=[1.0, None]),
             write(tmp_path, "other", a=[3.0], b=[4.0])]  # fmt: skip
    url = [file.replace(" ", "%20") for file in files]
    assert read_footers(url, time.time_ns()) == Footers(3, frozenset({"a"}), {"a": 0, "b": 1})


def test_files_that_changed_or_are_elsewhere_say_nothing(tmp_path: Path) -> None:
    file = write(tmp_path, "one", a=[1.0])
    assert read_footers([file], before_ns=1) is None
    assert read_footers([file, "s3a://bucket/other.parquet"], time.time_ns()) is None


def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    file = write(tmp_path, "one", a=[1.0])
    before = read_footers([file], time.time_ns())
    file = write(tmp_path, "one", a=[1.0, 2.0, 3.0])
    after = read_footers([file], time.time_ns())
    assert before is not None
    assert after is not None
    assert (before.rows, after.rows) == (1, 3)
