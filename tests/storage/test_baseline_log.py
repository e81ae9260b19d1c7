"""Decisions on runs are appended, and what counts follows from them."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from lineage_stats import TraceStore, load_traces
from lineage_stats.storage._baseline_log import BaselineEvent, BaselineLog, verdicts_of, whoever
from lineage_stats.trace import healthy_runs
from tests.strategies import make_traces


@pytest.fixture
def filled(store):
    for trace in make_traces(4):
        store.write(trace)
    return store


def run(store, i):
    return store.get(f"run-0-0000{i}")


def ids(runs):
    return [trace.run_id[-1] for trace in runs]


def test_a_flagged_run_never_enters_a_baseline_by_itself(filled):
    filled.flag(run(filled, 1), "p = 1e-9")
    assert ids(healthy_runs(filled.load())) == ["0", "2", "3"]
    assert ids(healthy_runs(filled.load(), tags={})) == ["0", "2", "3"]
    filled.accept(run(filled, 1), "new supplier")
    assert ids(healthy_runs(filled.load())) == ["0", "1", "2", "3"]


def test_tags_given_before_anybody_knew_do_not_help_a_flagged_run(store):
    for trace in make_traces(3, tags={"status": "healthy"}):
        store.write(trace)
    store.flag(run(store, 1), "p = 1e-9")
    assert ids(healthy_runs(store.load())) == ["0", "2"]
    assert ids(healthy_runs(store.load(), tags={"status": "healthy"})) == ["0", "2"]


def test_an_accepted_run_counts_beside_tagged_ones(store):
    for trace in make_traces(2, tags={"status": "healthy"}):
        store.write(trace)
    store.write(make_traces(1, first=2, tags={"status": "suspect"})[0])
    assert ids(healthy_runs(store.load())) == ["0", "1"]
    store.accept(run(store, 2), "looked at by hand")
    assert ids(healthy_runs(store.load())) == ["0", "1", "2"]
    # Tags that were asked for are asked of it, too.
    assert ids(healthy_runs(store.load(), tags={"status": "healthy"})) == ["0", "1"]


def test_the_last_word_of_a_person_counts(filled):
    trace = run(filled, 1)
    filled.accept(trace, "fine")
    assert filled.flag(trace, "p = 1e-9") is None
    filled.quarantine(trace, "not fine after all")
    assert run(filled, 1).tags["baseline"] == "quarantined"
    verdicts = [event.verdict for event in filled.baseline_events("churn")]
    assert verdicts == ["accepted", "quarantined"]
    later = BaselineEvent(trace.run_id, "flagged")
    assert verdicts_of([*filled.baseline_events(), later]) == {trace.run_id: "quarantined"}


def test_runs_can_be_asked_for_by_what_was_decided(filled):
    filled.quarantine(run(filled, 2), "bad input")
    assert ids(load_traces(filled.path, tags={"baseline": "quarantined"})) == ["2"]
    (file,) = (p for p in filled.path.rglob("*00002.parquet"))
    assert load_traces(file)[0].tags["baseline"] == "quarantined"


def test_the_run_itself_stays_as_it_was(filled):
    (file,) = (p for p in filled.path.rglob("*00002.parquet"))
    before = file.read_bytes()
    filled.quarantine(run(filled, 2), "bad input")
    assert file.read_bytes() == before


def test_events_are_only_appended(filled):
    filled.accept(run(filled, 0), "a")
    log = BaselineLog(filled.path / "churn")
    before = log.path.read_bytes()
    filled.accept(run(filled, 1), "b\nc")
    assert log.path.read_bytes().startswith(before)
    assert [event.reason for event in log.events()] == ["a", "b\nc"]
    assert json.loads(before)["by"] == whoever()


def test_many_writers_lose_nothing(tmp_path):
    log = BaselineLog(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: log.append(f"r{i}", "accepted", "x" * 300, "me"), range(80)))
    assert {event.run_id for event in log.events()} == {f"r{i}" for i in range(80)}


def test_what_a_killed_writer_left_costs_one_line(tmp_path):
    log = BaselineLog(tmp_path)
    log.append("r1", "accepted", "a", "me")
    with log.path.open("ab") as file:
        file.write(b'{"run_id":"r2","verd')
    log.append("r3", "quarantined", "b", "me")
    assert log.verdicts() == {"r1": "accepted", "r3": "quarantined"}


@pytest.mark.parametrize(
    "line", [b"[]\n", b'"x"\n', b'{"run_id":"r","verdict":"odd"}\n', b"\xff\n"]
)
def test_lines_of_another_kind_are_passed_over(tmp_path, line):
    log = BaselineLog(tmp_path)
    log.path.write_bytes(line)
    assert log.events() == ()


def test_a_decision_needs_a_reason_and_a_known_verdict(filled):
    with pytest.raises(ValueError, match="accepted for a reason"):
        filled.accept(run(filled, 0), " ")
    with pytest.raises(ValueError, match="Got 'maybe' instead"):
        BaselineLog(filled.path).append("r", "maybe", "x", "me")
    assert filled.baseline_events() == ()


def test_nothing_was_decided_where_there_is_no_store(tmp_path):
    assert TraceStore(tmp_path / "nowhere").baseline_events() == ()


def test_the_folder_of_a_pipeline_and_its_store_share_their_decisions(filled):
    own = TraceStore(filled.path / "churn")
    event = own.flag(run(filled, 1), "p = 1e-9")
    assert filled.baseline_events() == own.baseline_events() == (event,)
    assert ids(healthy_runs(filled.load())) == ["0", "2", "3"]
    assert [path.name for path in own.path.iterdir() if path.is_dir()] == []
