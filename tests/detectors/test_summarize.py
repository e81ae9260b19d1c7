"""Summaries of stored runs, against those of the same runs in memory."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lineage_stats import TraceStore, load_traces
from lineage_stats.datasets import make_runs
from lineage_stats.detectors import RobustMADDetector, summarize_runs
from lineage_stats.exceptions import (
    BaselineError,
    MissingDependencyError,
    NoTracesError,
    UnreadableTraceWarning,
)
from lineage_stats.features import CellSummary
from lineage_stats.storage import _windows, stream_traces
from lineage_stats.storage._selection import Selection
from lineage_stats.trace import Operation, Trace
from tests.stored_runs import write, write_mixed_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mixed_store(tmp_path_factory.mktemp("a store with spaces"))


@pytest.fixture
def _many_parts(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    """Let a part of the time have one pack."""

    monkeypatch.setattr(_windows, "_PACKS_AT_ONCE", 1)
    assert len(_windows.windows(store, Selection())) == 3


def same(one: CellSummary, other: CellSummary) -> bool:
    return bool(one.to_table().equals(other.to_table(), check_metadata=True))


@pytest.mark.slow
@pytest.mark.usefixtures("_many_parts")
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_folder_is_summed_up_as_its_runs_are(store: Path, n_jobs: int | None) -> None:
    loaded = summarize_runs(load_traces(store), quantiles="exact")
    read = summarize_runs(str(store), quantiles="exact", n_jobs=n_jobs)
    assert read.n_runs == 25
    assert same(read, loaded)


@pytest.mark.usefixtures("_many_parts")
def test_a_stream_is_summed_up_as_the_selected_runs_are(store: Path) -> None:
    wanted = {"since": "2024-01-04", "until": "2024-01-15"}
    loaded = load_traces(store, **wanted)
    assert 5 < len(loaded) < 15
    found = summarize_runs(stream_traces(store, **wanted), quantiles="exact")
    assert same(found, summarize_runs(loaded, quantiles="exact"))


def test_runs_are_added_to_a_summary_as_they_come(store: Path) -> None:
    runs = load_traces(store)
    summary = summarize_runs(runs[:15], quantiles="exact")
    later = summarize_runs(runs[15:], quantiles="exact", reference=summary.reference)
    whole = summarize_runs(runs, quantiles="exact", reference=summary.reference)
    assert same(summary.merge(later), whole)


@pytest.mark.filterwarnings("ignore::lineage_stats.exceptions.FewRunsWarning")
def test_the_keys_are_those_of_a_baseline(store: Path) -> None:
    detector = RobustMADDetector().fit(store)
    summary = summarize_runs(store)
    assert summary.reference == detector.reference_
    assert set(summary.cells) == set(detector.cells_)
    whole = summarize_runs(store, reference=load_traces(store)[-1])
    assert whole.reference.keys == load_traces(store)[-1].keys


def test_sketches_of_few_runs_are_exact(store: Path) -> None:
    pytest.importorskip("datasketches", reason="the extra 'sketches' is not installed")
    summary = summarize_runs(store, quantiles="kll", sketch_size=50)
    exact = summarize_runs(store, quantiles="exact")
    assert (summary.sketch_size, summary.rank_error) == (50, 0)
    assert summary.to_frame().equals(exact.to_frame())


def test_a_file_that_cannot_be_read_is_told_of_once(tmp_path: Path) -> None:
    runs, _ = make_runs(3, random_state=0, return_traces=True)
    write(tmp_path, *runs)
    TraceStore(tmp_path).write(replace(runs[0], run_id="bad")).write_bytes(b"no trace")
    told = r"1 trace file could not.*bad.parquet"
    with pytest.warns(UnreadableTraceWarning, match=told) as noted:
        assert summarize_runs(tmp_path).n_runs == 3
    assert [warning.filename for warning in noted] == [__file__]


def test_no_run_at_all(tmp_path: Path, store: Path) -> None:
    empty = summarize_runs([])
    assert (empty.n_runs, empty.cells, empty.reference) == (0, (), None)
    with pytest.raises(NoTracesError):
        summarize_runs(tmp_path)
    with pytest.raises(NoTracesError, match="matches tags"):
        summarize_runs(stream_traces(store, tags={"status": "ill"}))


def test_a_summary_is_of_one_pipeline(tmp_path: Path) -> None:
    step = Operation("f/read#1", "read")
    runs = [Trace(f"r{i}", "ab"[i % 2], (step,), start_ns=i) for i in range(4)]
    for given in (write(tmp_path, *runs), runs):
        with pytest.raises(BaselineError, match="belong to 2 pipelines: a, b"):
            summarize_runs(given)
    with pytest.raises(BaselineError, match="2 pipelines: a, c"):
        summarize_runs([runs[0]], reference=replace(runs[0], pipeline="c"))


def test_wrong_parameters_are_refused(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"of summarize_runs must be 'local' or 'spark'. Got 'x'"):
        summarize_runs(store, engine="x")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ValueError, match=r"'quantiles' parameter .* Got 'median'"):
        summarize_runs(store, quantiles="median")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(TypeError, match=r"name of a folder or as a stream. Got int instead"):
        summarize_runs(3)
    monkeypatch.setitem(sys.modules, "datasketches", None)
    with pytest.raises(MissingDependencyError, match=r"lineage-stats\[sketches\]"):
        summarize_runs(store, quantiles="kll")
