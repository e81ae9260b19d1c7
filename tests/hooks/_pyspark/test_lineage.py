"""Columns that functions of the user's made are only possible sources, and say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import lineage_stats
from lineage_stats.trace import Trace

pytestmark = pytest.mark.xdist_group("spark")


@pytest.fixture(scope="module")
def trace(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """Functions of the user's, each at one place of a program; looked at by few actions."""
    from pyspark.ml.feature import Bucketizer
    from pyspark.sql import functions as sf

    own = sf.udf(lambda x: x, "long")
    pandas_own = sf.pandas_udf(lambda x: x * 1.0, "double")
    mean_own = sf.pandas_udf(_mean, "double")
    folder = tmp_path_factory.mktemp("functions")
    with lineage_stats.record("functions", directory=folder) as run:
        base = spark.range(20).selectExpr("id", "id % 3 as k", "cast(id as double) as v")
        made = base.withColumns({"y": own("id") + 1, "z": pandas_own("v"), "plain": base.v * 2})
        kept = made.filter(own("k") < 2)
        grouped = kept.groupBy("k").agg(mean_own("v").alias("m"), mean_own("y").alias("n"))
        grouped.toPandas()
        schema = "id long, k long, v double"
        base.mapInPandas(_same, schema).groupBy("k").applyInPandas(_all, schema).toPandas()
        pair = base.groupBy("k").cogroup(made.groupBy("k"))
        pair.applyInPandas(_first, schema).toPandas()
        spark.createDataFrame(base.rdd.map(tuple), schema).toPandas()
        bucket = Bucketizer(splits=[0.0, 3.0, 50.0], inputCol="v", outputCol="q")
        bucket.transform(base).toPandas()
        behind_us = type(base)(bucket._java_obj.transform(base._jdf), spark)
        behind_us.select("q").toPandas()
    found: Trace = run.trace()
    return found


def _mean(values: pd.Series) -> float:
    return float(values.mean())


def _same(parts: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    yield from parts


def _all(part: pd.DataFrame) -> pd.DataFrame:
    return part


def _first(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    return left


def above(trace: Trace, name: str) -> dict[tuple[str, str], bool]:
    """Return what a column depends on in the frame that all are made of: relation, and if sure."""
    own = "DataFrame.selectExpr#1."
    return {
        (column.name.rpartition(own)[2], relation): column.opaque
        for column in trace.upstream(name)
        for relation in column.relations
        if own in column.name
    }


def test_a_column_of_a_function_is_possible_and_one_of_spark_is_certain(trace: Trace) -> None:
    assert above(trace, "DataFrame.withColumns.y") == {("id", "derived"): True}
    assert above(trace, "DataFrame.withColumns.z") == {("v", "derived"): True}
    assert above(trace, "DataFrame.withColumns.plain") == {("v", "derived"): False}


def test_so_are_aggregates_what_they_are_made_from_and_filters(trace: Trace) -> None:
    mean = above(trace, "GroupedData.agg.m")
    assert mean["v", "aggregated"] is True
    assert mean["k", "grouped-by"] is False
    kept = above(trace, "DataFrame.filter.v")
    assert kept == {("v", "identity"): False, ("k", "filtered-by"): True}
    assert above(trace, "GroupedData.agg.n")["id", "aggregated"] is True


def test_functions_of_java_are_certain_only_in_what_spark_itself_made(trace: Trace) -> None:
    assert above(trace, "Bucketizer.transform.q") == {("v", "derived"): False}
    assert above(trace, "DataFrame.select.q") == {("v", "derived"): True}


@pytest.mark.parametrize(
    "made_by",
    ["DataFrame.mapInPandas", "GroupedData.applyInPandas", "PandasCogroupedOps.applyInPandas",
     "SparkSession.createDataFrame"],
)  # fmt: skip
def test_whole_frames_from_a_function_may_depend_on_all(trace: Trace, made_by: str) -> None:
    found = above(trace, f"{made_by}.v")
    assert {column for column, _ in found} == {"id", "k", "v"}
    assert all(found.values())
