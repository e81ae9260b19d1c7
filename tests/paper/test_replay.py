"""The script that measures replays, on simulated runs."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PAPER = Path(__file__).parents[2] / "paper"


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replay")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LINEAGE_STATS_")}
    done = subprocess.run(
        [sys.executable, str(PAPER / "replay.py"), "--quick", "--out", str(folder / "out.csv")],
        capture_output=True, text=True, check=False, cwd=folder, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def pooled(rows, method):
    return [
        row for row in rows
        if row["pipeline"] == row["class"] == "all" and row["method"] == method
    ]  # fmt: skip


def test_a_replay_that_widens_names_every_culprit(rows):
    for row in pooled(rows, "replay, widened"):
        assert float(row["hit@1"]) == float(row["verified"]) == 1.0
        assert float(row["median l1"]) == pytest.approx(0.0, abs=1e-9)
        assert int(row["most runs"]) <= 4
        assert row["data"] == "simulated"


def test_the_trace_alone_runs_nothing(rows):
    (row,) = pooled(rows, "trace only")
    assert int(row["most runs"]) == 0
    assert float(row["low"]) <= float(row["hit@1"]) <= float(row["high"])
