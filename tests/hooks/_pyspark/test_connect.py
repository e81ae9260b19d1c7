"""Spark Connect: programs run as without recording, by the same requests, and are one graph.

The server is started by the client, in a process of its own: a process that has a classic session
cannot have both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lineage_stats import load_traces
from lineage_stats.exceptions import MissingDependencyError
from lineage_stats.hooks import prepare_java
from lineage_stats.trace import Trace

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("connect")]

PROGRAM = '''
import json, sys
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

from pyspark.sql import SparkSession, functions as sf
from pyspark.sql.connect.client import SparkConnectClient
from sklearn.metrics import mean_absolute_error

import lineage_stats

folder = Path(sys.argv[1])
spark = (
    SparkSession.builder.remote("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    .getOrCreate()
)
sales = spark.range(2000).selectExpr("id", "id % 40 as shop", "cast(id % 97 as double) as amount")
sales.write.parquet(str(folder / "sales"))


def program(out):
    sales = spark.read.parquet(str(folder / "sales"))
    known = sales.filter("amount > 20")
    taxed = known.withColumn("tax", sf.col("amount") * 0.2)
    places = [(i, f"city {i % 5}") for i in range(36)]
    shops = spark.createDataFrame(places, "shop long, city string")
    joined = taxed.join(shops, "shop")
    due = joined.groupBy("city").agg(sf.sum("tax").alias("due")).orderBy("city")
    due.createOrReplaceTempView("dues")
    dear = spark.sql("select * from dues where due > 0")
    found = [known.count(), len(joined.collect()), joined.first().asDict(), joined.isEmpty()]
    few = joined[joined.amount > 50][["shop", "amount"]]
    few.write.parquet(str(folder / out))
    found += [few.count(), few.dropDuplicates(["shop"]).na.drop().count()]
    try:
        sales.select("nothing").collect()
    except Exception as error:
        found.append(type(error).__name__)
    table = dear.toPandas()
    found.append(mean_absolute_error(table["due"], table["due"] + 1))
    return found + [table.round(6).to_dict()]


def counted(run):
    """Run something; return its result, and what was asked of the server."""
    asked = []
    names = ("_analyze", "_execute", "_execute_and_fetch_as_iterator")

    def counting(name):
        real = getattr(SparkConnectClient, name)

        def method(self, *args, **kwargs):
            asked.append(name)
            return real(self, *args, **kwargs)

        return patch.object(SparkConnectClient, name, method)

    with counting(names[0]), counting(names[1]), counting(names[2]):
        return [run(), asked]


without = counted(lambda: program("without"))
with lineage_stats.record("connect", directory=folder / "traces") as run:
    recorded = counted(lambda: program("with"))
print(json.dumps([without, recorded]))
spark.stop()
'''


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Trace]:
    """Run the program without recording and with it; return what both gave, and the trace."""
    pytest.importorskip("pyspark", reason="the extra 'spark' is not installed")
    pytest.importorskip("grpc_status", reason="Spark Connect needs grpcio-status")
    pytest.importorskip("zstandard", reason="Spark Connect needs zstandard")
    try:
        prepare_java()
    except MissingDependencyError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("connect")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(folder)],
        # Under that name Spark's own tests have a free port of their own.
        env=os.environ | {"LINEAGE_STATS_STRICT": "1", "SPARK_TESTING": "1"},
        cwd=Path(__file__).parents[3],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    (trace,) = load_traces(folder / "traces")
    return json.loads(done.stdout.splitlines()[-1]), trace


def test_the_program_gives_the_same_by_the_same_requests(told: tuple[Any, Trace]) -> None:
    (without, recorded), trace = told
    assert recorded == without
    assert trace.complete


def test_all_operations_are_one_graph_down_to_the_metric(told: tuple[Any, Trace]) -> None:
    trace = told[1]
    above = trace.ancestors(trace.metric_operation("mean_absolute_error").key)
    assert {trace.operation(key).name for key in above} >= {
        "DataFrameReader.parquet", "DataFrame.filter", "DataFrame.withColumn",
        "SparkSession.createDataFrame", "DataFrame.join", "GroupedData.agg", "DataFrame.sort",
        "SparkSession.sql", "DataFrame.toPandas",
    }  # fmt: skip
    others = {operation.name for operation in trace}
    assert others >= {
        "DataFrame[condition]", "DataFrame[columns]", "DataFrameWriter.parquet",
        "DataFrame.dropDuplicates", "DataFrameNaFunctions.drop", "DataFrame.count",
    }  # fmt: skip
    (failed,) = [operation for operation in trace if operation.status == "failed"]
    assert failed.name == "DataFrame.collect"


def test_rows_are_those_that_the_program_itself_has_seen(told: tuple[Any, Trace]) -> None:
    (without, _), trace = told
    seen = {operation.name: operation.outputs[0].rows for operation in trace if operation.outputs}
    n_known, n_joined, _, _, n_few, n_shops = without[0][:6]
    assert seen["DataFrame.filter"] == n_known == 2000 - sum(i % 97 <= 20 for i in range(2000))
    assert seen["DataFrame.join"] == n_joined
    assert seen["DataFrame[columns]"] == n_few
    assert seen["DataFrameNaFunctions.drop"] == n_shops
    assert seen["SparkSession.createDataFrame"] == 36
    assert seen["DataFrame.toPandas"] == 5
    # Nobody has counted these, and Spark Connect does not tell of them.
    unknown = ("DataFrameReader.parquet", "DataFrame.withColumn", "DataFrame[condition]")
    assert [seen[name] for name in unknown] == [None, None, None]
