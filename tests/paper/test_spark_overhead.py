"""The script that measures what recording Spark costs makes its table."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]
FILE = Path(__file__).parents[2] / "paper" / "spark_overhead.py"


def test_each_call_is_timed_with_and_without_recording(spark: Any, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("spark_overhead", FILE)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    rows = script.measure_calls(spark, 4, 6, tmp_path)
    assert [row["call"] for row in rows] == [
        "filter", "select", "withColumn", "drop", "groupBy.agg", "join", "orderBy",
        "count 1",
    ]  # fmt: skip
    assert all(row["off_ms"] > row["off_python_ms"] > 0 and row["turns"] == 3 for row in rows)
    # What would take the time are questions to Java: they wait for an action.
    assert {row["call"]: row["extra_trips"] for row in rows[:-1] if row["extra_trips"]} == {}
    assert 0 < rows[-1]["extra_trips"] < 150  # of which one for each operation before it
    action = script.measure_action(spark, 1e5, 2, tmp_path)
    assert 0 < action["extra_trips"] < 100
    assert action["extra_ms"] < action["on_ms"]
