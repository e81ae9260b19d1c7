"""Packing loses nothing: not while others write and read, and not where it is cut short."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats import TraceStore, load_traces
from lineage_stats.exceptions import UnreadableTraceWarning
from lineage_stats.storage import Compaction, _compact
from lineage_stats.storage._packs import find_packs
from lineage_stats.trace import Operation, Trace
from tests.strategies import make_trace, make_traces, traces


@pytest.fixture
def filled(store):
    for trace in make_traces(7):
        store.write(trace)
    store.write(make_trace(0, seed=1, pipeline="fraud"))
    return store


def files(store, ending=""):
    found = [p for p in store.path.rglob("*") if p.is_file() and p.name.endswith(ending)]
    return sorted(p.name for p in found)


def test_many_files_become_few_and_the_runs_stay(filled):
    before = filled.load()
    done = filled.compact()
    assert (done.n_runs, done.n_files_before, done.n_files_after) == (7, 8, 2)
    assert done.n_bytes_after < done.n_bytes_before
    assert filled.load() == before
    assert filled.load(pipeline="churn")[3].history()[0] == before[0]
    assert len(files(filled, ".parquet")) == 1  # the only run of its pipeline


def test_packing_again_does_nothing(filled):
    filled.compact()
    before = files(filled)
    assert filled.compact().n_runs == 0
    assert files(filled) == before


def test_new_runs_join_a_pack_that_has_room(filled):
    filled.compact("churn")
    filled.write(make_trace(7))
    assert filled.compact("churn").n_runs == 1
    assert len(files(filled, ".pack")) == 1
    assert len(filled.load(pipeline="churn")) == 8


def test_a_pack_holds_no_more_than_it_should(filled):
    filled.compact(runs_per_file=3)
    assert len(files(filled, ".pack")) == 3
    full = files(filled, ".pack")[:2]
    filled.write(make_trace(7))
    filled.write(make_trace(8))
    filled.compact(runs_per_file=3)
    assert set(full) <= set(files(filled, ".pack"))
    assert len(filled.load()) == 10


def test_packed_runs_are_found_in_every_way(filled):
    before = filled.load(pipeline="churn")
    filled.compact()
    assert filled.get("run-0-00003") == before[3]
    assert filled.get("run-0-0000") is None  # of more than one
    assert set(filled.run_ids()) == {*(t.run_id for t in before), "run-1-00000"}
    assert filled.pipelines() == ("churn", "fraud")
    (pack,) = filled.path.rglob("*.pack")
    assert load_traces(pack) == before
    since = before[5].start - dt.timedelta(milliseconds=1)
    assert load_traces(filled.path, pipeline="churn", since=since) == before[5:]


def test_what_was_decided_on_a_packed_run_counts(filled):
    filled.compact()
    filled.quarantine(filled.get("run-0-00003"), "bad")
    assert [t.run_id for t in filled.load(tags={"baseline": "quarantined"})] == ["run-0-00003"]
    assert filled.get("run-0-00003").tags["baseline"] == "quarantined"
    filled.write(make_trace(9))
    filled.compact()  # and is not written into the pack
    packs, _ = find_packs(filled.path, "churn")
    assert all("baseline" not in run.tags for run in _compact.read_packs(packs))


def test_open_runs_and_those_without_operations_keep_their_files(filled):
    journal = filled.begin({"run_id": "open", "pipeline": "churn", "start_ns": 10**18})
    journal.flush()
    filled.write(Trace("empty", "churn", start_ns=10**18 + 1))
    filled.compact("churn")
    assert [n.partition("-")[2] for n in files(filled) if "Z-run" not in n][:2] == [
        "empty.parquet",
        "open.journal",
    ]
    assert len(filled.load()) == 10
    journal.close()


def test_a_run_whose_processes_go_on_keeps_its_file_and_a_late_part_is_added(filled):
    first = filled.get("run-0-00000")
    run = {"run_id": first.run_id, "pipeline": "churn", "start_ns": first.start_ns}
    part = filled.begin_part({**run, "repeats": 5, "forked_ns": 0}, lambda start: (start,))
    part.operation(Operation("w/a#1", "a", "source", "w", 1, start_ns=first.start_ns + 1))
    part.flush()
    assert filled.compact("churn").n_runs == 6
    part.finish({"problems": [], "n_untracked": 0})
    assert "w/a#1" in filled.get("run-0-00000").keys


def test_a_part_that_comes_after_the_packing_is_added(filled):
    first = filled.get("run-0-00000")
    filled.compact("churn")
    run = {"run_id": first.run_id, "pipeline": "churn", "start_ns": first.start_ns}
    part = filled.begin_part({**run, "repeats": 5, "forked_ns": 0}, lambda start: (start,))
    part.operation(Operation("w/a#1", "a", "source", "w", 1, start_ns=first.start_ns + 1))
    part.finish({"problems": [], "n_untracked": 0})
    assert "w/a#1" in filled.get("run-0-00000").keys
    assert "w/a#1" in filled.load(pipeline="churn")[0].keys


def test_a_run_that_was_written_anew_meanwhile_is_not_lost(filled, monkeypatch):
    first = filled.get("run-0-00000")
    newer = replace(first, tags={"anew": "yes"})
    write = _compact.write_packs

    def write_and_be_overtaken(*args):
        write(*args)
        filled.write(newer)

    monkeypatch.setattr(_compact, "write_packs", write_and_be_overtaken)
    filled.compact("churn")
    assert filled.get("run-0-00000").tags == {"anew": "yes"}
    assert len(filled.load(pipeline="churn")) == 7
    monkeypatch.undo()
    filled.compact("churn")
    assert filled.get("run-0-00000").tags == {"anew": "yes"}
    assert len(files(filled, ".pack")) == 1


class Cut(BaseException):
    """Stands for the death of the process."""


# Names of what is called on the way, each a moment at which the process may die.
@pytest.mark.parametrize("moment", ["_write_one", "state_of", "remove_unchanged"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_process_that_dies_loses_nothing(filled, monkeypatch, moment, nth):
    filled.compact("churn", runs_per_file=2)
    for trace in make_traces(5, first=7):
        filled.write(trace)
    before = filled.load()
    calls = []
    real = getattr(_compact, moment)

    def die(*args):
        calls.append(args)
        if len(calls) == nth:
            raise Cut
        return real(*args)

    monkeypatch.setattr(_compact, moment, die)
    with pytest.raises(Cut):
        filled.compact("churn", runs_per_file=3)
    monkeypatch.undo()
    assert filled.load() == before
    filled.compact("churn", runs_per_file=3)
    assert filled.load() == before
    assert not [n for n in files(filled) if n.startswith(".") or n.endswith((".tmp", ".going"))]


def test_a_file_on_its_way_out_comes_back_where_it_is_not_packed(filled):
    (file,) = filled.path.rglob("*run-0-00003.parquet")
    file.rename(file.with_name(f".{file.name}.going"))
    filled.write(make_trace(7))
    filled.compact("churn")
    assert len(filled.load(pipeline="churn")) == 8


def test_a_damaged_pack_is_told_and_left_alone(filled):
    filled.compact("churn")
    (pack,) = filled.path.rglob("*.pack")
    pack.write_bytes(b"PAR1 no more")
    filled.write(make_trace(8))
    filled.write(make_trace(9))
    with pytest.warns(UnreadableTraceWarning, match=pack.name):
        assert len(filled.load()) == 3
    filled.compact("churn")
    assert pack.read_bytes() == b"PAR1 no more"


def test_what_is_no_number_of_runs_is_refused(store):
    with pytest.raises(ValueError, match="at least 2"):
        store.compact(runs_per_file=1)
    assert store.compact() == Compaction()


def test_readers_and_writers_at_the_same_time(filled):
    """Runs are loaded while others are written and packed; none is ever missing."""
    short = [0]
    stop = threading.Event()

    def read():
        while not stop.is_set():
            short[0] += len(filled.load(pipeline="churn")) < 7

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for i in range(7, 19):
            filled.write(make_trace(i))
            filled.compact("churn", runs_per_file=5)
    finally:
        stop.set()
        reader.join()
    assert short == [0]
    assert len(filled.load(pipeline="churn")) == 19


def test_two_processes_that_pack_do_not_disturb_each_other(filled):
    before = filled.load()
    code = "import sys; from lineage_stats import TraceStore; TraceStore(sys.argv[1]).compact()"
    command = [sys.executable, "-c", code, str(filled.path)]
    both = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert filled.load() == before


@settings(max_examples=15)
@given(st.lists(traces(pipeline="p"), min_size=1, max_size=4, unique_by=lambda t: t.run_id))
def test_any_runs_come_back(tmp_path_factory, runs):
    store = TraceStore(tmp_path_factory.mktemp("any"))
    for run in runs:
        # A digest stands for the same columns in every run.
        store.write(replace(run, schemas={}))
    before = store.load()
    store.compact()
    assert store.load() == before


def test_the_folder_of_a_pipeline_can_be_packed_alone(filled):
    done = TraceStore(filled.path / "churn").compact()
    assert (done.n_runs, done.n_files_after) == (7, 1)
    assert len(filled.load()) == 8
