"""Shares of missing values from written files, against a count of each frame of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import lineage_stats
from lineage_stats.trace import Trace

pytestmark = pytest.mark.xdist_group("spark")


def shares(trace: Trace, name: str) -> dict[str, float]:
    """Return the shares of missing values of the first operation of a name."""
    operation = next(operation for operation in trace if operation.name == name)
    return {k: v for k, v in operation.features.items() if k.startswith("nulls[")}


def recounted(frame: Any, *columns: str) -> dict[str, float]:
    """Return the shares of missing values in a frame by looking at all of its rows."""
    rows = frame.select(*columns).collect()
    return {f"nulls[{c}]": sum(row[c] is None for row in rows) / len(rows) for c in columns}


def test_the_frame_that_was_written_has_them_and_they_are_right(
    spark: Any, tables: Path, tmp_path: Path
) -> None:
    with lineage_stats.record("written", directory=tmp_path) as run:
        sales = spark.read.parquet(str(tables / "sales"))
        some = sales.filter("amount > 20")
        wide = some.selectExpr("customer", "day", "array(day) as list",
                               "named_struct('in', day) as pair",
                               "if(day = 3, null, amount) as amount")  # fmt: skip
        wide.write.partitionBy("day").mode("append").parquet(str(tmp_path / "a b%20c"))
        more = some.withColumn("x", sales.customer)
        more.write.mode("append").parquet(str(tmp_path / "out"))
        more.limit(10).alias("few").write.mode("append").parquet(str(tmp_path / "out"))
    told = shares(run.trace(), "DataFrame.selectExpr")
    assert told == recounted(wide, "customer", "amount")
    assert 0 < told["nulls[customer]"] < told["nulls[amount]"]
    assert shares(run.trace(), "DataFrame.withColumn") == recounted(more, *more.columns)
    assert shares(run.trace(), "DataFrame.alias")["nulls[id]"] == 0.0
    assert shares(run.trace(), "DataFrame.filter") == {}  # it had other columns
    assert run.trace().complete


def test_writes_that_cannot_be_told_apart_or_are_of_another_sort_say_nothing(
    spark: Any, tmp_path: Path
) -> None:
    with lineage_stats.record("written", directory=tmp_path) as run:
        twice = spark.range(8).coalesce(1)
        twice.write.parquet(str(tmp_path / "out"))
        other = spark.range(8).coalesce(1).selectExpr("if(id > 3, id, null) as id")
        other.write.mode("append").parquet(str(tmp_path / "out"))
        other.repartition(1).write.csv(str(tmp_path / "text"))
    assert shares(run.trace(), "DataFrame.coalesce") == {"nulls[id]": 0.0}
    assert shares(run.trace(), "DataFrame.selectExpr") == {}
    assert shares(run.trace(), "DataFrame.repartition") == {}
