"""What stands in Parquet files themselves: rows, missing values, ranges."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from lineage_stats.hooks._pyspark import _footers
from lineage_stats.hooks._pyspark._footers import Footers, Values, read_footers


def write(folder: Path, name: str, **columns: list[float | None]) -> str:
    path = folder / f"{name}.parquet"
    pd.DataFrame(columns).to_parquet(path)
    return f"file://{path}"


def test_rows_of_all_files_and_columns_without_gaps(tmp_path: Path) -> None:
    files = [write(tmp_path, "one file", a=[1.0, 2.0], b=[1.0, None]),
             write(tmp_path, "other", a=[3.0], b=[4.0])]  # fmt: skip
    url = [file.replace(" ", "%20") for file in files]
    found = read_footers(url, time.time_ns())
    assert found == Footers(3, {"a": Values(0, 1.0, 3.0), "b": Values(1, 1.0, 4.0)})
    assert found.complete == {"a"}


def test_ranges_are_told_of_finite_numbers_alone(tmp_path: Path) -> None:
    path = tmp_path / "kinds.parquet"
    table = pa.table({
        "whole": pa.array([3, None, -2], pa.int32()), "none": pa.array([None] * 3, pa.float64()),
        "nan": [1.0, math.nan, 2.0], "endless": [1.0, math.inf, 2.0], "text": ["a", "b", None],
        "day": pa.array([1, 2, 3], pa.date32()), "flag": [True, False, True],
        "pair": [{"in": 1}, {"in": 2}, None],
    })  # fmt: skip
    parquet.write_table(table, path, row_group_size=2)
    found = read_footers([path.as_uri()], time.time_ns())
    assert found is not None
    assert found.rows == 3
    assert found.columns == {
        "whole": Values(1, -2.0, 3.0), "none": Values(3, math.inf, -math.inf),
        "nan": found.columns["nan"], "endless": Values(0), "text": Values(1), "day": Values(0),
        "flag": Values(0),
    }  # fmt: skip
    assert found.columns["nan"] in (Values(0), Values(0, 1.0, 2.0))  # writers differ


def test_of_very_wide_files_rows_alone_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_footers, "MOST_CHUNKS", 1)
    file = write(tmp_path, "wide", a=[1.0], b=[2.0])
    assert read_footers([file], time.time_ns()) == Footers(1, {})


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
