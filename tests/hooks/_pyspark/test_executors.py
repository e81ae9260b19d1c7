"""Executors that a cluster lost, told by a cluster that loses one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lineage_stats.exceptions import MissingDependencyError
from lineage_stats.hooks import prepare_java
from lineage_stats.hooks._pyspark import _executors
from lineage_stats.hooks._pyspark._executors import Executors

pytestmark = pytest.mark.slow


class Sequence:
    """Stands for a sequence of Scala."""

    def __init__(self, *items: Any) -> None:
        self._items = items
        self.size, self.apply = self._items.__len__, self._items.__getitem__


def executor(name: str, reason: str | None = None) -> Any:
    said = SimpleNamespace(toString=lambda: "None" if reason is None else f"Some({reason})")
    return SimpleNamespace(
        id=lambda: name, isActive=lambda: reason is None, removeReason=lambda: said
    )


def context(*states: Sequence, local: bool = False) -> Any:
    left = list(states)
    store = SimpleNamespace(executorList=lambda active: left.pop(0))
    return SimpleNamespace(isLocal=lambda: local, statusStore=lambda: store)


def test_each_loss_counts_once_and_what_was_let_go_is_none() -> None:
    a, b, c = executor("0"), executor("1"), executor("driver")
    killed, gone = executor("0", "Command exited with code 137"), executor("1", "Worker lost")
    dismissed = executor("2", "Executor killed by driver.")
    left = executor("3", "Executor decommission.")
    before = executor("4", "Command exited with code 1")
    asked = Executors(
        context(
            Sequence(a, b, c, before), Sequence(a, b, c, before), Sequence(killed, b, c),
            Sequence(killed, b, c, dismissed), Sequence(killed, gone, c, dismissed, left),
        )
    )  # fmt: skip
    assert [asked.lost() for _ in range(4)] == [0, 1, 0, 1]


def test_nothing_is_asked_of_one_process_and_nothing_told_of_very_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Executors(context(local=True)).lost() is None
    monkeypatch.setattr(_executors, "MOST_EXECUTORS", 1)
    assert Executors(context(Sequence(executor("0"), executor("1")))).lost() is None


PROGRAM = """
import json, os, signal, sys
import lineage_stats
from pyspark import TaskContext
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

def kill(value):
    task = TaskContext.get()
    if task.partitionId() == 0 and task.attemptNumber() == 0:
        with open(f"/proc/{os.getppid()}/stat") as stat:
            os.kill(int(stat.read().rpartition(")")[2].split()[1]), signal.SIGKILL)
    return value

small = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
spark = (
    SparkSession.builder.master("local-cluster[2,1,512]")
    .config("spark.ui.enabled", "false").config("spark.executor.memory", "512m")
    .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.executor.extraJavaOptions", small)
    .config("spark.driver.extraJavaOptions", small).config("spark.log.level", "ERROR")
    .getOrCreate()
)
with lineage_stats.record("loss", directory=sys.argv[1]) as run:
    frame = spark.range(0, 10, 1, 2)
    frame.count()
    rows = frame.withColumn("y", sf.udf(kill, "long", useArrow=False)("id")).collect()
    frame.count()
told = [op.features["executors_lost"] for op in run.trace() if op.name.endswith(("t", "count"))]
print(json.dumps({"rows": len(rows), "lost": told, "problems": run.trace().problems}))
"""


@pytest.mark.xdist_group("cluster")
@pytest.mark.skipif(sys.platform != "linux", reason="finds its executor in /proc")
def test_a_job_that_survives_the_loss_of_an_executor_tells_of_it(tmp_path: Path) -> None:
    pyspark = pytest.importorskip("pyspark", reason="the extra 'spark' is not installed")
    try:
        prepare_java()
    except MissingDependencyError as error:
        pytest.skip(str(error))
    home = {"SPARK_HOME": str(Path(pyspark.__file__).parent), "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "traces")], cwd=tmp_path,
        env=os.environ | home, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {"rows": 10, "lost": [0.0, 1.0, 0.0], "problems": []}
