from lineage_stats import TraceStore
from tests.strategies import make_trace


def test_it_compares_with_the_latest_healthy_run(cli, runs_folder):
    done = cli("diff", "latest", "--dir", runs_folder)
    assert done.code == 0
    assert done.err == "Compared with run-0-00029, the latest healthy run before it.\n"
    assert "clean/DataFrame.merge#1: " in done.out
    assert "churn.py:16" in done.out


def test_it_compares_two_runs_that_are_named(cli, runs_folder):
    done = cli("diff", "run-0-00003", "run-0-00003", "--dir", runs_folder)
    assert (done.out, done.err) == ("run-0-00003 -> run-0-00003: no difference\n", "")


def test_json_has_every_change(cli, runs_folder):
    found = cli("diff", "latest", "run-0-00029", "--dir", runs_folder, "--json").json
    assert found["after"] == "run-0-00030"
    assert {change["kind"] for change in found["changes"]} >= {"rows", "metric"}


def test_tolerance_decides_what_counts(cli, runs_folder):
    def n_changes(tolerance):
        done = cli("diff", "latest", "--dir", runs_folder, "--tolerance", tolerance, "--json")
        return len(done.json["changes"])

    assert n_changes(0) > n_changes(0.2) > n_changes(5)


def test_a_first_run_has_nothing_to_be_compared_with(cli, tmp_path):
    TraceStore(tmp_path).write(make_trace(0))
    done = cli("diff", "latest", "--dir", tmp_path)
    assert done.code == 2
    assert "lineage-stats diff RUN BEFORE" in done.err
