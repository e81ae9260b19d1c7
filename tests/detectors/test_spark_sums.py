"""Summaries made by Spark, and sketches that go from here to Spark and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lineage_stats import RunMatrix, TraceStore, load_traces
from lineage_stats.datasets import make_runs
from lineage_stats.detectors import summarize_runs
from lineage_stats.exceptions import BaselineError, NoTracesError, UnreadableTraceWarning
from lineage_stats.features import Cell, CellSummary
from lineage_stats.storage import scan_traces, stream_traces
from lineage_stats.trace import Operation, Trace
from tests.stored_runs import write, write_mixed_store

pytestmark = pytest.mark.xdist_group("spark")

CELL = Cell("f/read#1", "rows_out")
N = 30_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mixed_store(tmp_path_factory.mktemp("a store with spaces"))


@pytest.mark.parametrize("n_tasks", [pytest.param(1, marks=pytest.mark.slow), 9])
def test_a_summary_is_that_of_the_local_engine(spark: Any, store: Path, n_tasks: int) -> None:
    here = summarize_runs(store, quantiles="exact")
    frame = scan_traces(store)
    for runs in (str(store), frame.repartition(n_tasks)):
        there = summarize_runs(runs, quantiles="exact", engine="spark")
        assert there.to_table().equals(here.to_table(), check_metadata=True)
    early = load_traces(store)[:12]
    there = summarize_runs(frame.where(frame.start_ns <= early[-1].start_ns), engine="spark")
    assert there.to_table().equals(summarize_runs(early).to_table(), check_metadata=True)


def test_a_stream_is_summed_up_as_the_selected_runs_are(spark: Any, store: Path) -> None:
    stream = stream_traces(store, until="2024-01-15")
    there = summarize_runs(stream, engine="spark")
    assert there.n_runs == len(load_traces(store, until="2024-01-15")) < 25
    assert there.to_table().equals(summarize_runs(stream).to_table(), check_metadata=True)


def test_sketches_are_merged_by_the_workers(spark: Any, store: Path) -> None:
    pytest.importorskip("datasketches", reason="the extra 'sketches' is not installed")
    there = summarize_runs(store, quantiles="kll", engine="spark")
    assert there.to_frame().equals(summarize_runs(store, quantiles="exact").to_frame())


def test_files_that_cannot_be_read_and_other_pipelines_are_told_of(
    spark: Any, tmp_path: Path
) -> None:
    runs, _ = make_runs(3, random_state=0, return_traces=True)
    write(tmp_path / "bad", *runs[:2])
    TraceStore(tmp_path / "bad").write(runs[2]).write_bytes(b"no trace")
    with pytest.warns(UnreadableTraceWarning, match="1 trace file could not") as noted:
        assert summarize_runs(tmp_path / "bad", engine="spark").n_runs == 2
    told = [one.filename for one in noted if one.category is UnreadableTraceWarning]
    assert told == [__file__]
    step = Operation("f/read#1", "read")
    write(tmp_path / "two", *(Trace(f"r{i}", "ab"[i], (step,), start_ns=i) for i in range(2)))
    for two in (str(tmp_path / "two"), scan_traces(tmp_path / "two")):
        with pytest.raises(BaselineError, match="2 pipelines: a, b"):
            summarize_runs(two, engine="spark")


def test_no_run_at_all(spark: Any, store: Path, tmp_path: Path) -> None:
    nothing = scan_traces(store).where("pipeline = 'another'")
    assert summarize_runs(nothing, engine="spark").n_runs == 0
    with pytest.raises(NoTracesError, match="matches tags"):
        summarize_runs(stream_traces(store, tags={"status": "ill"}), engine="spark")
    with pytest.raises(TypeError, match=r"Got list instead.*engine='local'"):
        summarize_runs([], engine="spark")


@pytest.fixture(scope="module")
def values() -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.random.default_rng(0).permutation(2 * N).astype(float)


def summary_of(values: Any) -> CellSummary:
    matrix = RunMatrix(values[:, None], (CELL,), tuple(map(str, range(len(values)))))
    return CellSummary(quantiles="kll").update(matrix)


def test_a_sketch_of_spark_and_one_of_ours_merge_on_either_side(spark: Any, values: Any) -> None:
    datasketches = pytest.importorskip("datasketches", reason="no extra 'sketches'")
    sf = pytest.importorskip("pyspark.sql.functions")
    if not hasattr(sf, "kll_sketch_agg_double"):
        pytest.skip("Spark has such sketches from 4.1 on")
    ours = summary_of(values[:N]).sketch(CELL)
    frame = spark.createDataFrame([(float(x),) for x in values[N:]], "x double")
    theirs = frame.agg(sf.kll_sketch_agg_double("x").alias("s")).head()["s"]
    # Here: Spark's bytes are read, and merged into ours.
    here = datasketches.kll_doubles_sketch.deserialize(ours)
    here.merge(datasketches.kll_doubles_sketch.deserialize(bytes(theirs)))
    # There: our bytes are read, and merged with those of Spark.
    both = spark.createDataFrame([(bytearray(ours), theirs)], "ours binary, theirs binary")
    merged = sf.kll_sketch_merge_double("ours", "theirs")
    n, median = both.select(
        sf.kll_sketch_get_n_double(merged),
        sf.kll_sketch_get_quantile_double(merged, sf.lit(0.5)),
    ).head()
    assert here.n == n == 2 * N
    bound = 3 * here.normalized_rank_error(False) * 2 * N
    assert abs(here.get_quantile(0.5) - N) < bound
    assert abs(median - N) < bound


def test_the_table_of_a_summary_is_read_by_spark(spark: Any, values: Any, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    sf = pytest.importorskip("pyspark.sql.functions")
    pytest.importorskip("datasketches", reason="the extra 'sketches' is not installed")
    if not hasattr(sf, "kll_sketch_agg_double"):
        pytest.skip("Spark has such sketches from 4.1 on")
    for i, part in enumerate(np.array_split(values, 3)):
        pq.write_table(summary_of(part).to_table(), tmp_path / f"{i}.parquet")
    rows = spark.read.parquet(str(tmp_path)).groupBy("operation", "feature")
    merged = sf.kll_merge_agg_double("distribution")
    (row,) = rows.agg(
        sf.sum("n").alias("n"), sf.kll_sketch_get_quantile_double(merged, sf.lit(0.9)).alias("q")
    ).collect()
    assert (row["operation"], row["feature"], row["n"]) == (*CELL, 2 * N)
    assert row["q"] == pytest.approx(1.8 * N, abs=0.04 * 2 * N)
