"""Baselines learned on a cluster: a master and two workers, each a process of this machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from lineage_stats import TraceStore, load_traces
from lineage_stats.datasets import FAULTS, make_runs
from lineage_stats.detectors import RobustMADDetector
from lineage_stats.exceptions import MissingDependencyError
from lineage_stats.hooks import prepare_java

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("cluster"),
    pytest.mark.skipif(os.name != "posix", reason="Spark's scripts need a POSIX shell"),
    pytest.mark.filterwarnings("ignore::lineage_stats.exceptions.FewRunsWarning"),
]

_LAUNCHED = "org.apache.spark.deploy"
_SMALL = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_PATIENCE = 240  # seconds until a process says that it is there

# The program of a user who has a session on a cluster, in a process of its own.
PROGRAM = """
import json, sys
from pyspark.sql import SparkSession
from lineage_stats.detectors import RobustMADDetector
master, learned, new = sys.argv[1:]
session = (
    SparkSession.builder.master(master)
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.executor.memory", "512m")
    .config("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    .config("spark.scheduler.minRegisteredResourcesRatio", "1.0")
    .getOrCreate()
)
hosts = session.sparkContext._jsc.sc().statusTracker().getExecutorInfos
detector = RobustMADDetector().fit(learned, engine="spark")
scores = detector.score_many(new, engine="spark")
print(json.dumps({
    "executors": len(hosts()) - 1,
    "n_runs": detector.n_runs_,
    "values": detector.history_.values.tobytes().hex(),
    "p_values": [score.p_value for score in scores],
    "flagged": [score.flagged for score in scores],
}))
session.stop()
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    pyspark = pytest.importorskip("pyspark", reason="the extra 'spark' is not installed")
    try:
        prepare_java()
    except MissingDependencyError as error:
        pytest.skip(str(error))
    work = tmp_path_factory.mktemp("cluster")
    return os.environ | {
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": _SMALL,
        "SPARK_WORKER_DIR": str(work),
        "PYSPARK_PYTHON": sys.executable,
    }


@contextmanager
def started(name: str, ready: str, environment: dict[str, str], log: Path) -> Iterator[str]:
    """Run a part of a cluster, and end it; yield what it says once it is ready."""
    class_, *arguments = name.split()
    command = [f"{environment['SPARK_HOME']}/bin/spark-class", f"{_LAUNCHED}.{class_}", *arguments]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        yield awaited(ready, log, process)
    finally:
        process.terminate()
        process.wait(30)


def awaited(pattern: str, log: Path, process: subprocess.Popen[bytes]) -> str:
    """Return what a process says of itself, as soon as it does."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        text = log.read_text(errors="replace")
        found = re.search(pattern, text)
        if found is not None:
            return found[0]
        if process.poll() is not None:
            if "Operation not permitted" in text or "Permission denied" in text:
                pytest.skip(f"No process of a cluster can be started here: {text[-300:]}")
            break
        time.sleep(0.05)
    raise AssertionError(log.read_text(errors="replace")[-3000:])


@pytest.fixture(scope="module")
def cluster(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a master and two workers; yield the address of the master."""
    logs = tmp_path_factory.mktemp("logs")
    with ExitStack() as stack:
        asked = "--host 127.0.0.1 --port 0 --webui-port 0"
        master = stack.enter_context(
            started(f"master.Master {asked}", r"spark://127\.0\.0\.1:\d+", environment, logs / "m")
        )
        for log in (logs / "w1", logs / "w2"):
            worker = f"worker.Worker {asked} --cores 1 --memory 600m {master}"
            stack.enter_context(
                started(worker, "Successfully registered with master", environment, log)
            )
        yield master


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Write runs to learn from, and new ones of which one is broken."""
    folder = tmp_path_factory.mktemp("stores")
    runs, _ = make_runs(
        30, fault=[*[None] * 28, None, FAULTS[0]], random_state=0, return_traces=True
    )
    for i, run in enumerate(runs):
        TraceStore(folder / ("learned" if i < 28 else "new")).write(run)
    TraceStore(folder / "learned").compact(runs_per_file=10)
    return folder / "learned", folder / "new"


def test_a_cluster_learns_and_scores_as_this_process_does(
    cluster: str, environment: dict[str, str], stores: tuple[Path, Path]
) -> None:
    learned, new = stores
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, cluster, str(learned), str(new)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    there: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    here = RobustMADDetector().fit(load_traces(learned))
    scores = here.score_many(load_traces(new))
    assert there["executors"] == 2
    assert there["n_runs"] == here.n_runs_ == 28
    assert there["values"] == here.history_.values.tobytes().hex()
    assert there["p_values"] == [score.p_value for score in scores]
    assert there["flagged"] == [score.flagged for score in scores] == [False, True]
