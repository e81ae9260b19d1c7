"""Which files hold the latest runs, told by their names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats import TraceStore, load_traces
from lineage_stats.storage import _pack
from lineage_stats.storage._pack import write_pack
from lineage_stats.storage._packs import about_runs
from lineage_stats.storage._selection import Selection
from lineage_stats.storage._stored import (
    Problem,
    iter_stored,
    pipelines_of_folders,
    stored_files,
)
from lineage_stats.trace import Trace
from tests.strategies import make_trace, make_traces


def ids(path: Path, newest: int | None = None, only: Collection[tuple[int, str]] = ()) -> list[str]:
    found = list(iter_stored(path, newest=newest, only=only))
    assert not any(isinstance(run, Problem) for run in found)
    runs = [run for run in found if isinstance(run, Trace)]
    return [run.run_id for run in sorted(runs, key=lambda run: run.start_ns)]


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    order=st.permutations(range(12)),
    sizes=st.lists(st.integers(2, 5), min_size=1, max_size=3),
    newest=st.integers(1, 13),
)
def test_the_latest_runs_are_found_however_they_were_packed(
    order: list[int], sizes: list[int], newest: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = TraceStore(tmp_path_factory.mktemp("runs"))
    runs = list(make_traces(12))
    while order:
        n = sizes[len(order) % len(sizes)]
        for i in order[:n]:
            store.write(runs[i])
        order = order[n:]
        if order:
            store.compact(runs_per_file=n)
    latest = [run.run_id for run in runs[-newest:]]
    assert ids(store.path, newest) == latest
    needed = [(run.start_ns, run.run_id) for run in runs[-3:-1]]
    found = stored_files(store.path, newest=newest, only=needed)
    assert len(found) <= 2
    assert set(ids(store.path, newest, only=needed)) == {run for _, run in needed}
    assert ids(store.path) == [run.run_id for run in runs]


def test_runs_of_the_last_moment_that_counts_all_come(tmp_path: Path) -> None:
    runs = [replace(make_trace(i), start_ns=10**18 + i) for i in range(5)]
    for run in runs:
        TraceStore(tmp_path).write(run)
    assert len(ids(tmp_path, 2)) == 5  # their names do not tell which began first


def test_a_pack_that_was_merged_into_another_does_not_count(tmp_path: Path) -> None:
    runs = make_traces(4)
    write_pack(list(runs[:3]), tmp_path / "a.pack", about_runs(runs[:3]))
    write_pack(list(runs), tmp_path / "b.pack", about_runs(runs, ["a.pack"]))
    assert [Path(file.path).name for file in stored_files(tmp_path, newest=4)] == ["b.pack"]


def test_a_pack_that_cannot_be_read_makes_room_for_older_runs(tmp_path: Path) -> None:
    runs, store = make_traces(6), TraceStore(tmp_path)
    for chosen in (runs[:3], runs[3:]):
        for run in chosen:
            store.write(run)
        store.compact(runs_per_file=3)
    max(tmp_path.rglob("*.pack")).write_bytes(b"x")
    found = list(iter_stored(tmp_path, newest=3))
    assert [type(one) for one in found] == [Trace] * 3 + [Problem]


def test_a_run_is_read_once_though_it_lies_in_two_files(tmp_path: Path) -> None:
    runs, store = make_traces(3), TraceStore(tmp_path)
    for run in runs:
        store.write(run)
    store.compact()
    store.write(replace(runs[1], status="failed"))
    found = [run for run in iter_stored(tmp_path, newest=3) if isinstance(run, Trace)]
    assert sorted(run.run_id for run in found) == [run.run_id for run in runs]
    assert {run.run_id: run.status for run in found}[runs[1].run_id] == "failed"


def test_a_file_that_is_gone_is_looked_for_once_more(tmp_path: Path) -> None:
    store = TraceStore(tmp_path)
    for run in make_traces(4):
        store.write(run)
    found = iter_stored(tmp_path, Selection(pipeline="churn"))
    first = next(found)
    store.compact()
    rest = list(found)
    assert sorted(run.run_id for run in (first, *rest) if isinstance(run, Trace)) == [
        run.run_id for run in load_traces(tmp_path)
    ]
    assert len(rest) == 3


def test_pipelines_are_told_by_one_run_of_each_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = TraceStore(tmp_path)
    for run in make_traces(4):
        store.write(run)
    store.compact(runs_per_file=2)
    store.write(make_trace(0, seed=1, pipeline="fraud"))
    monkeypatch.setattr(_pack, "iter_pack", None)
    assert pipelines_of_folders(tmp_path) == {"churn", "fraud"}
    assert pipelines_of_folders(tmp_path / "churn") == {"churn"}
    assert pipelines_of_folders(next(tmp_path.rglob("*.parquet"))) == set()
