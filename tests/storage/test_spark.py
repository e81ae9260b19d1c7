"""Runs of a store as a data frame of Spark."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lineage_stats import TraceStore, load_traces
from lineage_stats.datasets import make_runs
from lineage_stats.exceptions import NoTracesError
from lineage_stats.storage import scan_traces
from lineage_stats.storage._spark import Problem, frame_source
from lineage_stats.trace import DataRef, Operation, Trace

pytestmark = pytest.mark.xdist_group("spark")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write runs of two pipelines, one of them odd, one that goes on, some packed."""
    folder = tmp_path_factory.mktemp("runs [of] all * sorts")
    store = TraceStore(folder)
    traces, _ = make_runs(6, random_state=0, return_traces=True)
    for trace in traces[:4]:
        store.write(trace)
    store.compact(runs_per_file=3)
    for trace in traces[4:]:
        store.write(trace)
    table = DataRef("d1", "table", rows=3, n_columns=None, schema="s")
    step = Operation("f/läs#1", "läs", outputs=(table,), features={"nan": float("nan"), "x": 0.1},
                     facts={"call": ""}, error="Fel: ½", line=None)  # fmt: skip
    odd = Trace("odd", "ett annat", (step,), start_ns=7, status="failed", complete=False,
                tags={"who": "jag"}, schemas={"s": (("a", "int64"),)},
                problems=("one", "två"))  # fmt: skip
    store.write(odd)
    store.write(Trace("nothing", "ett annat", start_ns=8))
    run = {"run_id": "now", "pipeline": "ett annat", "start_ns": 9}
    store.begin({**run, "process": {"host": "another", "pid": str(os.getpid()), "token": ""}})
    return folder


def rebuilt(frame: Any) -> list[Trace]:
    """Return the runs of a data frame, oldest first, as a detector reads them."""
    source = frame_source(frame)
    batches = source.frame.toArrow().to_batches()
    found = [run for batch in batches for run in source.read(batch)]
    assert not any(isinstance(run, Problem) for run in found)
    return sorted(found, key=lambda run: (run.start_ns, run.run_id))


def comparable(run: Trace) -> dict[str, Any]:
    return {**run.to_dict(), "operations": repr(run.operations)}


def test_rows_are_the_runs_that_are_loaded(spark: Any, folder: Path) -> None:
    expected = load_traces(folder)
    found = rebuilt(scan_traces(folder, spark=spark))
    assert len(expected) == 9
    assert [comparable(run) for run in found] == [comparable(run) for run in expected]


def test_runs_are_selected_as_they_are_loaded(spark: Any, folder: Path) -> None:
    chosen: dict[str, Any]
    for chosen in ({"tags": {"who": "jag"}}, {"pipeline": "churn", "since": "2024-01-03"}):
        expected = [run.run_id for run in load_traces(folder, **chosen)]
        rows = scan_traces(folder, **chosen).select("run_id").collect()
        assert sorted(row.run_id for row in rows) == sorted(expected)
        assert expected


def test_a_data_frame_that_was_written_is_read_again(
    spark: Any, folder: Path, tmp_path: Path
) -> None:
    scan_traces(folder).write.parquet(str(tmp_path / "table"))
    again = spark.read.parquet(str(tmp_path / "table"))
    expected = [comparable(run) for run in load_traces(folder)]
    assert [comparable(run) for run in rebuilt(again)] == expected


def test_operations_are_queried_in_spark(spark: Any, folder: Path) -> None:
    frame = scan_traces(folder, pipeline="churn").selectExpr("explode(operations) as op")
    expected = sum(len(run) for run in load_traces(folder, pipeline="churn"))
    assert frame.where("op.status = 'ok'").count() == expected


def test_a_run_that_is_gone_is_a_row_that_says_so(spark: Any, tmp_path: Path) -> None:
    traces, _ = make_runs(2, random_state=0, return_traces=True)
    store = TraceStore(tmp_path)
    store.write(traces[0])
    gone = store.write(replace(traces[1], run_id="gone"))
    frame = scan_traces(tmp_path)
    gone.unlink()
    (row,) = frame.where("run_id is null").collect()
    assert "gone.parquet" in row.problems[0]
    assert frame.count() == 2


def test_a_folder_without_runs_is_refused(spark: Any, tmp_path: Path) -> None:
    with pytest.raises(NoTracesError):
        scan_traces(tmp_path)
    with pytest.raises(ValueError, match="'since' parameter"):
        scan_traces(tmp_path, since="soon")
