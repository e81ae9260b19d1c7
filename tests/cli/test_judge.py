import shutil
from pathlib import Path

import pytest

from lineage_stats.cli._find import find_run
from lineage_stats.cli._judge import judge
from lineage_stats.exceptions import MetricNotWorseError, NoTracesError, UnknownMetricError
from lineage_stats.storage import TraceStore
from tests.strategies import make_trace


@pytest.fixture
def faulty(runs_folder):
    return find_run("latest", runs_folder)


def test_a_faulty_run_has_a_score_and_a_cause(runs_folder, faulty):
    judged = judge(faulty, None, runs_folder, {})
    assert judged["score"].flagged
    assert judged["attribution"].top.operation == "clean/DataFrame.merge#1"


def test_a_healthy_run_has_only_a_score(runs_folder):
    assert list(judge(find_run("run-0-00029", runs_folder), None, runs_folder, {})) == ["score"]


def test_a_metric_that_was_named_must_be_worse(runs_folder, faulty):
    with pytest.raises(UnknownMetricError):
        judge(faulty, None, runs_folder, {}, metric="auc")
    runs = TraceStore(runs_folder).load()
    best = max(runs[20:], key=lambda run: run.metrics["f1_score"])
    with pytest.raises(MetricNotWorseError):
        judge(best, None, runs_folder, {}, metric="f1_score")


def test_without_any_baseline_a_note_says_why(tmp_path, capsys):
    assert judge(make_trace(0), None, tmp_path / "nowhere", {}) == {}
    assert capsys.readouterr().err.startswith("Not scored: No traces were found")
    with pytest.raises(NoTracesError, match="There is no baseline"):
        judge(make_trace(0), tmp_path / "b", tmp_path, {})


def test_a_saved_baseline_without_its_runs_divides_no_drop(cli, runs_folder, tmp_path, capsys):
    cli("fit", runs_folder, "--tag", "status=healthy", "-o", tmp_path / "b")
    (bad,) = Path(runs_folder).rglob("*run-0-00030.parquet")
    (tmp_path / "alone").mkdir()
    shutil.copy(bad, tmp_path / "alone")
    trace = find_run("latest", tmp_path / "alone")
    assert list(judge(trace, tmp_path / "b", tmp_path / "alone", {})) == ["score"]
    assert "a drop is not divided" in capsys.readouterr().err
