"""Old runs go, and what must stay stays."""

import datetime as dt

import pytest

from lineage_stats import TraceStore
from lineage_stats.exceptions import NoTracesError
from tests.strategies import make_trace, make_traces


@pytest.fixture(params=["files", "packed", "both"])
def filled(request, store):
    for trace in make_traces(6):
        store.write(trace)
    if request.param != "files":
        store.compact()
    if request.param == "both":
        store.write(make_trace(2))  # written anew after the packing
    return store


def ids(runs):
    return [run[-1] if isinstance(run, str) else run.run_id[-1] for run in runs]


def test_the_latest_stay(filled):
    assert ids(filled.prune(keep_runs=2)) == ["0", "1", "2", "3"]
    assert ids(filled.load()) == ["4", "5"]
    assert filled.prune(keep_runs=2) == ()


def test_a_dry_run_removes_nothing(filled):
    assert ids(filled.prune(keep_runs=1, dry_run=True)) == ["0", "1", "2", "3", "4"]
    assert len(filled.load()) == 6


def test_what_is_young_stays(filled):
    third = filled.load()[2].start - dt.timedelta(milliseconds=1)
    filled.prune(keep_since=third)
    assert ids(filled.load()) == ["2", "3", "4", "5"]


def test_either_reason_keeps_a_run(filled):
    fifth = filled.load()[4].start
    filled.prune(keep_runs=3, keep_since=fifth + dt.timedelta(days=10_000))
    assert ids(filled.load()) == ["3", "4", "5"]


def test_accepted_runs_stay(filled):
    filled.accept(filled.get("run-0-00001"), "the reference of the audit")
    filled.prune(keep_runs=1)
    assert ids(filled.load()) == ["1", "5"]


def test_all_runs_may_go(filled):
    filled.prune(keep_runs=0)
    with pytest.raises(NoTracesError):
        filled.load()


def test_open_runs_stay_and_other_pipelines_too(filled):
    journal = filled.begin({"run_id": "open-9", "pipeline": "churn", "start_ns": 10**15})
    journal.flush()
    filled.write(make_trace(0, seed=1, pipeline="fraud"))
    filled.prune("churn", keep_runs=1)
    assert sorted(run.run_id for run in filled.load()) == ["open-9", "run-0-00005", "run-1-00000"]
    journal.close()


def test_a_run_that_ended_without_its_file_goes(filled):
    journal = filled.begin({"run_id": "ended", "pipeline": "churn", "start_ns": 10**15})
    journal.finish({"status": "failed"})
    assert "ended" in filled.prune(keep_runs=6)
    assert not journal.path.exists()


def test_a_file_that_cannot_be_read_stays(filled):
    journal = filled.path / "churn" / "20010101T000000.000000Z-odd.journal"
    journal.write_bytes(b"no record\n")
    assert "odd" not in filled.prune(keep_runs=1)
    assert journal.exists()


@pytest.mark.parametrize("wrong", [{}, {"keep_runs": -1}, {"keep_since": "yesterday"}])
def test_what_is_kept_must_be_said(store, wrong):
    with pytest.raises(ValueError, match=r"keep_|since"):
        store.prune(**wrong)


def test_data_that_is_no_run_stays(filled):
    data = filled.path / "churn" / "customers.parquet"
    data.write_bytes(b"PAR1")
    assert len(filled.prune(keep_runs=0)) == 6
    assert data.exists()


def test_the_folder_of_a_pipeline_is_a_store_of_one(filled):
    own = TraceStore(filled.path / "churn")
    assert ids(own.prune(keep_runs=5)) == ["0"]
    assert ids(filled.load()) == ["1", "2", "3", "4", "5"]
