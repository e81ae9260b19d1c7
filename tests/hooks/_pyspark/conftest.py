"""A few small tables for tests that need Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def tables(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the tables that tests read: sales of a few shops, and what belongs to them."""
    folder: Path = tmp_path_factory.mktemp("tables")
    sales = spark.range(2000).selectExpr(
        "id", "id % 40 as shop", "cast(id % 97 as double) * 1.5 as amount",
        "case when id % 11 = 0 then null else concat('c', id % 120) end as customer",
        "cast(id % 7 as int) as day",
    )  # fmt: skip
    sales.repartition(3).write.parquet(str(folder / "sales"))
    sales.where("id < 300").coalesce(1).write.csv(str(folder / "sales_csv"), header=True)
    sales.write.partitionBy("day").parquet(str(folder / "sales_by_day"))
    shops = spark.range(36).selectExpr(
        "id as shop", "concat('city', id % 6) as city", "id % 3 = 0 as big",
        "sequence(0, id % 3) as visits",
    )  # fmt: skip
    shops.coalesce(1).write.parquet(str(folder / "shops"))
    customers = spark.range(100).selectExpr("concat('c', id) as customer", "id % 5 as segment")
    customers.coalesce(1).write.parquet(str(folder / "customers"))
    return folder
