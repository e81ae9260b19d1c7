import shutil
from pathlib import Path


def test_it_names_the_operation_and_its_line(cli, runs_folder):
    done = cli("explain", "latest", "--dir", runs_folder, "--metric", "f1_score")
    assert done.code == 0
    first_line = done.out.splitlines()[0]
    assert "clean/DataFrame.merge#1 (churn.py:16)" in first_line


def test_the_metric_may_be_left_out(cli, runs_folder):
    named = cli("explain", "latest", "--dir", runs_folder, "--metric", "f1_score", "--json")
    chosen = cli("explain", "latest", "--dir", runs_folder, "--json")
    assert named.json == chosen.json
    assert named.json["contributions"][0]["operation"] == "clean/DataFrame.merge#1"


def test_a_saved_baseline_will_do(cli, runs_folder, tmp_path):
    cli("fit", runs_folder, "-o", tmp_path / "b")
    done = cli("explain", "latest", "--dir", runs_folder, "--baseline", tmp_path / "b")
    assert done.code == 0
    assert "clean/DataFrame.merge#1" in done.out.splitlines()[0]


def test_the_runs_behind_a_saved_baseline_must_be_at_hand(cli, runs_folder, tmp_path):
    cli("fit", runs_folder, "-o", tmp_path / "b")
    (bad,) = Path(runs_folder).rglob("*run-0-00030.parquet")
    (tmp_path / "alone").mkdir()
    shutil.copy(bad, tmp_path / "alone")
    done = cli("explain", "latest", "--dir", tmp_path / "alone", "--baseline", tmp_path / "b")
    assert done.code == 2
    assert "are not in" in done.err
    assert cli("score", bad, "--baseline", tmp_path / "b").code == 1


def test_an_unknown_metric_names_the_known_ones(cli, runs_folder):
    done = cli("explain", "latest", "--dir", runs_folder, "--metric", "auc")
    assert done.code == 2
    assert done.err.splitlines()[-1].endswith("It has: f1_score.")


def test_a_metric_that_is_no_worse_needs_no_explanation(cli, runs_folder):
    runs = cli("runs", runs_folder, "--json").json["runs"]
    best = max(runs[20:], key=lambda run: run["metrics"]["f1_score"])
    done = cli("explain", best["run_id"], "--dir", runs_folder)
    assert done.code == 2
    assert "no drop to explain" in done.err


def test_the_advised_command_names_the_folder(cli, runs_folder, monkeypatch):
    from lineage_stats.attribution import _attribution

    monkeypatch.setattr(_attribution, "_MARGIN", 1.1)
    done = cli("explain", "latest", "--dir", runs_folder)
    assert done.out.rstrip().endswith(f"--metric f1_score --dir {runs_folder}")


def test_the_way_in_which_a_metric_is_better_may_be_told(cli, runs_folder):
    wanted = ("explain", "latest", "--dir", runs_folder)
    done = cli(*wanted, "--metric", "f1_score", "--less-is-better")
    assert done.code == 2
    assert "no drop to explain" in done.err
    told = cli(*wanted, "--metric", "f1_score", "--greater-is-better")
    assert told.code == 0
    assert told.out == cli(*wanted).out
    assert "--metric NAME" in " ".join(cli(*wanted, "--less-is-better").err.split())
    longer = cli(*wanted, "--metric", "duration", "--greater-is-better")
    assert (longer.code, "never better" in longer.err) == (2, True)
