"""What Spark's log need not tell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lineage_stats.hooks._pyspark._listener import Listener
from lineage_stats.hooks._pyspark._log import _BUS, keep_quiet_about

pytestmark = pytest.mark.xdist_group("spark")

PROGRAM = """
import os, signal, threading, time
import lineage_stats
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
with lineage_stats.record("killed", directory="traces"):
    frame = spark.range(100)
    frame.count()
    threading.Timer(2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    frame.select(sf.udf(lambda value: time.sleep(3) or value, "long")("id")).collect()
"""


class Other:
    """A listener of somebody else."""

    class Java:
        implements = ("org.apache.spark.sql.util.QueryExecutionListener",)


def told(spark: Any, listener: Any) -> bool:
    """Return whether Spark's log would tell of an error of a listener."""
    core = spark._jvm.org.apache.logging.log4j.core
    logger = spark._jvm.org.apache.logging.log4j.LogManager.getContext(False).getLogger(_BUS)
    name = spark._jvm.org.apache.spark.util.Utils.getFormattedClassName(listener)
    text = f"Listener {name} threw an exception"
    message = spark._jvm.org.apache.logging.log4j.message.SimpleMessage(text)
    event = core.impl.Log4jLogEvent.newBuilder().setLoggerName(_BUS).setMessage(message).build()
    return not logger.get().isFiltered(event)


def n_filters(spark: Any) -> int:
    context = spark._jvm.org.apache.logging.log4j.LogManager.getContext(False)
    found = context.getConfiguration().getLoggerConfig(_BUS).getFilter()
    if found is None:
        return 0
    several = found.getClass().getSimpleName() == "CompositeFilter"
    return int(found.size()) if several else 1


def test_errors_of_ours_are_passed_over_and_those_of_others_told(spark: Any) -> None:
    ours, other = Listener.__new__(Listener), Other()
    keep_quiet_about(spark, ours)
    assert not told(spark, ours)
    assert told(spark, other)


def test_the_log_keeps_to_the_level_that_the_program_sets(spark: Any) -> None:
    keep_quiet_about(spark, Listener.__new__(Listener))
    logger = spark._jvm.org.apache.logging.log4j.LogManager.getLogger(_BUS)
    before = logger.getLevel().toString()
    try:
        for level in ("OFF", "DEBUG"):
            spark.sparkContext.setLogLevel(level)
            assert logger.getLevel().toString() == level
    finally:
        spark.sparkContext.setLogLevel(before)


def test_without_the_log_of_spark_nothing_is_done() -> None:
    keep_quiet_about(object(), object())


def test_spark_is_told_once_however_many_sessions_there_are(spark: Any) -> None:
    keep_quiet_about(spark, Listener.__new__(Listener))
    before = n_filters(spark)
    keep_quiet_about(spark.newSession(), Listener.__new__(Listener))
    assert n_filters(spark) == before > 0


@pytest.mark.slow
@pytest.mark.usefixtures("spark")  # which finds the Java, or fails
@pytest.mark.skipif(os.name != "posix", reason="Windows ends programs without a signal")
def test_a_program_killed_in_an_action_ends_without_a_word_of_the_recorder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGTERM, done.stderr
    assert "threw an exception" not in done.stderr
