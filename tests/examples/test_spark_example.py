"""The example on Spark names the join that lost rows, from one graph down to the metric."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

import lineage_stats

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]
FILE = Path(__file__).parents[2] / "examples" / "spark_pipeline.py"
N_HEALTHY = 12


@pytest.fixture(scope="module")
def example() -> Any:
    """Return the example as a module."""
    spec = importlib.util.spec_from_file_location("spark_pipeline", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_join_that_lost_rows_is_named(spark: Any, example: Any, tmp_path: Path) -> None:
    for day in range(N_HEALTHY + 1):
        keys = ["customer"] if day < N_HEALTHY else ["customer", "zone"]
        example.write_sources(day, tmp_path)
        tags = {"status": "healthy"} if day < N_HEALTHY else {}
        with lineage_stats.record("parcels", tags=tags, directory=tmp_path / "traces") as run:
            example.pipeline(spark, tmp_path, keys)
    bad = run.trace()
    healthy = lineage_stats.load_traces(tmp_path / "traces", tags={"status": "healthy"})

    names = {bad.operation(k).name for k in bad.ancestors(bad.metric_operation("f1_score").key)}
    assert names >= {"DataFrameReader.parquet", "DataFrame.join", "DataFrame.toPandas"}
    assert all(ref.rows is not None for op in bad for ref in op.outputs if ref.kind == "table")

    found = lineage_stats.attribute_root_cause(bad, "f1_score", baseline=healthy)
    assert found.contributions[0].operation.endswith("DataFrame.join#1")
