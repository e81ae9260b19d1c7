import pytest

from lineage_stats import Trace, TraceStore
from lineage_stats.cli._baseline import DetectorName, find_baseline, healthy_runs, make_detector
from lineage_stats.cli._find import find_run
from lineage_stats.exceptions import BaselineError, FewRunsWarning, NoTracesError, TooFewRunsError
from tests.cli.conftest import N_HEALTHY


def store(folder, *runs):
    for i, fields in enumerate(runs):
        TraceStore(folder).write(Trace(f"r{i}", fields.pop("pipeline", "p"), start_ns=i, **fields))


def test_runs_tagged_healthy_are_the_healthy_ones(tmp_path):
    good, bad = {"tags": {"status": "healthy"}}, {"tags": {"status": "bad"}}
    store(tmp_path, dict(good), dict(bad), {}, dict(good))
    assert [run.run_id for run in healthy_runs(tmp_path, None, {})] == ["r0", "r3"]


def test_without_such_tags_those_that_ended_well_are(tmp_path):
    store(tmp_path, {}, {"status": "failed"}, {"complete": False}, {})
    assert [run.run_id for run in healthy_runs(tmp_path, None, {})] == ["r0", "r3"]


def test_tags_of_the_user_win(tmp_path):
    store(tmp_path, {"tags": {"team": "a", "status": "bad"}}, {}, {"tags": {"team": "a"}})
    assert [run.run_id for run in healthy_runs(tmp_path, None, {"team": "a"})] == ["r0", "r2"]


def test_several_pipelines_ask_for_a_choice(tmp_path):
    store(tmp_path, {"pipeline": "a"}, {"pipeline": "b"})
    with pytest.raises(BaselineError, match=r"a, b\). Choose one with --pipeline"):
        healthy_runs(tmp_path, None, {})


def test_too_few_runs_say_how_many_there_are(tmp_path):
    store(tmp_path, {}, {"tags": {"status": "healthy"}})
    with pytest.raises(
        TooFewRunsError, match=r"holds 1 healthy runs of 'p' \(tagged status=healthy"
    ):
        healthy_runs(tmp_path, None, {})


def test_the_run_itself_and_later_ones_are_never_its_baseline(runs_folder):
    trace = find_run("run-0-00020", runs_folder)
    found = find_baseline(trace, None, runs_folder, {})
    assert [run.run_id for run in found.runs] == [f"run-0-{i:05d}" for i in range(20)]
    found = find_baseline(trace, runs_folder, runs_folder, {})
    assert len(found.runs) == N_HEALTHY - 1


def test_a_tag_of_the_run_itself_does_not_make_the_others_unhealthy(tmp_path):
    store(tmp_path, {}, {}, {}, {"tags": {"status": "faulty"}})
    trace = find_run("latest", tmp_path)
    for baseline in (None, tmp_path):
        with pytest.warns(FewRunsWarning):
            found = find_baseline(trace, baseline, tmp_path, {})
        assert [run.run_id for run in found.runs] == ["r0", "r1", "r2"]


def test_a_saved_baseline_is_loaded(runs_folder, tmp_path):
    trace = find_run("latest", runs_folder)
    detector = make_detector(DetectorName.zscore, 0.02).fit(healthy_runs(runs_folder, None, {}))
    found = find_baseline(trace, detector.save(tmp_path / "b"), runs_folder, {})
    assert type(found.detector).__name__ == "ZScoreDetector"
    assert found.detector.false_alarm_rate == 0.02


def test_a_missing_baseline_says_how_to_make_one(runs_folder, tmp_path):
    trace = find_run("latest", runs_folder)
    with pytest.raises(NoTracesError, match="lineage-stats fit"):
        find_baseline(trace, tmp_path / "nowhere", runs_folder, {})


@pytest.mark.parametrize("name", DetectorName)
def test_every_short_name_makes_a_detector(name):
    assert make_detector(name).false_alarm_rate == 0.01
