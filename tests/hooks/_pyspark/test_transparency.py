"""With recording, Spark gives the same results by the same plans and the same number of jobs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest

import lineage_stats
from tests.hooks._pyspark.shapes import SHAPES

pytestmark = pytest.mark.xdist_group("spark")

ACTIONS = ("collect", "write", "toPandas", "count", "show")
QUERIES = list(zip(list(SHAPES)[:30], cycle(ACTIONS), strict=False))
NUMBER = re.compile(r"#(\d+)")
PLACE = re.compile(r"plan_id=\d+|file:[^\s,\]]+|stage \d+|Subquery \w+#\d+|id=#?\d+")


def plan_of(frame: Any) -> str:
    """Return the plan of a frame with its columns numbered from 1, and without places."""
    text = frame._jdf.queryExecution().optimizedPlan().toString()
    seen: dict[str, str] = {}
    numbered = NUMBER.sub(lambda m: f"#{seen.setdefault(m[1], str(len(seen)))}", text)
    return PLACE.sub("", numbered)


def act(frame: Any, action: str, path: Path) -> Any:
    """Carry out an action; return what it gives, in an order of our own."""
    if action == "write":
        frame.write.parquet(str(path))
        frame = frame.sparkSession.read.parquet(str(path))
        return sorted(map(str, frame.collect()))
    if action == "collect":
        return sorted(map(str, frame.collect()))
    if action == "toPandas":
        return sorted(map(str, frame.toPandas().itertuples(index=False)))
    return frame.count() if action == "count" else frame.show(2)


@contextmanager
def counted_jobs(spark: Any, group: str) -> Iterator[list[int]]:
    """Count the jobs that are started inside of the block."""
    found: list[int] = []
    spark.sparkContext.setJobGroup(group, group)
    yield found
    spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()
    found.append(len(spark.sparkContext.statusTracker().getJobIdsForGroup(group)))
    spark.sparkContext._jsc.clearJobGroup()


@pytest.fixture(params=[pytest.param("adaptive", marks=pytest.mark.slow), "fixed"])
def planning(request: pytest.FixtureRequest, spark: Any) -> Iterator[str]:
    """Let Spark change its plans while they run, or not."""
    spark.conf.set("spark.sql.adaptive.enabled", str(request.param == "adaptive").lower())
    spark.conf.set("spark.sql.codegen.wholeStage", "false")
    yield request.param
    spark.conf.unset("spark.sql.adaptive.enabled")
    spark.conf.unset("spark.sql.codegen.wholeStage")


def test_recording_changes_no_result_no_plan_and_starts_no_job(
    planning: str, spark: Any, tables: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    queries = QUERIES if planning == "adaptive" else QUERIES[4::6]
    if request.config.getoption("--exhaustive"):
        queries = list(product(SHAPES, ACTIONS))
    for name, action in queries:
        runs = []
        for recorded in (False, True):
            where = tmp_path / f"{name}_{action}_{recorded}"
            block = (
                lineage_stats.record("query", directory=where / "traces")
                if recorded
                else nullcontext()
            )
            with counted_jobs(spark, f"{planning}_{name}_{action}_{recorded}") as jobs, block:
                frame = SHAPES[name](spark, tables)[-1]
                plan = plan_of(frame)
                result = act(frame, action, where / "written")
            runs.append((plan, result, jobs[0]))
            spark.catalog.clearCache()
        assert runs[0] == runs[1], (name, action)


def test_a_model_is_fitted_with_the_same_jobs(spark: Any, tables: Path, tmp_path: Path) -> None:
    from pyspark.ml import Pipeline
    from pyspark.ml.evaluation import RegressionEvaluator
    from pyspark.ml.feature import VectorAssembler
    from pyspark.ml.regression import LinearRegression

    def fit() -> float:
        sales = spark.read.parquet(str(tables / "sales")).filter("amount > 5")
        steps = [
            VectorAssembler(inputCols=["shop", "day"], outputCol="x"),
            LinearRegression(featuresCol="x", labelCol="amount", maxIter=3),
        ]
        model = Pipeline(stages=steps).fit(sales)
        found: float = RegressionEvaluator(labelCol="amount").evaluate(model.transform(sales))
        return found

    with counted_jobs(spark, "fit_off") as off:
        before = fit()
    with (
        counted_jobs(spark, "fit_on") as on,
        lineage_stats.record("fit", directory=tmp_path) as run,
    ):
        after = fit()
    assert before == after
    assert on == off
    trace = run.trace()
    assert trace.metrics == {"rmse": pytest.approx(before)}
    kinds = {operation.name: operation.kind for operation in trace}
    assert kinds["Pipeline.fit"] == "fit"
    assert kinds["PipelineModel.transform"] == "predict"
    above = trace.ancestors(trace.metric_operation("rmse").key)
    names = {trace.operation(key).name for key in above}
    assert names >= {"DataFrameReader.parquet", "DataFrame.filter", "Pipeline.fit"}
