"""Why Spark failed: a word that is certain, and nothing of what was said."""

from __future__ import annotations

from pathlib import Path
from threading import Timer
from types import SimpleNamespace
from typing import Any

import pytest

import lineage_stats
from lineage_stats.hooks._pyspark._causes import cause_of

TRACEBACK = """[PYTHON_EXCEPTION] An exception was thrown from the Python worker:
Traceback (most recent call last):
  File "job.py", line 11, in boom
    if x == 37: raise Refused("row 37\\npassword: a")
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
shop.errors.Refused: row 37
password: a
 SQLSTATE: 38000"""


CHAINED = """Job aborted: an exception was thrown from the Python worker:
Traceback (most recent call last):
  File "job.py", line 3, in one
    int(x)
ValueError: invalid literal

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "job.py", line 5, in one
    raise Refused("row") from error
shop.errors.Refused: row

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "job.py", line 7, in one
    {}["a"]
KeyError: 'a'
 SQLSTATE: 38000"""


class SparkError(Exception):
    """Stands for an error of Spark's."""

    def __init__(self, text: str, condition: str | None = None) -> None:
        super().__init__(text)
        self._desc = text
        self.getCondition = lambda: condition


class BridgeError(Exception):
    """Stands for an error of the bridge to Java."""

    def __init__(self, text: str) -> None:
        self.java_exception = SimpleNamespace(getMessage=lambda: text)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (SparkError(TRACEBACK), "shop.errors.Refused"),
        (BridgeError(f"Job aborted: PythonException: {TRACEBACK}"), "shop.errors.Refused"),
        (BridgeError(CHAINED), "KeyError"),
        (BridgeError(CHAINED.partition("\n\nDuring")[0]), "shop.errors.Refused"),
        (BridgeError(CHAINED.replace("\n\nTraceback", "\n\nsecret")), "ValueError"),
        (BridgeError("[SPARK_JOB_CANCELLED] Job 5 cancelled as part of all"), "cancelled"),
        (BridgeError("Job aborted due to stage failure: Task 0: SparkException: Python worker "
                     "exited unexpectedly (crashed)"), "worker died"),
        (BridgeError("stage failure: ExecutorLostFailure (executor 1 exited)"), "executor lost"),
        (BridgeError("Job aborted due to stage failure: secret"), "stage failed"),
        (SparkError("[DIVIDE_BY_ZERO] secret", "DIVIDE_BY_ZERO"), "DIVIDE_BY_ZERO"),
        (SparkError("secret"), None),
        (ValueError("Python Traceback secret"), None),
        (None, None),
    ],
)  # fmt: skip
def test_a_cause_is_told_and_no_message(error: BaseException | None, cause: str | None) -> None:
    assert cause_of(error) == cause


def test_a_broken_bridge_tells_nothing() -> None:
    def gone() -> str:
        raise ConnectionError

    error = BridgeError("")
    error.java_exception = SimpleNamespace(getMessage=gone)
    assert cause_of(error) is None


@pytest.mark.slow
@pytest.mark.xdist_group("spark")
def test_causes_stand_with_actions_that_failed(spark: Any, tmp_path: Path) -> None:
    from pyspark.sql import functions as sf

    own = sf.udf(_refuse, "long", useArrow=False)
    slow = sf.udf(_wait, "long", useArrow=False)
    die = sf.udf(_die, "long", useArrow=False)
    frame = spark.range(40)
    with lineage_stats.record("failing", directory=tmp_path) as run:
        stop = Timer(1.5, spark.sparkContext.cancelAllJobs)
        for action in (
            lambda: frame.withColumn("y", own("id")).collect(),
            lambda: frame.withColumn("y", sf.raise_error(sf.lit("secret"))).collect(),
            lambda: stop.start() or frame.withColumn("y", slow("id")).collect(),
            lambda: frame.withColumn("y", die("id")).write.parquet(str(tmp_path / "never")),
        ):
            with pytest.raises(Exception, match=r"."):
                action()
    failed = [operation for operation in run.trace() if operation.status == "failed"]
    raised = "USER_RAISED_EXCEPTION" if spark.version >= "4" else "stage failed"
    assert [operation.facts.get("cause") for operation in failed] == [
        "ValueError", raised, "cancelled", "worker died",
    ]  # fmt: skip
    assert not any("secret" in str(operation.facts) for operation in failed)
    assert run.trace().complete


def _refuse(value: int) -> int:
    raise ValueError(f"secret {value}")


def _wait(value: int) -> int:
    import time

    time.sleep(0.5)
    return value


def _die(value: int) -> int:
    import os

    os._exit(3)
