"""What Python workers were sent and gave back, against what programs know of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import lineage_stats
from lineage_stats.hooks._pyspark._rows import Step
from lineage_stats.hooks._pyspark._workers import WorkerNode, runs_python, worker_features
from lineage_stats.trace import Trace

SIZES = {"worker_rows": 3.0, "worker_bytes_sent": 8.0, "worker_bytes_received": 9.0}


def workers(trace: Trace) -> dict[str, dict[str, float]]:
    """Return what was measured of workers, by the key of the operation."""
    found = {}
    for operation in trace:
        features = {k: v for k, v in operation.features.items() if k.startswith("worker_")}
        if features:
            found[operation.key.rpartition("/")[2]] = features
    return found


def _twice(parts: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for part in parts:
        yield pd.concat([part, part])


def _mean(values: pd.Series) -> float:
    return float(values.mean())


@pytest.mark.xdist_group("spark")
def test_operations_with_functions_have_what_these_gave_back(spark: Any, tmp_path: Path) -> None:
    from pyspark.sql import functions as sf

    own = sf.udf(lambda x: x, "long", useArrow=False)
    mean = sf.pandas_udf(_mean, "double")
    with lineage_stats.record("workers", directory=tmp_path) as run:
        base = spark.range(60).selectExpr("id", "id % 3 as k")
        base.withColumn("plain", base.k + 1).withColumn("y", own("id")).collect()
        base.mapInPandas(_twice, "id long, k long").collect()
        base.groupBy("k").agg(mean("id")).collect()
        base.filter(own("k") < 1).collect()
        base.withColumn("z", own("id")).limit(5).collect()  # stops in between
        base.withColumn("s", own("id")).orderBy("s").collect()  # runs twice, for a sample
        base.withColumn("a", own("id")).withColumn("b", own("k")).collect()  # two at once
    found = workers(run.trace())
    expected = {
        "DataFrame.withColumn#2": 60, "DataFrame.mapInPandas#1": 120, "GroupedData.agg#1": 3,
        "DataFrame.filter#1": 60,
    }  # fmt: skip
    if spark.version < "4":  # runs the two one after the other
        expected |= {"DataFrame.withColumn#5": 60, "DataFrame.withColumn#6": 60}
    assert {key: features["worker_rows"] for key, features in found.items()} == expected
    assert all(features["worker_bytes_sent"] > 0 for features in found.values())
    assert run.trace().complete


def test_only_nodes_that_run_python_are_asked() -> None:
    asked = ["ArrowEvalPython", "BatchEvalPython", "FlatMapCoGroupsInPandas", "ArrowWindowPython"]
    assert all(map(runs_python, asked))
    assert not any(map(runs_python, ["Project", "HashAggregate", "InMemoryTableScan"]))


def test_what_cannot_be_told_apart_is_not_told() -> None:
    below = Step(definitions={"4": "one(#1)#2"}, tags=(1,), kind="Project")
    middle = Step(used=("(other(#1)#3 > 1)",), children=[below], kind="Filter")
    above = Step(children=[middle], tags=(2,), kind="Project")
    steps = [below, middle, above]
    one, other = frozenset({"2"}), frozenset({"3"})
    assert worker_features(steps, [WorkerNode(one, SIZES), WorkerNode(other, SIZES)]) == {
        1: SIZES, 2: SIZES,
    }  # fmt: skip
    assert worker_features(steps, [WorkerNode(one | other, SIZES)]) == {}
    assert worker_features(steps, [WorkerNode(one, SIZES), WorkerNode(one, None)]) == {}
    assert worker_features(steps, [WorkerNode(frozenset({"9"}), SIZES)]) == {}
