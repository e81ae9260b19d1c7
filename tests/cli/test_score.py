def test_an_anomalous_run_exits_with_1(cli, runs_folder):
    done = cli("score", "latest", "--dir", runs_folder)
    assert done.code == 1
    assert "ANOMALOUS" in done.out
    assert "clean/DataFrame.merge#1" in done.out
    assert "churn.py:16" in done.out


def test_a_healthy_run_exits_with_0(cli, runs_folder):
    done = cli("score", "run-0-00029", "--dir", runs_folder)
    assert done.code == 0
    assert "healthy" in done.out


def test_a_saved_baseline_gives_the_same_as_the_folder(cli, runs_folder, tmp_path):
    cli("fit", runs_folder, "-o", tmp_path / "b")
    saved = cli("score", "latest", "--dir", runs_folder, "--baseline", tmp_path / "b", "--json")
    folder = cli("score", "latest", "--dir", runs_folder, "--baseline", runs_folder, "--json")
    assert saved.code == folder.code == 1
    assert saved.json == folder.json
    assert saved.json["flagged"] is True


def test_too_few_runs_exit_with_2(cli, runs_folder):
    done = cli("score", "run-0-00001", "--dir", runs_folder)
    assert done.code == 2
    assert "at least 2" in done.err
    assert done.out == ""


def test_a_small_baseline_is_noted_without_code(cli, runs_folder):
    done = cli("score", "run-0-00005", "--dir", runs_folder)
    assert done.code == 0
    assert "Note: " in done.err
    assert ".py:" not in done.err


def test_a_missing_baseline_exits_with_2(cli, runs_folder, tmp_path):
    done = cli("score", "latest", "--dir", runs_folder, "--baseline", tmp_path / "nowhere")
    assert done.code == 2
    assert "There is no baseline" in done.err
