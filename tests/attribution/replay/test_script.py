"""Scripts of real repositories, replayed."""

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from lineage_stats import attribute_root_cause, load_traces
from lineage_stats.attribution import MechanismBaseline, Replay, ScriptReplay
from lineage_stats.exceptions import ReplayError
from lineage_stats.trace import Operation
from tests.attribution.replay.conftest import Repo
from tests.strategies import MERGE, InjectedFault, make_trace, make_traces

ROOT = Path(__file__).parents[3]

FEATURES = """import pandas as pd


def load(path):
    return pd.read_csv(path)


def add_features(orders):
    orders = orders.dropna()
    orders["ratio"] = orders["amount"] / orders["income"]
    return orders
"""
TRAIN = '''"""Train."""
from features import add_features, load
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

COLUMNS = ["ratio", "age"]

orders = add_features(load("data/orders.csv"))
train, test = orders.iloc[::2], orders.iloc[1::2]
model = LogisticRegression(max_iter=200).fit(train[COLUMNS], train["target"])
f1_score(test["target"], model.predict(test[COLUMNS]))
'''
# Records a day after the other, in one process.
RECORD = """
import os, runpy, sys
import numpy as np, pandas as pd
import lineage_stats
sys.path.insert(0, os.getcwd())
for day in range(int(sys.argv[1]), int(sys.argv[2])):
    rng = np.random.default_rng(day)
    amount, income = rng.gamma(2, 50, 400), rng.gamma(3, 40, 400)
    ratio = amount / income
    target = (ratio - 0.8 + 0.1 * rng.normal(size=400) > 0).astype(int)
    table = pd.DataFrame({"amount": amount, "income": income, "age": rng.integers(18, 80, 400),
                          "target": target})
    os.makedirs("data", exist_ok=True)
    table.to_csv("data/orders.csv", index=False)
    with lineage_stats.record("train", directory=sys.argv[3]):
        runpy.run_path("train.py", run_name="__main__")
    sys.modules.pop("features", None)
"""


def record_days(repo, first, last, traces):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [sys.executable, "-c", RECORD, str(first), str(last), str(traces)],
        cwd=repo.path, check=True, env=env,
    )  # fmt: skip


@pytest.fixture(scope="module")
def incident(tmp_path_factory):
    """A repository whose last commit broke a feature, in a tree that was changed since."""
    folder = tmp_path_factory.mktemp("incident")
    repo, traces = Repo(folder / "project"), folder / "traces"
    repo.write(features_py=FEATURES, train_py=TRAIN)
    (repo.path / ".gitignore").write_text("data/\n__pycache__/\n")
    repo.commit("healthy")
    record_days(repo, 0, 12, traces)
    repo.write(
        features_py=FEATURES.replace('"] / orders', '"] * orders'),
        train_py=TRAIN.replace("Train.", "Train the model.").replace("200", "300"),
    )
    repo.commit("faulty")
    record_days(repo, 12, 13, traces)
    # What the user is at now is neither version.
    repo.write(features_py="raise SystemExit('half done')\n", notes_txt="mine\n")
    return repo, traces


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path, monkeypatch):
    """Give each test a temporary folder of its own, and see that nothing is left in it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    yield
    assert list(folder.iterdir()) == []


def test_the_broken_piece_is_verified_and_the_tree_left_alone(incident):
    repo, traces = incident
    trace = load_traces(traces)[-1]
    before = repo.state()
    found = attribute_root_cause(
        trace,
        "f1_score",
        replay=Replay(run=ScriptReplay("train.py", directory=repo.path), n_jobs=2),
    )
    assert repo.state() == before
    assert found.cure == ("features.py:10",)
    assert found.replayed == pytest.approx(found.value, abs=1e-12)
    assert "with it reverted f1_score returns to" in found.verdict
    names = [suspect.name for suspect in found.suspects]
    assert names == ["features.py:10", "train.py:10"]
    assert found.top.share + found.unexplained == pytest.approx(
        found.drop - sum(c.share for c in found.contributions[1:]), abs=1e-9
    )
    assert len(found.runs) == 4


# What follows runs scripts that need no library.

SCORE = """
import pathlib, sys
from rates import RATE
value = 0.8 - RATE
if "--strict" in sys.argv:
    value -= 0.1
value -= float(pathlib.Path("loss.txt").read_text())
pathlib.Path("score").write_text(str(value))
"""


def score_of(folder):
    return float((folder / "score").read_text())


LEARNT = MechanismBaseline.from_traces(make_traces(30))
BAD = replace(make_trace(30, fault=InjectedFault("rows_lost", MERGE, severity=0.4)), environment={})


def explain(trace=BAD, *, replay_options=None, **options):
    given = {"metric_of": score_of, "command": "score.py", **options}
    command = given.pop("command")
    how = Replay(run=ScriptReplay(command, **given), **(replay_options or {}))
    return attribute_root_cause(trace, "f1_score", baseline=LEARNT, replay=how)


@pytest.fixture
def project(repo):
    repo.write(score_py=SCORE, rates_py="RATE = 0\n", loss_txt="0")
    repo.commit("healthy")
    repo.git("tag", "good")
    repo.write(score_py=SCORE.replace("RATE", "LOSS"), rates_py="LOSS = 0.2\n")
    repo.commit("faulty")
    return repo


@pytest.mark.slow
def test_what_only_runs_together_is_one_cause(project):
    found = explain(directory=project.path, healthy="good", faulty="main")
    broken = [run for run in found.runs if run.error]
    assert any("ImportError" in run.error for run in broken)
    assert found.top.share > 0
    assert any("only run together" in note for note in found.notes)
    assert math_total(found) == pytest.approx(found.drop, abs=1e-9)
    assert found.restored == pytest.approx(0.8)


def math_total(found):
    return sum(c.share for c in found) + found.unexplained


def test_a_changed_file_is_found_among_code_and_options(project, tmp_path):
    (tmp_path / "loss_of_monday").write_text("0")
    (project.path / "loss.txt").write_text("0.3")
    project.write(score_py=SCORE, rates_py="RATE = 0  # none\n")
    found = explain(
        command="python score.py --fast",
        directory=project.path,
        healthy="good",
        files={"loss.txt": tmp_path / "loss_of_monday"},
        options={"--strict": None},
        variables={"MODE": "old"},
    )
    assert found.cure == ("loss.txt",)
    assert found.top.kind == "data"
    assert [c.kind for c in found.contributions].count("data") == 1
    assert any("the work tree as it is now stands for it" in note for note in found.notes)


def test_an_option_is_found(tmp_path):
    (tmp_path / "score.py").write_text(SCORE)
    (tmp_path / "rates.py").write_text("RATE = 0")
    (tmp_path / "loss.txt").write_text("0")
    found = explain(
        command=["score.py", "--strict"], directory=tmp_path, options={"--strict": None}
    )
    assert found.top.operation == "--strict"
    assert found.top.share == pytest.approx(0.1)


def test_stopped_half_way_nothing_is_left(project, tmp_path):
    before = project.state()
    slow = SCORE + "import time; time.sleep(60 * (RATE > 0))"
    project.write(score_py=slow, rates_py="RATE = 0.2\n")

    def stop(n_done, n_planned):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explain(
            directory=project.path,
            healthy="good",
            replay_options={"n_jobs": 2, "on_progress": stop},
        )
    project.git("checkout", "-q", "--", ".")
    assert project.state().keys() == before.keys()


@pytest.mark.slow
def test_what_was_run_is_remembered(project, tmp_path):
    options = {"directory": project.path, "healthy": "good", "memory": tmp_path / "memory.jsonl"}
    first = explain(**options)
    again = explain(**options, replay_options={"max_runs": 2})
    assert again.top.share == first.top.share
    assert sum(run.seconds for run in again.runs) == 0


def test_options_that_differ_from_the_last_healthy_run_are_suspects(tmp_path):
    (tmp_path / "score.py").write_text(SCORE)
    (tmp_path / "rates.py").write_text("RATE = 0")
    (tmp_path / "loss.txt").write_text("0")
    healthy = [
        replace(run, environment={**run.environment, "argv": "score.py --fast"})
        for run in make_traces(12)
    ]
    bad = replace(BAD, environment={**BAD.environment, "argv": "score.py --strict --fast"})
    found = attribute_root_cause(
        bad,
        "f1_score",
        baseline=healthy,
        replay=ScriptReplay(directory=tmp_path, metric_of=score_of),
    )
    assert [s.name for s in found.suspects] == ["--strict"]
    assert found.top.operation == "--strict"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"healthy": "v9"}, "There is no commit 'v9'"),
        ({"healthy": "main"}, "the code is as in commit"),
        ({"files": {"loss.txt": "nowhere.txt"}}, "There is no file 'nowhere.txt'"),
        ({"files": {"/loss.txt": ROOT / "README.md"}}, "is outside of"),
        ({"command": ""}, "does not say how it was started|is empty"),
        ({"directory": "nowhere"}, "There is no folder"),
        ({}, "no healthy run recorded a commit"),
    ],
)
def test_what_cannot_be_replayed_says_why(project, options, message):
    with pytest.raises(ReplayError, match=message):
        explain(**{"directory": project.path, "faulty": "main", **options})


@pytest.mark.parametrize("argv", ["", "-c", "score.py --token=***"])
def test_a_command_that_is_not_known_has_to_be_given(tmp_path, argv):
    trace = replace(BAD, environment={**BAD.environment, "argv": argv})
    with pytest.raises(ReplayError, match="does not say how it was started"):
        explain(trace, command=None, directory=tmp_path)


def test_a_commit_needs_a_repository(tmp_path):
    with pytest.raises(ReplayError, match="in no git repository"):
        explain(directory=tmp_path, healthy="good")


@pytest.mark.slow
def test_a_script_that_writes_elsewhere_has_to_be_allowed(project, tmp_path):
    sink = Operation("f/to_csv#1", "to_csv", "sink", facts={"file[path]": str(tmp_path / "o.csv")})
    trace = replace(BAD, operations=(*BAD.operations, sink))
    with pytest.raises(ReplayError, match=r"o\.csv outside of .*--allow-writes"):
        explain(trace, directory=project.path, healthy="good")
    assert explain(trace, directory=project.path, healthy="good", allow_writes=True).runs


@pytest.mark.slow
def test_the_commit_of_the_run_is_the_faulty_version(project):
    commit = project.git("rev-parse", "main")
    project.write(score_py="raise SystemExit('half done')\n")
    trace = replace(BAD, environment={**BAD.environment, "git_commit": commit})
    found = explain(trace, directory=project.path, healthy="good")
    assert found.replayed == pytest.approx(0.6)
