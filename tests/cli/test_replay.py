"""The command ``replay``."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from lineage_stats.cli._replay import memory_file
from lineage_stats.storage import TraceStore
from tests.attribution.replay.conftest import Repo
from tests.strategies import MERGE, InjectedFault, make_trace, make_traces

ROOT = Path(__file__).parents[2]

# Takes no library, and logs its own metric.
SCRIPT = """import lineage_stats
from rates import RATE

lineage_stats.log_metric("f1_score", 0.8 - RATE)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with recorded runs, the last of them faulty by its last commit."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    repo = Repo(tmp_path / "project")
    (repo.path / ".gitignore").write_text("traces/\n")
    repo.write(churn_py=SCRIPT, rates_py="RATE = 0\n")
    commits = [repo.commit("healthy")]
    repo.write(churn_py=SCRIPT.replace("import lin", "import sys\nimport lin"))
    repo.write(rates_py="RATE = 0.14\n")
    commits.append(repo.commit("faulty"))
    store = TraceStore(repo.path / "traces")
    fault = InjectedFault("rows_lost", MERGE, severity=0.4)
    for run in (*make_traces(30), make_trace(30, fault=fault)):
        bad = run.run_id.endswith("30")
        known = {"git_commit": commits[bad], "argv": "churn.py"}
        store.write(replace(run, environment=known))
    monkeypatch.chdir(repo.path)
    return repo


def test_the_change_is_verified_with_nothing_but_the_run(cli, project):
    before = project.state()
    done = cli("replay", "latest", "--dir", "traces", "--jobs", "2")
    assert done.code == 0
    first_line = done.out.splitlines()[0]
    assert first_line.startswith("rates.py:1 answers for 0.14 of the")
    assert "with it reverted f1_score returns to 0.8 (healthy:" in first_line
    assert project.state() == before
    assert list(Path(tempfile.gettempdir()).iterdir()) == []
    again = cli("replay", "latest", "--dir", "traces", "--json", "--budget-runs", "2")
    assert again.json["cure"] == ["rates.py:1"]
    assert again.json["is_verified"]
    assert sum(run["seconds"] for run in again.json["runs"]) == 0
    assert memory_file().is_file()


def test_what_is_not_written_as_it_should_be_is_refused(cli, project):
    done = cli("replay", "latest", "--dir", "traces", "--data", "orders.csv")
    assert done.code == 2
    assert "--data is written NAME=OLD" in done.err
    done = cli("replay", "latest", "--dir", "traces", "--healthy", "v9")
    assert done.code == 2
    assert "There is no commit 'v9'" in done.err


def test_the_help_shows_an_example(cli):
    done = cli("replay", "--help")
    assert "Example: lineage-stats replay latest" in " ".join(done.out.split())
    assert "neither your files nor the repository" in " ".join(done.out.split())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are otherwise there")
@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_stopped_from_outside_it_cleans_up(project, which, tmp_path):
    project.write(churn_py=f"import pathlib, time\n{SCRIPT}")
    slow = "import pathlib, time\npathlib.Path({!r}).touch()\ntime.sleep(60)\nRATE = 0.3\n"
    started = tmp_path / "started"
    project.write(rates_py=slow.format(str(started)))
    environment = {**os.environ, "TMPDIR": tempfile.gettempdir()}
    arguments = ["replay", "latest", "--dir", "traces", "--faulty", project.commit("slow")]
    process = subprocess.Popen(
        [sys.executable, "-m", "lineage_stats", *arguments],
        env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not started.exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(which)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "the temporary copies are gone" in said
    assert list(Path(tempfile.gettempdir()).iterdir()) == []
