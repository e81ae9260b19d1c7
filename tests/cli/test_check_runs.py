from lineage_stats.cli import _check_runs
from lineage_stats.cli._check_runs import Baselines, runs_to_check
from lineage_stats.storage import TraceStore
from tests.strategies import make_traces


def test_the_latest_run_of_each_pipeline_is_looked_at(tmp_path):
    store = TraceStore(tmp_path)
    for trace in (*make_traces(3), *make_traces(2, seed=1, pipeline="fraud")):
        store.write(trace)
    latest = runs_to_check(tmp_path, None, every=False)
    assert sorted(run.run_id for run in latest) == ["run-0-00002", "run-1-00001"]
    assert len(runs_to_check(tmp_path, None, every=True)) == 5


def test_a_saved_baseline_is_loaded_once(cli, runs_folder, tmp_path, monkeypatch):
    cli("fit", runs_folder, "--tag", "status=healthy", "-o", tmp_path / "b")
    loaded = []
    original = _check_runs.find_baseline
    monkeypatch.setattr(
        _check_runs, "find_baseline", lambda *a, **k: loaded.append(a) or original(*a, **k)
    )
    runs = runs_to_check(runs_folder, None, every=True)
    baselines = Baselines(tmp_path / "b", runs_folder, {}, ["churn"])
    assert len({id(baselines.of(run)) for run in runs}) == 1
    assert len(loaded) == 1
