import warnings

import pytest

from lineage_stats.cli import _check_runs
from lineage_stats.cli._check_runs import Baselines, FoldedNotes, check_all, runs_to_check
from lineage_stats.exceptions import FewRunsWarning
from lineage_stats.storage import TraceStore
from lineage_stats.trace import Trace
from tests.strategies import make_traces


def test_the_latest_run_of_each_pipeline_is_looked_at(tmp_path):
    store = TraceStore(tmp_path)
    for trace in (*make_traces(3), *make_traces(2, seed=1, pipeline="fraud")):
        store.write(trace)
    latest = runs_to_check(tmp_path, None, {}, every=False)
    assert sorted(run.run_id for run in latest) == ["run-0-00002", "run-1-00001"]
    assert len(runs_to_check(tmp_path, None, {}, every=True)) == 5


def test_a_saved_baseline_is_loaded_once(cli, runs_folder, tmp_path, monkeypatch):
    cli("fit", runs_folder, "--tag", "status=healthy", "-o", tmp_path / "b")
    loaded = []
    original = _check_runs.find_baseline
    monkeypatch.setattr(
        _check_runs, "find_baseline", lambda *a, **k: loaded.append(a) or original(*a, **k)
    )
    runs = runs_to_check(runs_folder, None, {}, every=True)
    baselines = Baselines(tmp_path / "b", runs_folder, {}, ["churn"])
    assert len({id(baselines.of(run)) for run in runs}) == 1
    assert len(loaded) == 1


@pytest.mark.slow
def test_what_is_said_of_many_runs_is_said_once(cli, runs_folder, tmp_path):
    done = cli("check", runs_folder, "--all", "--no-audit", "--no-remember")
    (learned,) = [line for line in done.err.splitlines() if line.startswith("Baseline: ")]
    assert learned.startswith("Baseline: 30 healthy runs")
    assert learned.endswith("(and so of 28 other runs)")  # the first two have none to learn from
    cli("fit", runs_folder, "--tag", "status=healthy", "-o", tmp_path / "b")
    done = cli("check", runs_folder, "--all", "--baseline", tmp_path / "b", "--no-remember")
    (within,) = [line for line in done.err.splitlines() if "was learned from" in line]
    assert within.endswith("(and so of 29 other runs)")


def test_a_note_on_one_run_is_left_as_it_is(capsys):
    notes = FoldedNotes()
    with notes.of(make_traces(1)[0]):
        notes.add("Baseline: 3 runs.")
        warnings.warn("Few runs.", FewRunsWarning, stacklevel=1)
    assert capsys.readouterr().err == ""
    notes.write()
    assert capsys.readouterr().err == "Baseline: 3 runs.\nNote: Few runs.\n"


@pytest.mark.filterwarnings("default")
def test_warnings_of_others_are_shown_as_ever(recwarn):
    with FoldedNotes().of(make_traces(1)[0]):
        warnings.warn("of another package", UserWarning, stacklevel=1)
    assert [str(one.message) for one in recwarn] == ["of another package"]


def test_pipelines_whose_names_differ_in_a_number_are_told_apart(capsys):
    notes = FoldedNotes()
    for pipeline in ("churn_v1", "churn_v2"):
        for trace in make_traces(3, pipeline=pipeline):
            with notes.of(trace):
                notes.add(f"Baseline: 30 healthy runs of '{pipeline}'.")
    notes.write()
    assert capsys.readouterr().err.splitlines() == [
        "Baseline: 30 healthy runs of 'churn_v1'. (and so of 2 other runs)",
        "Baseline: 30 healthy runs of 'churn_v2'. (and so of 2 other runs)",
    ]


@pytest.mark.filterwarnings("default")
def test_what_was_to_be_said_is_said_though_a_check_fails(tmp_path, capsys, recwarn, monkeypatch):
    def fail(trace, *_, **__):
        warnings.warn("Few runs.", FewRunsWarning, stacklevel=1)
        warnings.warn("of another package", UserWarning, stacklevel=1)
        raise ValueError("bad trace")

    monkeypatch.setattr(_check_runs, "_check_one", fail)
    baselines = Baselines(None, tmp_path, {}, ["churn"])
    with pytest.raises(ValueError, match="bad trace"):
        check_all(make_traces(1), baselines, audit=True, show=lambda *_: None)
    assert capsys.readouterr().err == "Note: Few runs.\n"
    assert [str(one.message) for one in recwarn] == ["of another package"]


def test_nobody_knows_whether_a_run_is_well_that_cannot_be_read(cli, tmp_path):
    store = TraceStore(tmp_path)
    for day in range(3):
        file = store.write(Trace(f"r{day}", "a", start_ns=day * 10**9))
    only = store.write(Trace("b0", "b", start_ns=10**9))
    assert cli("check", tmp_path, "--no-audit").code == 0
    whole = file.read_bytes()
    file.write_bytes(whole[:50])
    for options in ([], ["--all"], ["--pipeline", "a"]):
        done = cli("check", tmp_path, "--no-audit", *options)
        assert done.code == 2
        assert "nobody knows how it went" in done.err
    assert cli("check", tmp_path, "--no-audit", "--pipeline", "b").code == 0
    file.write_bytes(whole)
    only.write_bytes(b"")  # of a pipeline without any other run
    assert cli("check", tmp_path, "--no-audit").code == 2
