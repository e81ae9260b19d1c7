"""Baselines learned from a folder run by run, against those learned from the runs it holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sklearn.base import clone

from lineage_stats import TraceStore, load_traces
from lineage_stats.datasets import FAULTS, make_runs
from lineage_stats.detectors import BaseDetector, RobustMADDetector, ZScoreDetector, _measuring
from lineage_stats.detectors._inputs import layout_of
from lineage_stats.exceptions import (
    BaselineError,
    LineageStatsWarning,
    NoTracesError,
    TooFewRunsError,
    UnreadableTraceWarning,
)
from lineage_stats.storage import _pack, _parquet, stream_traces
from lineage_stats.trace import Operation, Trace
from tests.registry import DETECTORS
from tests.stored_runs import write, write_mixed_store

pytestmark = pytest.mark.filterwarnings("ignore::lineage_stats.exceptions.FewRunsWarning")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mixed_store(tmp_path_factory.mktemp("a store with spaces"))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the files that are opened from now on, in whatever way."""
    names: list[str] = []

    def noted(function: Any) -> Any:
        def call(path: Path, *args: Any, **kwargs: Any) -> Any:
            names.append(Path(path).name)
            return function(path, *args, **kwargs)

        return call

    for module, name in (
        (_pack, "iter_pack"), (_pack, "read_about"), (_parquet, "read_parquet"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, noted(getattr(module, name)))
    return names


def learned_state(detector: BaseDetector, folder: Path) -> tuple[bytes, Any]:
    """Return all that a detector has learned: its arrays byte for byte, and what is named."""
    saved = detector.save(folder)
    named = json.loads((saved / "detector.json").read_text(encoding="utf-8"))
    for place in (named, named["history"]):
        place["labels"].sort()  # a mapping
    return (saved / "arrays.parquet").read_bytes(), named


@pytest.mark.parametrize("detector", DETECTORS, ids=str)
def test_the_learned_state_is_that_of_loaded_runs(
    detector: BaseDetector, store: Path, tmp_path: Path
) -> None:
    loaded = clone(detector).fit(load_traces(store))
    read = clone(detector).fit(store)
    assert learned_state(read, tmp_path / "read") == learned_state(loaded, tmp_path / "loaded")
    assert read.n_features_in_ == loaded.n_features_in_
    assert read.history_.labels == loaded.history_.labels


@pytest.mark.parametrize("max_runs", [2, 3, 6, 9, 20, 24])
def test_of_many_runs_the_latest_are_learned_from(
    max_runs: int, store: Path, tmp_path: Path
) -> None:
    detector = ZScoreDetector(max_runs=max_runs)
    loaded = clone(detector).fit(load_traces(store)[-max_runs:])
    read = clone(detector).fit(str(store))
    assert learned_state(read, tmp_path / "read") == learned_state(loaded, tmp_path / "loaded")


def test_older_files_are_not_opened(opened: list[str], tmp_path: Path) -> None:
    runs, _ = make_runs(30, random_state=0, return_traces=True)
    # A run that ended long after it began is packed with those of that time.
    write(tmp_path, *runs[:4], *runs[5:10])
    TraceStore(tmp_path).compact(runs_per_file=9)
    write(tmp_path, runs[4], *runs[10:19])
    TraceStore(tmp_path).compact(runs_per_file=10)
    write(tmp_path, *runs[19:28])
    TraceStore(tmp_path).compact(runs_per_file=9)
    write(tmp_path, *runs[28:])
    early, late, latest = sorted(path.name for path in tmp_path.rglob("*.pack"))
    opened.clear()
    read = ZScoreDetector(max_runs=15).fit(tmp_path)
    assert read.run_ids_ == tuple(run.run_id for run in runs[15:])
    assert (late in opened, latest in opened, early in opened) == (True, True, False)
    opened.clear()
    ZScoreDetector(max_runs=2).fit(tmp_path)
    assert {name.partition("-")[2] for name in opened} == {
        f"{run.run_id}.parquet" for run in runs[28:]
    }


def test_runs_are_forgotten_once_they_are_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runs, _ = make_runs(40, random_state=0, return_traces=True)
    write(tmp_path, *runs)
    TraceStore(tmp_path).compact(runs_per_file=40)
    made, most = 0, 0
    head_of = _pack._head

    def making(*args: Any) -> Trace:
        nonlocal made, most
        made += 1
        most = max(most, made)
        return head_of(*args)

    def measuring(trace: Trace) -> str:
        nonlocal made
        made -= 1
        return layout_of(trace)

    monkeypatch.setattr(_pack, "_head", making)
    monkeypatch.setattr(_measuring, "layout_of", measuring)
    ZScoreDetector().fit(tmp_path)
    assert (made, most) == (0, 1)


def test_files_that_no_store_named_are_dated_by_what_they_hold(tmp_path: Path) -> None:
    runs, _ = make_runs(6, random_state=0, return_traces=True)
    names = ["zero", "one", "two", "three", "four", "five"]
    for run, name in zip(runs, names, strict=True):
        TraceStore(tmp_path).write(run).rename(tmp_path / f"{name}.parquet")
    (tmp_path / "six.parquet").write_bytes(b"no trace")
    with pytest.warns(UnreadableTraceWarning, match=r"six\.parquet"):
        read = ZScoreDetector(max_runs=3).fit(tmp_path)
    assert read.run_ids_ == tuple(run.run_id for run in runs[3:])


def test_packs_whose_names_do_not_say_when_they_end_are_opened(tmp_path: Path) -> None:
    runs, _ = make_runs(9, random_state=0, return_traces=True)
    for chosen in (runs[:4], runs[4:]):
        write(tmp_path, *chosen)
        TraceStore(tmp_path).compact(runs_per_file=len(chosen))
    for i, pack in enumerate(sorted(tmp_path.rglob("*.pack"))):
        pack.rename(pack.with_name(f"{9 - i}.pack"))
    read = ZScoreDetector(max_runs=6).fit(tmp_path)
    assert read.run_ids_ == tuple(run.run_id for run in runs[3:])


def test_what_is_packed_while_it_is_read_is_found_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runs, _ = make_runs(6, random_state=0, return_traces=True)
    write(tmp_path / "runs", *runs)
    calls = iter(range(99))

    def packing(trace: Trace) -> str:
        if next(calls) == 1:
            TraceStore(tmp_path / "runs").compact()
        return layout_of(trace)

    monkeypatch.setattr(_measuring, "layout_of", packing)
    assert ZScoreDetector().fit(tmp_path / "runs").run_ids_ == tuple(run.run_id for run in runs)


def test_a_file_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    runs, _ = make_runs(3, random_state=0, return_traces=True)
    write(tmp_path, *runs)
    bad = TraceStore(tmp_path).write(replace(runs[0], run_id="bad"))
    bad.write_bytes(b"no trace")
    with pytest.warns(
        UnreadableTraceWarning, match=r"1 trace file could not.*bad\.parquet"
    ) as told:
        assert ZScoreDetector().fit(tmp_path).n_runs_ == 3
    unread = [w for w in told if w.category is UnreadableTraceWarning]
    assert [w.filename for w in unread] == [__file__]


def test_one_file_of_many_runs_is_a_collection(store: Path, tmp_path: Path) -> None:
    pack = max(store.rglob("*.pack"))
    loaded, read = ZScoreDetector().fit(load_traces(pack)), ZScoreDetector().fit(pack)
    assert learned_state(read, tmp_path / "read") == learned_state(loaded, tmp_path / "loaded")


def test_scores_are_those_of_loaded_runs(store: Path, tmp_path: Path) -> None:
    faults = [None, FAULTS[0], FAULTS[-1]]
    new, _ = make_runs(3, first=30, fault=faults, random_state=0, return_traces=True)
    detector = RobustMADDetector().fit(store)
    write(tmp_path, *reversed(new))
    found = detector.score_many(tmp_path)
    assert [one.to_dict() for one in found] == [one.to_dict() for one in detector.score_many(new)]
    assert [one.flagged for one in found] == [False, True, True]


def test_a_run_of_the_baseline_is_judged_by_the_others(store: Path) -> None:
    detector = ZScoreDetector().fit(store)
    with pytest.warns(LineageStatsWarning, match="judged by the others"):
        assert len(detector.score_many(next(store.rglob("*.parquet")))) == 1


@pytest.mark.parametrize("packed", [True, False])
def test_a_baseline_describes_one_pipeline(packed: bool, opened: list[str], tmp_path: Path) -> None:
    step = Operation("f/read#1", "read")
    write(tmp_path, *(Trace(f"r{i}", "ab"[i % 2], (step,), start_ns=i * 10**9) for i in range(20)))
    if packed:
        TraceStore(tmp_path).compact(runs_per_file=5)
    opened.clear()
    with pytest.raises(BaselineError, match="belong to 2 pipelines: a, b"):
        ZScoreDetector(max_runs=2).fit(tmp_path)
    assert len(opened) < 6


def test_a_folder_without_runs_is_refused(store: Path, tmp_path: Path) -> None:
    detector = ZScoreDetector().fit(store)
    for ask in (ZScoreDetector().fit, detector.score_many):
        with pytest.raises(NoTracesError, match="holds no run"):
            ask(tmp_path)
        with pytest.raises(NoTracesError, match=r"'.*nowhere' does not exist"):
            ask(tmp_path / "nowhere")
    with pytest.raises(TooFewRunsError, match="got n_samples = 1"):
        ZScoreDetector().fit(next(store.rglob("*.parquet")))


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Trace]]:
    """Return a store of ten packs, of which each third run is healthy."""
    folder = tmp_path_factory.mktemp("packed")
    runs, _ = make_runs(60, random_state=0, return_traces=True)
    runs = [replace(run, tags={"status": "bad" if i % 3 else "good"}) for i, run in enumerate(runs)]
    for i in range(0, 60, 6):
        write(folder, *runs[i : i + 6])
        TraceStore(folder).compact(runs_per_file=6)
    return folder, runs


@pytest.mark.parametrize(
    ("max_runs", "n_packs"), [(4, 3), (7, 5), (99, 10)], ids=["few", "more", "all"]
)
def test_tags_select_what_is_learned_from(
    max_runs: int, n_packs: int, packed: tuple[Path, list[Trace]], opened: list[str], tmp_path: Path
) -> None:
    folder, _ = packed
    wanted = {"tags": {"status": "good"}}
    detector = RobustMADDetector(max_runs=max_runs)
    loaded = clone(detector).fit(load_traces(folder, **wanted)[-max_runs:])
    opened.clear()
    read = clone(detector).fit(stream_traces(folder, **wanted))
    assert len(set(opened)) == n_packs
    assert learned_state(read, tmp_path / "read") == learned_state(loaded, tmp_path / "loaded")


def test_times_and_pipelines_select_what_is_learned_from(
    packed: tuple[Path, list[Trace]], tmp_path: Path
) -> None:
    folder, runs = packed
    wanted = {"since": runs[4].start, "until": runs[30].start, "pipeline": runs[0].pipeline}
    loaded = ZScoreDetector().fit(load_traces(folder, **wanted)[-5:])
    read = ZScoreDetector(max_runs=5).fit(stream_traces(folder, **wanted))
    assert read.run_ids_ == loaded.run_ids_
    flat = tmp_path / runs[0].pipeline
    for i, run in enumerate(runs[:20]):  # runs of two pipelines in one folder
        file = TraceStore(tmp_path / "stores").write(replace(run, pipeline="ab"[i % 2]))
        flat.mkdir(exist_ok=True)
        file.rename(flat / file.name)
    for stream in (stream_traces(flat, pipeline="a"), stream_traces(flat, pipeline="b")):
        name = stream.selection.pipeline
        loaded = ZScoreDetector().fit(load_traces(flat, pipeline=name)[-8:])
        assert ZScoreDetector(max_runs=8).fit(stream).run_ids_ == loaded.run_ids_


def test_tags_may_select_one_of_several_pipelines(tmp_path: Path) -> None:
    runs, _ = make_runs(8, random_state=0, return_traces=True)
    for i, run in enumerate(runs):
        write(tmp_path, replace(run, pipeline="ab"[i % 2], tags={"team": "ab"[i % 2]}))
    assert ZScoreDetector().fit(stream_traces(tmp_path, tags={"team": "a"})).pipeline_ == "a"
    with pytest.raises(BaselineError, match="2 pipelines"):
        ZScoreDetector().fit(stream_traces(tmp_path, since="2000-01-01"))


def test_runs_that_began_at_one_moment_do_not_hide_older_ones(tmp_path: Path) -> None:
    runs, _ = make_runs(12, random_state=0, return_traces=True)
    tags = {"status": "good"}
    write(tmp_path, *(replace(run, tags=tags) for run in runs[:4]))
    write(tmp_path, *(replace(run, tags={}, start_ns=runs[4].start_ns) for run in runs[4:]))
    read = ZScoreDetector(max_runs=4).fit(stream_traces(tmp_path, tags=tags))
    assert read.run_ids_ == tuple(run.run_id for run in runs[:4])


def test_a_run_that_ends_while_others_are_read_counts_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runs, _ = make_runs(12, random_state=0, return_traces=True)
    good = [replace(run, tags={"status": "good"}) for run in runs]
    write(tmp_path, *good[:8], *(replace(run, tags={}) for run in runs[8:10]), *good[10:])
    calls = iter(range(99))

    def packing(trace: Trace) -> str:
        if next(calls) == 3:
            TraceStore(tmp_path).compact()
        return layout_of(trace)

    monkeypatch.setattr(_measuring, "layout_of", packing)
    read = ZScoreDetector(max_runs=6).fit(stream_traces(tmp_path, tags={"status": "good"}))
    assert read.run_ids_ == tuple(run.run_id for run in [*runs[4:8], *runs[10:]])


def test_a_stream_of_which_nothing_is_selected_is_refused(store: Path) -> None:
    detector = ZScoreDetector().fit(store)
    stream = stream_traces(store, tags={"status": "ill"})
    for ask in (ZScoreDetector().fit, detector.score_many):
        with pytest.raises(NoTracesError, match=r"No run in .* matches tags=\{'status'"):
            ask(stream)


def test_other_methods_say_where_the_name_of_a_folder_belongs(store: Path) -> None:
    detector = ZScoreDetector().fit(store)
    for ask in (detector.score, detector.partial_fit, detector.predict):
        with pytest.raises(
            TypeError, match=r"which fit and score_many take.*load_traces\('runs'\)"
        ):
            ask("runs")
        with pytest.raises(TypeError, match=r"a stream .*which fit and score_many take.*the runs'"):
            ask(stream_traces(store))
