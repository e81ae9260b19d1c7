"""load_traces: what it finds, what it passes over, what it says when there is nothing."""

from __future__ import annotations

import datetime as dt
import pickle
import warnings
from pathlib import Path
from typing import Any

import pytest

from lineage_stats import load_traces as public_load_traces
from lineage_stats.exceptions import (
    NoTracesError,
    SchemaVersionError,
    TraceFileError,
    UnreadableTraceWarning,
)
from lineage_stats.storage import TraceStore, load_traces
from lineage_stats.storage import _load as module
from lineage_stats.storage._layout import RunFile
from lineage_stats.storage._selection import Selection
from lineage_stats.trace import Operation, Trace, TraceSet
from tests.storage.test_parquet import rewrite
from tests.strategies import make_trace, make_traces


def ids(runs: TraceSet) -> list[str]:
    return [t.run_id for t in runs]


@pytest.fixture
def filled(store: TraceStore) -> TraceStore:
    """Three healthy and two faulty runs of churn, and one of fraud, written out of order."""
    runs = make_traces(3) + make_traces(2, seed=1, first=3, tags={"status": "faulty", "site": "a"})
    for trace in reversed(runs):
        store.write(trace)
    store.write(make_trace(1, seed=2, pipeline="fraud"))
    return store


def test_all_runs_in_time_order(filled: TraceStore) -> None:
    runs = load_traces(filled.path)
    assert len(runs) == 6
    starts = [t.start_ns for t in runs]
    assert starts == sorted(starts)
    assert runs.pipelines == ("churn", "fraud")
    assert runs == filled.load()
    assert public_load_traces is load_traces


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"pipeline": "fraud"}, ["run-2-00001"]),
        ({"pipeline": "churn", "tags": {"status": "faulty"}}, ["run-1-00003", "run-1-00004"]),
        ({"tags": {"status": "faulty", "site": "a"}, "until": "2024-01-04"}, ["run-1-00003"]),
        ({"since": "2024-01-04"}, ["run-1-00003", "run-1-00004"]),
        ({"since": dt.date(2024, 1, 5)}, ["run-1-00004"]),
        ({"until": dt.datetime(2024, 1, 2)}, ["run-0-00000"]),
        ({"pipeline": "churn", "since": "2024-01-02", "until": "2024-01-02"}, ["run-0-00001"]),
    ],
)
def test_filters(selection: dict[str, Any], expected: list[str], filled: TraceStore) -> None:
    assert ids(load_traces(filled.path, **selection)) == expected
    assert ids(filled.load(**selection)) == expected


def test_folder_of_one_pipeline_and_file_of_one_run(filled: TraceStore) -> None:
    assert len(load_traces(filled.path / "churn")) == 5
    file = next((filled.path / "fraud").iterdir())
    assert ids(load_traces(str(file))) == ["run-2-00001"]
    assert ids(load_traces(file, pipeline="fraud")) == ["run-2-00001"]
    with pytest.raises(NoTracesError, match=r"parquet' does not match pipeline='churn'\.$"):
        load_traces(file, pipeline="churn")


def test_default_folder(
    filled: TraceStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    filled.path.rename(tmp_path / "lineage_traces")
    monkeypatch.chdir(tmp_path)
    assert len(load_traces()) == 6


def test_leftover_journals_are_incomplete_runs(filled: TraceStore) -> None:
    killed = filled.begin(
        {"run_id": "killed", "pipeline": "churn", "start_ns": 2 * 10**18, "tags": {"a": "b"}}
    )
    killed.operation(Operation("k", "n"))
    killed.flush()
    with killed.path.open("ab") as file:
        file.write(b'{"t":"op","key":"to')
    killed.close()
    last = load_traces(filled.path)[-1]
    assert (last.run_id, last.keys) == ("killed", ("k",))
    assert (last.status, last.complete) == ("running", False)
    assert ids(load_traces(filled.path, tags={"a": "b"})) == ["killed"]
    assert ids(load_traces(killed.path)) == ["killed"]
    assert last.history is not None
    assert "killed" in ids(last.history())
    assert "killed" not in ids(load_traces(filled.path, tags={"status": "healthy"}))


def test_an_empty_journal_is_a_run_that_begins_now(filled: TraceStore) -> None:
    (filled.path / "churn" / "x.journal").touch()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load_traces(filled.path)) == 6


def test_history_is_all_runs_of_the_pipeline_wherever_one_stands(
    filled: TraceStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(filled.path)
    (trace,) = load_traces(".", tags={"site": "a"}, since="2024-01-05")
    monkeypatch.chdir(tmp_path)
    assert trace.history is not None
    assert len(trace.history()) == 5
    assert trace.history().pipelines == ("churn",)
    again = pickle.loads(pickle.dumps(trace))
    assert again == trace
    assert len(again.history()) == 5


def test_history_of_a_run_loaded_by_its_file(filled: TraceStore) -> None:
    file = next((filled.path / "churn").iterdir())
    (trace,) = load_traces(file)
    assert trace.history is not None
    assert len(trace.history()) == 5


def damage(store: TraceStore) -> dict[str, Path]:
    """Break three files of a store in three ways."""
    torn, foreign, newer = sorted((store.path / "churn").iterdir())[:3]
    torn.write_bytes(torn.read_bytes()[:-20])
    foreign_data = b"PAR1 but nothing else"
    foreign.write_bytes(foreign_data)
    rewrite(newer, schema_version=7)
    return {"torn": torn, "foreign": foreign, "newer": newer}


def test_bad_files_among_good_ones_are_passed_over_and_named(filled: TraceStore) -> None:
    bad = damage(filled)
    with pytest.warns(UnreadableTraceWarning) as caught:
        runs = load_traces(filled.path)
    assert len(runs) == 3
    assert set(runs.problems) == {str(path) for path in bad.values()}
    assert "upgrade lineage_stats" in runs.problems[str(bad["newer"])]
    (warning,) = caught
    text = str(warning.message)
    assert text.startswith("3 trace files could not be read and were passed over (3 loaded): ")
    assert all(str(path) in text for path in bad.values())
    assert warning.filename == __file__


def test_one_bad_file_in_the_singular(filled: TraceStore) -> None:
    next((filled.path / "fraud").iterdir()).write_bytes(b"x")
    with pytest.warns(UnreadableTraceWarning, match=r"^1 trace file .* and was passed over \(5 l"):
        load_traces(filled.path)


def test_bad_files_of_other_pipelines_are_no_concern(filled: TraceStore) -> None:
    damage(filled)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load_traces(filled.path, pipeline="fraud")) == 1


def test_a_bad_file_that_was_asked_for_is_an_error(filled: TraceStore) -> None:
    bad = damage(filled)
    with pytest.raises(TraceFileError, match="is not a readable trace"):
        load_traces(bad["torn"])
    with pytest.raises(SchemaVersionError, match="upgrade lineage_stats"):
        load_traces(bad["newer"])


def test_a_file_that_may_not_be_read_is_a_problem_not_an_error(
    filled: TraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = module.read_run_file

    def refuse(file: RunFile, selection: Selection, folder: Path) -> Trace | None:
        if "run-0-00001" in file.path.name:
            raise PermissionError(13, "Permission denied", str(file.path))
        return read(file, selection, folder)

    monkeypatch.setattr(module, "read_run_file", refuse)
    with pytest.warns(UnreadableTraceWarning, match="Permission denied"):
        assert len(load_traces(filled.path)) == 5


def test_a_run_that_ends_while_we_look_is_found(
    store: TraceStore, monkeypatch: pytest.MonkeyPatch, trace: Trace
) -> None:
    path = store.write(trace)
    gone = RunFile(path.with_suffix(".journal"), True)
    monkeypatch.setattr(module, "run_files", lambda *_: [gone])
    assert load_traces(store.path) == TraceSet([trace])


def test_a_run_that_is_deleted_while_we_look_is_left_out(
    filled: TraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = module.run_files(filled.path)
    files[0].path.unlink()
    monkeypatch.setattr(module, "run_files", lambda *_: files)
    assert len(load_traces(filled.path)) == 5


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NoTracesError) as caught:
        load_traces(tmp_path / "nowhere")
    assert str(caught.value) == (
        f"No traces were found: the folder '{tmp_path / 'nowhere'}' does not exist. Record a run "
        "first (lineage-stats run SCRIPT, or import lineage_stats.auto at the top of the script), "
        "or name the folder that holds the runs."
    )
    assert isinstance(caught.value, FileNotFoundError)


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(NoTracesError, match=r"the folder '.*' holds no run\. Record a run first"):
        load_traces(tmp_path)


def test_nothing_matches_says_what_there_is(filled: TraceStore) -> None:
    with pytest.raises(NoTracesError) as caught:
        load_traces(filled.path, pipeline="churm", tags={"status": "healthy"})
    text = str(caught.value)
    assert text.startswith(
        f"No run in '{filled.path}' matches pipeline='churm', tags={{'status': 'healthy'}}. "
        "There are runs of 'churn' (5), 'fraud' (1), with the tags site=a (2), status=faulty (2), "
        "status=healthy (4), from 2024-01-01 00:0"
    )
    assert text.endswith(" UTC. Ask for some of these.")


def test_nothing_matches_and_there_are_no_tags(store: TraceStore) -> None:
    store.write(Trace("r", "p"))
    with pytest.raises(NoTracesError, match=r"of 'p' \(1\), with the tags none, from 1970-01-01"):
        load_traces(store.path, tags={"a": "b"})


def test_many_tags_are_cut_short(store: TraceStore) -> None:
    for i in range(15):
        store.write(Trace(f"r{i}", "p", tags={"n": f"{i:02}"}))
    with pytest.raises(NoTracesError, match=r"n=09 \(1\) and 5 more, from"):
        load_traces(store.path, tags={"n": "99"})


def test_only_bad_files(store: TraceStore) -> None:
    store.write(make_trace(0)).write_bytes(b"x")
    with pytest.raises(NoTracesError, match=r"No trace in '.*' could be read: '.*' is not a read"):
        load_traces(store.path)


def test_reading_changes_nothing(filled: TraceStore) -> None:
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in filled.path.rglob("*")}
    load_traces(filled.path)
    assert {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in filled.path.rglob("*")} == before
