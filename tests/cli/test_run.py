import json
import subprocess
import sys
from pathlib import Path

import pytest

from lineage_stats import load_traces

ROOT = Path(__file__).parents[2]

SCRIPT = """
import sys
import pandas as pd
from helper import NAME

table = pd.DataFrame({"a": [1, None, 3]}).dropna()
print(NAME, __name__, sys.argv, len(table), __file__)
if "fail" in sys.argv:
    raise RuntimeError("my own error")
sys.exit(3)
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "daily.py").write_text(SCRIPT)
    (tmp_path / "code" / "helper.py").write_text("NAME = 'helper'")
    return tmp_path


def command(cwd, *arguments, python=(sys.executable,)):
    return subprocess.run(
        [*python, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def record(cwd, *arguments):
    return command(cwd, "-m", "lineage_stats", "run", *arguments)


def test_the_script_behaves_as_under_python(project):
    plain = command(project, "code/daily.py", "--days", "3")
    recorded = record(project, "--quiet", "code/daily.py", "--days", "3")
    assert plain.stdout == recorded.stdout
    assert plain.stderr == recorded.stderr == ""
    assert plain.returncode == recorded.returncode == 3


def test_an_exception_is_shown_as_python_shows_it(project):
    plain = command(project, "code/daily.py", "fail")
    recorded = record(project, "--quiet", "code/daily.py", "fail")
    assert recorded.returncode == plain.returncode == 1
    assert recorded.stderr == plain.stderr
    assert "RuntimeError: my own error" in recorded.stderr
    (trace,) = load_traces(project / "lineage_traces")
    assert trace.status == "failed"


def test_options_before_the_script_are_ours(project):
    done = record(
        project, "--dir", "there", "--pipeline", "daily-train", "--tag", "status=healthy",
        "--tag", "who=me", "code/daily.py", "--tag", "not=ours",
    )  # fmt: skip
    assert "'--tag', 'not=ours'" in done.stdout
    (trace,) = load_traces(project / "there")
    assert trace.pipeline == "daily-train"
    assert trace.tags == {"status": "healthy", "who": "me"}
    assert [op.name for op in trace] == ["DataFrame", "DataFrame.dropna"]
    assert f"lineage-stats show {trace.run_id} --dir there" in done.stderr


def test_where_the_run_is_can_be_read_by_a_program(project):
    plain = command(project, "code/daily.py")
    done = record(project, "--json", "--dir", "there", "code/daily.py")
    *own, last = done.stdout.splitlines(keepends=True)
    assert ("".join(own), done.stderr) == (plain.stdout, "")
    told = json.loads(last)
    (trace,) = load_traces(told["path"])
    assert (told["run_id"], told["pipeline"]) == (trace.run_id, "daily")
    assert told["directory"] == str(project / "there")


def test_nothing_recorded_is_told_as_well(project, monkeypatch):
    monkeypatch.setenv("LINEAGE_STATS_DISABLED", "1")
    done = record(project, "--json", "code/daily.py")
    assert json.loads(done.stdout.splitlines()[-1])["path"] is None


def test_a_script_that_closes_its_streams_ends_as_it_would(project):
    (project / "shy.py").write_text("import sys; sys.stdout.close(); sys.stderr.close()")
    for options in ([], ["--json"]):
        done = record(project, *options, "shy.py")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_pipeline_is_named_after_the_script(project):
    record(project, "code/daily.py")
    assert load_traces(project / "lineage_traces").pipelines == ("daily",)


def test_a_module_runs_as_with_python_m(project):
    package = project / "jobs"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "train.py").write_text("import sys; print(__name__, sys.argv[1:])")
    done = record(project, "-m", "jobs.train", "-m", "x")
    assert done.returncode == 0
    assert done.stdout == "__main__ ['-m', 'x']\n"


def test_a_script_runs_where_recording_is_switched_off(project, monkeypatch):
    monkeypatch.setenv("LINEAGE_STATS_DISABLED", "1")
    done = record(project, "code/daily.py")
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("helper __main__")
    assert not (project / "lineage_traces").exists()


def test_a_missing_script_is_one_sentence_and_code_2(project):
    done = record(project, "nowhere.py")
    assert done.returncode == 2
    assert done.stderr == "lineage-stats: There is no script 'nowhere.py'.\n"
    assert not (project / "lineage_traces").exists()


def test_a_syntax_error_is_the_scripts_own(project):
    (project / "bad.py").write_text("def f(:\n")
    done = record(project, "bad.py")
    assert done.returncode == 1
    assert "SyntaxError" in done.stderr
    assert "lineage_stats" not in done.stderr


def test_a_script_that_control_c_ends_ends_by_the_signal(tmp_path):
    """A loop of a shell goes on after an exit code, and ends where a command was interrupted."""
    (tmp_path / "job.py").write_text("print('begun', flush=True)\nraise KeyboardInterrupt\n")
    plain, recorded = (
        subprocess.run(
            [sys.executable, *command, "job.py"], cwd=tmp_path, capture_output=True, text=True
        )
        for command in ([], ["-m", "lineage_stats", "run", "--quiet"])
    )
    assert recorded.returncode == plain.returncode
    assert recorded.stdout == plain.stdout
    assert recorded.stderr.count("KeyboardInterrupt") == plain.stderr.count("KeyboardInterrupt")
    (trace,) = load_traces(tmp_path / "lineage_traces")
    assert trace.status == "failed"


def test_a_console_inside_of_a_script_that_was_interrupted_is_none(tmp_path):
    (tmp_path / "job.py").write_text(
        "import code, sys\n"
        "code.InteractiveInterpreter().runcode(compile('raise KeyboardInterrupt', 'x', 'exec'))\n"
        "print('done')\n"
    )
    ran = command(tmp_path, "-m", "lineage_stats", "run", "--quiet", "job.py")
    assert (ran.returncode, ran.stdout) == (0, "done\n")
