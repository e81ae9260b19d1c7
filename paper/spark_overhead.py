"""Cost of recording Spark: extra wall time of each transformation, and of an action.

Run it with: python paper/spark_overhead.py [--quick] [--out spark_overhead.csv]

Calls with and without recording take turns in one process, on frames of 4 and of 400 columns. Of
each call the table has the median wall time over all turns, and the median CPU time of the two
threads that work for it, Python's and its twin on the Java side: on a busy machine only the latter
means something. `extra` is the difference of medians. An action is a count that works for some
seconds; its extra is what looking at its plan took.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import lineage_stats
from lineage_stats.hooks import prepare_java
from lineage_stats.hooks._pyspark._book import BOOK

HERE = Path(__file__).parent
FIELDS = (
    "call", "columns", "turns", "off_ms", "on_ms", "extra_ms", "off_cpu_ms", "on_cpu_ms",
    "extra_cpu_ms",
)  # fmt: skip
Times = dict[tuple[str, bool], list[tuple[float, float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few turns, for a test")
    parser.add_argument("--out", type=Path, default=HERE / "spark_overhead.csv")
    options = parser.parse_args()
    n_turns = 5 if options.quick else 60
    spark = start_spark()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for n_columns in (4, 400):
            rows += measure_calls(spark, n_columns, n_turns, Path(folder))
        rows.append(measure_action(spark, 2e7 if options.quick else 3e9, Path(folder)))
    with options.out.open("w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print(row)


def start_spark() -> Any:
    prepare_java()
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    return builder.config("spark.log.level", "ERROR").getOrCreate()


def calls(frame: Any, other: Any) -> dict[str, Callable[[], Any]]:
    """Return one call of each sort; none of them makes Spark work."""
    return {
        "filter": lambda: frame.filter("c0 > 3"),
        "select": lambda: frame.select("c0", "c1"),
        "withColumn": lambda: frame.withColumn("c1", frame.c0 * 2),
        "drop": lambda: frame.drop("c2"),
        "groupBy.agg": lambda: frame.groupBy("c0").agg({"c1": "sum"}),
        "join": lambda: frame.join(other, "c0"),
        "orderBy": lambda: frame.orderBy("c0"),
    }


def measure_calls(spark: Any, n_columns: int, n_turns: int, folder: Path) -> list[dict[str, Any]]:
    columns = [f"id + {i} as c{i}" for i in range(n_columns)]
    frame = spark.range(10).selectExpr(*columns)
    other = spark.range(10).selectExpr("id as c0", "id as other")
    times: Times = defaultdict(list)
    with lineage_stats.record("warm", directory=folder):
        frame.filter("c0 > 1")
    for turn in range(n_turns):
        if turn % 2:
            with lineage_stats.record("calls", directory=folder):
                take_times(spark, frame, other, times, on=True)
        else:
            take_times(spark, frame, other, times, on=False)
    return [summary(name, n_columns, times[name, False], times[name, True])
            for name in calls(frame, other)]  # fmt: skip


def take_times(spark: Any, frame: Any, other: Any, times: Times, *, on: bool) -> None:
    """Note the milliseconds of wall and of CPU time that each call takes."""
    threads = spark._jvm.java.lang.management.ManagementFactory.getThreadMXBean()

    def cpu() -> float:
        return time.thread_time() * 1e3 + threads.getCurrentThreadCpuTime() / 1e6

    for name, call in calls(frame, other).items():
        before = cpu()
        begin = time.perf_counter()
        call()
        wall = (time.perf_counter() - begin) * 1e3
        times[name, on].append((wall, cpu() - before))


def summary(
    name: str, n_columns: int, off: list[tuple[float, float]], on: list[tuple[float, float]]
) -> dict[str, Any]:
    figures = []
    for at in (0, 1):
        without, recorded = median(t[at] for t in off), median(t[at] for t in on)
        figures += [without, recorded, recorded - without]
    values = (name, n_columns, len(on), *(f"{figure:.3f}" for figure in figures))
    return dict(zip(FIELDS, values, strict=True))


def measure_action(spark: Any, n_rows: float, folder: Path) -> dict[str, Any]:
    """Return how long one long count took, and what of it was spent on looking at its plan."""
    with lineage_stats.record("action", directory=folder):
        frame = spark.range(int(n_rows)).filter("id % 7 = 3").selectExpr("id * 2 as twice")
        kept = frame.filter("hash(twice) % 11 = 2")
        before, begin = BOOK.seconds, time.perf_counter()
        kept.count()
        spent, whole = BOOK.seconds - before, time.perf_counter() - begin
    figures = [f"{seconds * 1e3:.1f}" for seconds in (whole - spent, whole, spent)]
    return dict(zip(FIELDS, ("count", 1, 1, *figures, "", "", ""), strict=True))


if __name__ == "__main__":
    main()
