"""Fixtures that several parts of the suite share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from lineage_stats.hooks import prepare_java
from lineage_stats.hooks._swap import ACTIVE, FRAME_FILE
from lineage_stats.storage import TraceStore
from lineage_stats.trace import Trace, TraceSet
from tests.strategies import make_trace, make_traces

# For workers, and programs that tests start: threads of several would wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("suite", deadline=None, max_examples=30, print_blob=True)
settings.load_profile("suite")

# A shell starts jobs in the background deaf to Ctrl-C, and so are the programs that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
THREAD_START = threading.Thread.start


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what is too slow for every day."""
    parser.addoption(
        "--exhaustive", action="store_true",
        help="hold Spark to every pipeline shape under every action (about 20 minutes)",
    )  # fmt: skip


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out slow tests unless tests are chosen: by ``-m``, ``-k``, a file, or their names."""
    chosen = config.option.markexpr or config.option.keyword
    if chosen or not all(Path(argument).is_dir() for argument in config.args):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture(autouse=True)
def _nothing_stays_patched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Raise the recorder's own errors, and hold each test to leaving no hook in place."""
    monkeypatch.setenv("LINEAGE_STATS_STRICT", "1")
    yield
    assert ACTIVE[0] is None, "a recorder is still active"
    assert threading.Thread.start is THREAD_START
    pandas = sys.modules.get("pandas")
    if pandas is not None:
        assert pandas.DataFrame.dropna.__code__.co_filename != FRAME_FILE
        assert not hasattr(pandas.DataFrame.dropna, "__wrapped__")
    base = sys.modules.get("sklearn.base")
    if base is not None:
        assert "__init_subclass__" not in vars(base.BaseEstimator)


@pytest.fixture
def trace() -> Trace:
    """One healthy run of the churn pipeline."""
    return make_trace(0)


@pytest.fixture(scope="session")
def healthy() -> TraceSet:
    """Thirty healthy runs of the churn pipeline."""
    return make_traces(30)


@pytest.fixture
def store(tmp_path: Path) -> TraceStore:
    """An empty store."""
    return TraceStore(tmp_path / "store")


@pytest.fixture
def run_python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run code in a fresh interpreter, in an empty folder, without our variables set."""

    def run(code: str, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith("LINEAGE_STATS_")}
        env["PYTHONPATH"] = str(ROOT)
        done = subprocess.run(
            [sys.executable, "-c", code, *args],
            capture_output=True, text=True, cwd=tmp_path, env=env, timeout=60, check=False,
        )  # fmt: skip
        if check and done.returncode != 0:
            pytest.fail(f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    return run


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """One Spark session for all tests that need one, made to start quickly."""
    pytest.importorskip("pyspark", reason="the extra 'spark' is not installed")
    prepare_java()
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    yield session
    session.stop()
