"""What a recorded program on Spark looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import lineage_stats
from lineage_stats.hooks._pyspark._listener import listener_of
from lineage_stats.trace import Trace

pytestmark = pytest.mark.xdist_group("spark")


@pytest.fixture(scope="module")
def trace(spark: Any, tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """From pandas to Spark, through a view and a query, and back."""
    from pyspark.sql import functions as sf

    folder = tmp_path_factory.mktemp("program")
    with lineage_stats.record("program", directory=folder) as run:
        rates = pd.DataFrame({"shop": [1, 2, 3, 4], "rate": [0.5, 1.0, 1.5, 2.0]})
        given = spark.createDataFrame(rates)
        sales = spark.read.parquet(str(tables / "sales"))
        known = sales.filter("amount > 20").withColumn("tax", sf.col("amount") * 0.2)
        joined = known.join(given, "shop").select("shop", "rate", (sf.col("tax") + 1).alias("due"))
        joined.createOrReplaceTempView("dues")
        totals = spark.sql("select shop, sum(due) as total from dues where rate > 1 group by shop")
        back = totals.toPandas()
        lineage_stats.log_metric("total", float(len(back)), inputs=[back])
    found: Trace = run.trace()
    return found


def by_name(trace: Trace) -> dict[str, Any]:
    return {operation.name: operation for operation in trace}


def test_it_is_one_graph_down_to_the_metric(trace: Trace) -> None:
    above = trace.ancestors(trace.metric_operation("total").key)
    names = [trace.operation(key).name for key in above]
    assert names == [
        "DataFrame", "SparkSession.createDataFrame", "DataFrameReader.parquet", "DataFrame.filter",
        "DataFrame.withColumn", "DataFrame.join", "DataFrame.select", "SparkSession.sql",
        "DataFrame.toPandas",
    ]  # fmt: skip
    assert trace.complete


def test_kinds_rows_and_columns(trace: Trace) -> None:
    found = by_name(trace)
    kinds = {name: found[name].kind for name in found}
    assert kinds["SparkSession.createDataFrame"] == "transform"
    assert kinds["DataFrameReader.parquet"] == "source"
    assert kinds["DataFrame.filter"] == "selection"
    assert kinds["DataFrame.join"] == "join"
    assert kinds["SparkSession.sql"] == "transform"
    rows = {name: [ref.rows for ref in found[name].outputs] for name in found}
    assert rows["SparkSession.createDataFrame"] == [4]
    assert rows["DataFrameReader.parquet"] == [2000]
    assert rows["SparkSession.sql"] == rows["DataFrame.toPandas"] == [2]
    (due,) = found["DataFrame.select"].outputs
    assert trace.columns(due) == (("shop", "long"), ("rate", "double"), ("due", "double"))


def test_columns_are_followed_through_joins_queries_and_back(trace: Trace) -> None:
    upstream = trace.upstream("DataFrame.toPandas.total")
    names = set(upstream.names)
    assert any(name.endswith("DataFrameReader.parquet#1.amount") for name in names)
    assert any(name.endswith("DataFrame#1.rate") for name in names)
    assert not any(name.endswith("DataFrameReader.parquet#1.customer") for name in names)


def test_what_is_only_looked_at_is_no_operation(spark: Any, tables: Path, tmp_path: Path) -> None:
    with lineage_stats.record("looking", directory=tmp_path) as run:
        sales = spark.read.parquet(str(tables / "sales"))
        sales.printSchema()
        assert "amount" in sales.columns
        assert sales["amount"] is not None
        few = sales[sales.amount > 20][["id", "amount"]]
        assert few.count() > 0
    assert [operation.name for operation in run.trace()] == [
        "DataFrameReader.parquet", "DataFrame[condition]", "DataFrame[columns]", "DataFrame.count",
    ]  # fmt: skip


def test_a_failed_action_is_recorded_and_raised(spark: Any, tables: Path, tmp_path: Path) -> None:
    from py4j.protocol import Py4JJavaError  # what Spark 3 raises
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as sf

    with lineage_stats.record("failing", directory=tmp_path) as run:
        sales = spark.read.parquet(str(tables / "sales"))
        broken = sales.withColumn("x", sf.raise_error(sf.lit("no")))
        with pytest.raises((PySparkException, Py4JJavaError)):
            broken.collect()
    last = list(run.trace())[-1]
    assert (last.name, last.status) == ("DataFrame.collect", "failed")
    assert run.trace().complete


def test_one_listener_serves_all_runs_of_a_session_and_is_idle_between_them(
    spark: Any, tmp_path: Path
) -> None:
    manager = spark._jsparkSession.listenerManager()
    with lineage_stats.record("first", directory=tmp_path):
        spark.range(5).filter("id > 2").count()
    before = len(list(manager.listListeners()))
    spark.range(3).count()
    with lineage_stats.record("second", directory=tmp_path) as run:
        kept = spark.range(5).filter("id > 2")
        kept.collect()
    spark.range(3).count()
    assert len(list(manager.listListeners())) == before
    assert listener_of(spark).heard() == []
    assert [ref.rows for op in run.trace() for ref in op.outputs] == [5, 2]


def test_models_come_from_files_and_go_into_them_and_what_holds_a_model_predicts(
    spark: Any, tmp_path: Path
) -> None:
    from pyspark.ml import Pipeline, PipelineModel
    from pyspark.ml.feature import VectorAssembler
    from pyspark.ml.regression import LinearRegression, LinearRegressionModel
    from pyspark.ml.tuning import CrossValidatorModel, TrainValidationSplitModel

    data = spark.range(40).selectExpr("double(id) as a", "double(id * 2) as label").coalesce(1)
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    with lineage_stats.record("models", directory=tmp_path) as run:
        pipeline = Pipeline(stages=[VectorAssembler(inputCols=["a"], outputCol="x")])
        pipeline.fit(data).write().overwrite().save(one)
        features = PipelineModel.load(one).transform(data)
        LinearRegression(featuresCol="x", maxIter=1).fit(features).save(two)
        model = LinearRegressionModel.read().load(two)
        chosen = [CrossValidatorModel(model), TrainValidationSplitModel(model)]
        last = [each.transform(features) for each in chosen][-1]
        lineage_stats.log_metric("n", 1.0, inputs=(last,))
    trace = run.trace()
    found = by_name(trace)
    load, save = found["PipelineModel.load"], found["LinearRegressionModel.save"]
    assert (load.kind, load.facts["file[path]"]) == ("source", one)
    assert [ref.kind for ref in load.outputs] == ["model"]
    assert (save.kind, save.facts["file[path]"]) == ("sink", two)
    assert found["JavaMLReader.load"].facts["file[path]"] == two
    assert sum(operation.kind == "sink" for operation in trace) == 2
    assert found["CrossValidatorModel.transform"].kind == "predict"
    assert found["TrainValidationSplitModel.transform"].kind == "predict"
    assert load.key in trace.ancestors(trace.metric_operation("n").key)
