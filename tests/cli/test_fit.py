import shlex
import shutil

from lineage_stats.detectors import load_detector
from tests.cli.conftest import N_HEALTHY


def test_it_saves_what_it_learned(cli, runs_folder, tmp_path):
    path = tmp_path / "baseline"
    done = cli("fit", runs_folder, "-o", path, "--false-alarm-rate", "0.05")
    assert done.code == 0
    assert done.out == ""
    assert f"{N_HEALTHY} healthy runs of 'churn'" in done.err
    assert f"lineage-stats score latest --baseline {path} --dir {runs_folder}\n" in done.err
    detector = load_detector(path)
    assert type(detector).__name__ == "RobustMADDetector"
    assert detector.false_alarm_rate == 0.05


def test_json_describes_the_baseline(cli, runs_folder, tmp_path):
    path = tmp_path / "baseline"
    arguments = ("--detector", "zscore", "--tag", "status=healthy", "--json")
    document = cli("fit", runs_folder, "-o", path, *arguments).json
    assert document["detector"] == "ZScoreDetector"
    assert document["pipeline"] == "churn"
    assert document["n_runs"] == N_HEALTHY
    assert document["path"] == str(path)


def test_an_impossible_rate_is_one_sentence_and_code_2(cli, runs_folder, tmp_path):
    done = cli("fit", runs_folder, "-o", tmp_path / "b", "--false-alarm-rate", "2")
    assert done.code == 2
    assert "It must be a number in (0, 1). Got 2 instead." in done.err
    assert "Traceback" not in done.err


def test_an_unknown_detector_names_the_known_ones(cli, runs_folder):
    done = cli("fit", runs_folder, "--detector", "magic")
    assert done.code == 2
    assert "changepoint" in done.err


def test_the_command_it_prints_works_elsewhere_too(cli, runs_folder, tmp_path):
    done = cli("fit", runs_folder, "-o", tmp_path / "a b", "--pipeline", "churn")
    printed = shlex.split(done.err.strip().rpartition("lineage-stats ")[2])
    assert printed[-2:] == ["--pipeline", "churn"]
    assert cli(*printed).code == 1


def test_an_accepted_run_that_stands_out_is_told_apart(cli, runs_folder, tmp_path):
    folder = tmp_path / "runs"
    shutil.copytree(runs_folder, folder)
    quiet = cli("fit", folder, "-o", tmp_path / "a")
    assert "Accepted runs" not in quiet.err
    cli("accept", "latest", "--dir", folder, "--reason", "half of the rows from now on")
    done = cli("fit", folder, "-o", tmp_path / "b")
    assert f"{N_HEALTHY} healthy runs" in done.err
    assert "Accepted runs are among them" in done.err
