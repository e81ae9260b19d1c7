import subprocess
import sys

import pytest

import lineage_stats
from lineage_stats.cli import _app, main
from lineage_stats.exceptions import LineageStatsError

COMMANDS = tuple(command.__name__ for command in _app._EXAMPLES)
EXPECTED = (
    "run", "runs", "show", "diff", "fit", "score", "explain", "check", "accept", "quarantine",
    "drill", "replay", "compact", "prune", "export", "report", "doctor", "demo",
)  # fmt: skip


def test_every_command_is_listed(cli):
    done = cli("--help")
    assert done.code == 0
    assert set(EXPECTED) <= set(COMMANDS)
    for name in COMMANDS:
        assert f" {name} " in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_an_example(cli, name):
    done = cli(name, "--help")
    assert done.code == 0
    assert f"Example: lineage-stats {name}" in done.out
    assert "--json" in done.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(cli, monkeypatch, shell):
    monkeypatch.setenv("_LINEAGE_STATS_COMPLETE", f"source_{shell}")
    assert "lineage" in cli().out


def test_every_command_that_reads_a_folder_knows_the_option(cli):
    for name in COMMANDS:
        if name != "demo":
            assert "--dir" in cli(name, "--help").out, name


def test_a_typing_error_gets_a_suggestion(cli):
    done = cli("explan")
    assert done.code == 2
    assert "Did you mean 'explain'" in done.err


def test_the_version_is_the_packages(cli):
    assert cli("--version").out == f"lineage-stats {lineage_stats.__version__}\n"


def test_python_m_is_the_same_command(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "lineage_stats", "runs", "nowhere"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("lineage-stats: No traces were found")
    assert done.stderr.count("\n") == 1


def failing(error):
    def command(**_):
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (LineageStatsError("what was found"), "what was found"),
        (PermissionError(13, "Permission denied", "there"), "Permission denied: there"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (
            FileExistsError(17, "File exists", "there"),
            "'there' cannot be made: a file is where a folder is needed.",
        ),
    ],
)
def test_errors_are_one_sentence(cli, monkeypatch, error, text):
    monkeypatch.setattr(_app, "app", failing(error))
    done = cli("runs")
    assert (done.code, done.err) == (2, f"lineage-stats: {text}\n")


def test_a_defect_of_ours_is_not_taken_for_an_anomaly(cli, monkeypatch):
    monkeypatch.setattr(_app, "app", failing(ZeroDivisionError("oh")))
    done = cli("score")
    assert done.code == 2
    assert "ZeroDivisionError: oh" in done.err
    assert "defect of lineage_stats" in done.err


def test_main_exits(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
