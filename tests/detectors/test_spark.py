"""Baselines learned from runs on Spark, against those learned from the same runs here."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sklearn.base import clone

from lineage_stats import TraceStore, load_traces
from lineage_stats.datasets import FAULTS, make_runs
from lineage_stats.detectors import BaseDetector, RobustMADDetector, ZScoreDetector
from lineage_stats.exceptions import (
    BaselineError,
    LineageStatsWarning,
    MissingDependencyError,
    NoTracesError,
    TooFewRunsError,
    UnreadableTraceWarning,
)
from lineage_stats.storage import TraceStream, scan_traces, stream_traces
from lineage_stats.trace import Operation, Trace
from tests.registry import DETECTORS
from tests.stored_runs import write, write_mixed_store

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.filterwarnings("ignore::lineage_stats.exceptions.FewRunsWarning"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mixed_store(tmp_path_factory.mktemp("a store with spaces"))


@pytest.fixture(scope="module")
def new_runs() -> list[Trace]:
    faults = [None, FAULTS[0], FAULTS[-1]]
    traces, _ = make_runs(3, first=30, fault=faults, random_state=0, return_traces=True)
    return list(traces)


def learned_state(detector: BaseDetector, folder: Path) -> tuple[bytes, Any]:
    """Return all that a detector has learned: its arrays byte for byte, and what is named."""
    saved = detector.save(folder)
    named = json.loads((saved / "detector.json").read_text(encoding="utf-8"))
    for place in (named, named["history"]):
        place["labels"].sort()  # a mapping
    return (saved / "arrays.parquet").read_bytes(), named


@pytest.mark.parametrize("detector", DETECTORS, ids=str)
def test_the_learned_state_is_that_of_the_local_engine(
    detector: BaseDetector, spark: Any, store: Path, tmp_path: Path
) -> None:
    here = clone(detector).fit(load_traces(store))
    there = clone(detector).fit(str(store), engine="spark")
    assert learned_state(there, tmp_path / "there") == learned_state(here, tmp_path / "here")
    assert there.n_features_in_ == here.n_features_in_
    assert there.history_.labels == here.history_.labels


@pytest.mark.parametrize("max_runs", [9, 24])
def test_of_a_folder_the_same_runs_are_learned_from(
    max_runs: int, spark: Any, store: Path, tmp_path: Path
) -> None:
    here = ZScoreDetector(max_runs=max_runs).fit(store)
    there = ZScoreDetector(max_runs=max_runs).fit(store, engine="spark")
    assert learned_state(there, tmp_path / "there") == learned_state(here, tmp_path / "here")
    assert len(there.history_.values) == max_runs


def test_of_a_stream_the_selected_runs_are_learned_from_and_scored(
    spark: Any, store: Path, tmp_path: Path
) -> None:
    runs = load_traces(store)
    stream = stream_traces(store, since=runs[3].start, until=runs[15].start)
    here = ZScoreDetector(max_runs=9).fit(stream)
    there = ZScoreDetector(max_runs=9).fit(stream, engine="spark")
    assert learned_state(there, tmp_path / "there") == learned_state(here, tmp_path / "here")
    assert here.n_runs_ == 9
    detector = ZScoreDetector().fit(runs[:3])
    scores = detector.score_many(stream, engine="spark")
    assert [one.run_id for one in scores] == [run.run_id for run in stream_in_time(stream)]
    nothing = stream_traces(store, tags={"status": "ill"})
    for ask in (ZScoreDetector().fit, detector.score_many):
        with pytest.raises(NoTracesError, match="matches tags"):
            ask(nothing, engine="spark")


def stream_in_time(stream: TraceStream) -> list[Trace]:
    return sorted(stream, key=lambda run: (run.start_ns, run.run_id))


@pytest.mark.slow
def test_runs_of_a_data_frame_are_chosen_in_spark(spark: Any, store: Path, tmp_path: Path) -> None:
    frame = scan_traces(store, spark=spark)
    middle = load_traces(store)[12].start_ns
    there = ZScoreDetector().fit(frame.where(frame.start_ns < middle), engine="spark")
    here = ZScoreDetector().fit(load_traces(store)[:12])
    assert learned_state(there, tmp_path / "there") == learned_state(here, tmp_path / "here")


@pytest.mark.slow
def test_scores_are_those_of_the_local_engine(
    spark: Any, store: Path, new_runs: list[Trace], tmp_path: Path
) -> None:
    detector = RobustMADDetector().fit(load_traces(store))
    write(tmp_path, *reversed(new_runs))
    expected = [score.to_dict() for score in detector.score_many(new_runs)]
    for runs in (tmp_path, scan_traces(tmp_path)):
        found = detector.score_many(runs, engine="spark")
        assert [score.to_dict() for score in found] == expected
    assert [score.flagged for score in found] == [False, True, True]


def test_a_run_of_the_baseline_is_judged_by_the_others(spark: Any, store: Path) -> None:
    healthy = load_traces(store)
    detector = ZScoreDetector().fit(healthy)
    frame = scan_traces(store).where(f"run_id = '{healthy[3].run_id}'")
    with pytest.warns(LineageStatsWarning, match="judged by the others"):
        (found,) = detector.score_many(frame, engine="spark")
    with pytest.warns(LineageStatsWarning, match="judged by the others"):
        assert found.to_dict() == detector.score(healthy[3]).to_dict()


def test_a_file_that_cannot_be_read_is_passed_over(spark: Any, tmp_path: Path) -> None:
    runs, _ = make_runs(3, random_state=0, return_traces=True)
    write(tmp_path, *runs)
    bad = TraceStore(tmp_path).write(replace(runs[0], run_id="bad"))
    bad.write_bytes(b"no trace")
    for runs_there in (tmp_path, scan_traces(tmp_path)):
        with pytest.warns(UnreadableTraceWarning, match="1 trace file could not.*bad.parquet"):
            detector = ZScoreDetector().fit(runs_there, engine="spark")
        assert detector.n_runs_ == 3
        with pytest.warns(LineageStatsWarning) as noted:
            assert len(detector.score_many(runs_there, engine="spark")) == 3
        assert UnreadableTraceWarning in {warning.category for warning in noted}


def test_no_runs_are_too_few(spark: Any, store: Path, tmp_path: Path) -> None:
    nothing = scan_traces(store).where("pipeline = 'another'")
    with pytest.raises(TooFewRunsError, match="got none"):
        ZScoreDetector().fit(nothing, engine="spark")
    detector = ZScoreDetector().fit(load_traces(store))
    assert detector.score_many(nothing, engine="spark") == []
    with pytest.raises(NoTracesError):
        ZScoreDetector().fit(tmp_path, engine="spark")
    with pytest.raises(NoTracesError, match="does not exist"):
        ZScoreDetector().fit(tmp_path / "nowhere", engine="spark")


def test_a_baseline_describes_one_pipeline(spark: Any, tmp_path: Path) -> None:
    step = Operation("f/read#1", "read")
    write(tmp_path, *(Trace(f"r{i}", "ab"[i % 2], (step,), start_ns=i) for i in range(4)))
    with pytest.raises(BaselineError, match="belong to 2 pipelines: a, b"):
        ZScoreDetector().fit(tmp_path, engine="spark")


def test_a_data_frame_of_something_else_is_refused(spark: Any) -> None:
    with pytest.raises(ValueError, match=r"no column 'run_id'.*scan_traces"):
        ZScoreDetector().fit(spark.range(3), engine="spark")


def test_an_unknown_engine_is_refused(new_runs: list[Trace]) -> None:
    with pytest.raises(ValueError, match=r"ZScoreDetector.fit must be 'local' or 'spark'. Got 'x'"):
        ZScoreDetector().fit(new_runs, engine="x")
    detector = ZScoreDetector().fit(new_runs)
    with pytest.raises(ValueError, match=r"ZScoreDetector.score_many must be .*Got 'dask' instead"):
        detector.score_many(new_runs, engine="dask")


def test_each_engine_says_what_it_takes(new_runs: list[Trace]) -> None:
    with pytest.raises(TypeError, match=r"Got list instead.*engine='local'"):
        ZScoreDetector().fit(new_runs, engine="spark")
    with pytest.raises(NoTracesError, match="runs' does not exist"):
        ZScoreDetector().fit("runs")
    with pytest.raises(TypeError, match=r"takes a sequence of traces. Got Trace instead"):
        ZScoreDetector().fit(new_runs).score_many(new_runs[0])


def test_a_missing_pyspark_is_said_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, store: Path, new_runs: list[Trace]
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "lineage-stats\[spark\]"'):
        ZScoreDetector().fit(store, engine="spark")
    with pytest.raises(MissingDependencyError, match=r"The engine 'spark' needs .*'pyspark'"):
        ZScoreDetector().fit(new_runs).score_many(str(store), engine="spark")
