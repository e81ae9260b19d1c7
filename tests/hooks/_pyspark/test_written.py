"""What written files tell of columns, against a look of its own at each frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import lineage_stats
from lineage_stats.trace import Trace

pytestmark = pytest.mark.xdist_group("spark")


def shares(trace: Trace, name: str, *statistics: str) -> dict[str, float]:
    """Return the shares of missing values of the first operation of a name, or other statistics."""
    operation = next(operation for operation in trace if operation.name == name)
    wanted = tuple(f"{statistic}[" for statistic in statistics or ("nulls",))
    return {k: v for k, v in operation.features.items() if k.startswith(wanted)}


def recounted(frame: Any, *columns: str) -> dict[str, float]:
    """Return the shares of missing values in a frame by looking at all of its rows."""
    rows = frame.select(*columns).collect()
    return {f"nulls[{c}]": sum(row[c] is None for row in rows) / len(rows) for c in columns}


def looked_up(frame: Any, *columns: str) -> dict[str, float]:
    """Return the ranges of columns of a frame by looking at all of its rows."""
    found = {}
    for column in columns:
        values = [row[0] for row in frame.select(column).collect() if row[0] is not None]
        found |= {f"min[{column}]": min(values), f"max[{column}]": max(values)}
    return found


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
    ranges = shares(run.trace(), "DataFrame.selectExpr", "min", "max")
    assert ranges == looked_up(wide, "amount")
    assert shares(run.trace(), "DataFrame.withColumn", "min", "max") == looked_up(
        more, "id", "shop", "amount", "day"
    )
    assert 0 < told["nulls[customer]"] < told["nulls[amount]"]
    assert shares(run.trace(), "DataFrame.withColumn") == recounted(more, *more.columns)
    assert shares(run.trace(), "DataFrame.alias")["nulls[id]"] == 0.0
    assert shares(run.trace(), "DataFrame.filter") == {}  # it had other columns
    assert run.trace().complete


def test_intervals_have_no_range_and_hidden_partitions_are_read(spark: Any, tmp_path: Path) -> None:
    with lineage_stats.record("written", directory=tmp_path) as run:
        frame = spark.range(4).selectExpr(
            "id", "interval '1' day * id as time", "interval '1' year * id as age", "id % 2 as _p"
        )
        frame.write.partitionBy("_p").parquet(str(tmp_path / "out"))
    assert shares(run.trace(), "DataFrame.selectExpr", "min", "max") == {
        "min[id]": 0.0,
        "max[id]": 3.0,
    }


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
