import pytest

from lineage_stats import TraceStore
from lineage_stats.cli._store import _size
from tests.strategies import make_traces


@pytest.fixture
def store(tmp_path):
    store = TraceStore(tmp_path)
    for trace in make_traces(5):
        store.write(trace)
    return store


def test_packing_says_what_it_saved(cli, store):
    done = cli("compact", store.path)
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("5 runs packed: 5 files of ")
    assert cli("compact", store.path, "--json").json["n_runs"] == 0
    assert len(cli("runs", store.path, "--json").json["runs"]) == 5


def test_pruning_removes_old_runs(cli, store):
    would = cli("prune", store.path, "--keep-runs", "2", "--dry-run")
    assert would.out.split() == ["run-0-00000", "run-0-00001", "run-0-00002"]
    assert would.err == "3 runs would be removed.\n"
    assert (
        cli("prune", store.path, "--keep-runs", "2", "--json").json["removed"] == would.out.split()
    )
    assert len(store.load()) == 2


def test_pruning_by_age(cli, store):
    assert cli("prune", store.path, "--keep-days", "100000").err == "0 runs were removed.\n"
    assert cli("prune", store.path, "--keep-days", "0.5").err == "5 runs were removed.\n"


def test_pruning_needs_to_know_what_stays(cli, store):
    done = cli("prune", store.path)
    assert done.code == 2
    assert "--keep-runs, --keep-days, or both" in done.err


@pytest.mark.parametrize("command", [("compact",), ("prune", "--keep-runs", "1")])
def test_a_folder_that_is_not_there(cli, tmp_path, command):
    done = cli(*command, tmp_path / "nowhere")
    assert (done.code, done.err.count("\n")) == (2, 1)


def test_sizes_are_readable():
    sizes = [_size(n) for n in (12, 12_345, 12_345_678, 12_345_678_901)]
    assert sizes == ["12 bytes", "12.3 kB", "12.3 MB", "12.3 GB"]


@pytest.mark.parametrize("command", [("compact",), ("prune", "--keep-runs", "1")])
def test_a_pipeline_that_is_not_there_is_told_which_are(cli, store, command):
    done = cli(*command, store.path, "--pipeline", "fraud")
    assert (done.code, done.out) == (2, "")
    assert "no run of pipeline 'fraud'. It has runs of: churn." in done.err
