"""Runs that are read one after another."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from lineage_stats import TraceStore, load_traces
from lineage_stats.exceptions import NoTracesError, UnreadableTraceWarning
from lineage_stats.storage import stream_traces
from tests.stored_runs import write_mixed_store
from tests.strategies import make_traces


@pytest.fixture
def store(tmp_path: Path) -> TraceStore:
    store = TraceStore(tmp_path / "runs")
    for i, run in enumerate(make_traces(12)):
        store.write(replace(run, tags={"status": ("healthy", "suspect")[i % 3 == 2]}))
        if i == 7:
            store.compact(runs_per_file=4)
    return store


def test_it_reads_what_is_loaded(store: TraceStore) -> None:
    runs = list(load_traces(store.path))
    store.write(replace(runs[0], pipeline="another"))
    middle = {"since": runs[3].start, "until": runs[8].start}
    sizes = {}
    for name, wanted in {
        "all": {}, "tags": {"tags": {"status": "healthy"}}, "pipeline": {"pipeline": "churn"},
        "times": middle,
    }.items():  # fmt: skip
        loaded = sorted(run.run_id + run.pipeline for run in load_traces(store.path, **wanted))
        stream = stream_traces(store.path, **wanted)
        for _ in range(2):  # it can be read again
            assert sorted(run.run_id + run.pipeline for run in stream) == loaded
        sizes[name] = len(loaded)
    assert sizes == {"all": 13, "tags": 9, "pipeline": 12, "times": 6}


def test_one_run_is_in_memory_at_a_time(tmp_path: Path) -> None:
    stream = stream_traces(write_mixed_store(tmp_path))
    list(stream)  # modules are loaded
    tracemalloc.start()
    try:
        one = next(iter(stream))
        most = tracemalloc.get_traced_memory()[1]
        whole = list(stream)
        assert len(whole) == 25
        assert most < tracemalloc.get_traced_memory()[0] / 3
    finally:
        tracemalloc.stop()
    assert one in whole


def test_nothing_there_and_nothing_selected(store: TraceStore, tmp_path: Path) -> None:
    with pytest.raises(NoTracesError, match="nowhere' does not exist"):
        stream_traces(tmp_path / "nowhere")
    with pytest.raises(NoTracesError, match="holds no run"):
        stream_traces(tmp_path)
    nothing = stream_traces(store.path, tags={"status": "ill"})
    with pytest.raises(NoTracesError, match=r"matches tags=\{'status': 'ill'\}.*status=healthy"):
        next(iter(nothing))
    file = min(store.path.rglob("*.parquet"))
    with pytest.raises(NoTracesError, match=r"matches pipeline='another'"):
        list(stream_traces(file, pipeline="another"))
    broken = tmp_path / "broken" / "churn"
    broken.mkdir(parents=True)
    (broken / file.name).write_bytes(b"no trace")
    with (
        pytest.warns(UnreadableTraceWarning),
        pytest.raises(NoTracesError, match=r"No trace in .* could be read"),
    ):
        list(stream_traces(broken))


def test_what_cannot_be_read_is_told(store: TraceStore) -> None:
    bad = min(store.path.rglob("*.parquet"))
    bad.write_bytes(b"no trace")
    with pytest.warns(UnreadableTraceWarning, match=bad.name) as told:
        assert len(list(stream_traces(store.path))) == 11
    assert [warning.filename for warning in told] == [__file__]


def test_it_says_what_it_is(store: TraceStore) -> None:
    stream = stream_traces(store.path, tags={"status": "healthy"})
    assert repr(stream) == f"<TraceStream of '{store.path}': tags={{'status': 'healthy'}}>"
    assert stream == stream_traces(str(store.path), tags={"status": "healthy"})
