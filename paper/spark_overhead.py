"""Cost of recording Spark: extra time of each transformation, and of an action.

Run it with: python paper/spark_overhead.py [--quick] [--out spark_overhead.csv]

Calls with and without recording take turns in one process, on frames of 4 and of 400 columns. Of
each call the table has the median wall time over all turns, the median CPU time of the two
threads that work for it, Python's and its twin on the Java side, the wall time outside of Java, and
how often Python asked Java for something. `extra` is the difference of medians. Most of a call is
Java's own work, which takes half or twice the time from one turn to the next on a busy machine.
What recording adds is Python but for its questions: so where their number is the same,
`extra_python_ms` is the whole cost without that noise. `extra_fast_ms` is the difference of the
fastest tenth of the calls in wall time, and a question takes 50 to 100 microseconds. `load` is how
many processes wanted the machine in the last minute.

The calls end in the count of a row, as programs end in an action: what is asked of Java about the
operations before it is asked then. `count 1` is that count, with the asking.

Other actions are counts, one of a moment and one of some seconds, recorded and not in turn.
Looking at a plan does not depend on the rows, so what the short ones take in addition is what the
long ones do; `share_of_5s` says how much of an action of five seconds that is, by the difference of
medians (`extra_ms`).

`pandas UDF` is an action with two calls of pandas in each of two Python workers that run already.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from importlib import metadata
from pathlib import Path
from statistics import median
from threading import get_ident
from typing import Any, NamedTuple
from unittest.mock import patch

import pandas as pd
from csv_file import write_csv
from provenance import HERE, versions

import lineage_stats
from lineage_stats.hooks import prepare_java

SHORT, LONG = 1e5, 3e9  # rows


class Cost(NamedTuple):
    """What one call took: milliseconds by three clocks, and how often it asked Java."""

    wall: float
    cpu: float
    python: float  # the wall's, but those in which Java was asked
    trips: float


class Trip(NamedTuple):
    """One message to Java; one that forgets an object is no question."""

    ms: float
    thread: int
    forgets: bool


Costs = dict[tuple[str, bool], list[Cost]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few turns, for a test")
    parser.add_argument("--turns", type=int, default=60, help="with recording, and as many without")
    parser.add_argument("--out", type=Path, default=HERE / "spark_overhead.csv")
    options = parser.parse_args()
    n_turns = 5 if options.quick else options.turns
    spark = start_spark()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for n_columns in (4, 400):
            rows += measure_calls(spark, n_columns, 2 * n_turns, Path(folder))
        rows.append(measure_action(spark, SHORT, 2 * n_turns, Path(folder)))
        rows.append(measure_action(spark, LONG / 100 if options.quick else LONG, 8, Path(folder)))
        rows += measure_function(spark, n_turns, Path(folder))
    stamp = {k: v for k, v in versions().items() if k not in ("autolineage", "scikit-learn")}
    write_csv(rows, options.out, stamp | {"pyspark": metadata.version("pyspark")}, floats=".3f")
    for row in rows:
        print({name: round(v, 3) if isinstance(v, float) else v for name, v in row.items()})
    spark.stop()


def start_spark() -> Any:
    prepare_java()
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    return builder.config("spark.log.level", "ERROR").getOrCreate()


def calls(frame: Any, other: Any) -> dict[str, Callable[[], Any]]:
    """Return one call of each sort; only the last one makes Spark work."""
    return {
        "filter": lambda: frame.filter("c0 > 3"),
        "select": lambda: frame.select("c0", "c1"),
        "withColumn": lambda: frame.withColumn("c1", frame.c0 * 2),
        "drop": lambda: frame.drop("c2"),
        "groupBy.agg": lambda: frame.groupBy("c0").agg({"c1": "sum"}),
        "join": lambda: frame.join(other, "c0"),
        "orderBy": lambda: frame.orderBy("c0"),
        "count 1": lambda: other.limit(1).count(),
    }


def measure_calls(spark: Any, n_columns: int, n_turns: int, folder: Path) -> list[dict[str, Any]]:
    columns = [f"id + {i} as c{i}" for i in range(n_columns)]
    frame = spark.range(10).selectExpr(*columns)
    other = spark.range(10).selectExpr("id as c0", "id as other")
    return take_turns(spark, calls(frame, other), n_turns, folder, n_columns)


def measure_action(spark: Any, n_rows: float, n_turns: int, folder: Path) -> dict[str, Any]:
    """Return what a count takes."""
    frame = spark.range(int(n_rows)).filter("id % 7 = 3").selectExpr("id * 2 as twice")
    kept = frame.filter("hash(twice) % 11 = 2")
    (row,) = take_turns(spark, {f"count {n_rows:g}": kept.count}, n_turns, folder, 1)
    return row | {"share_of_5s": row["extra_ms"] / 5e3}


def measure_function(spark: Any, n_turns: int, folder: Path) -> list[dict[str, Any]]:
    """Return what an action with a function on series of pandas takes."""
    from pyspark.sql import functions as sf

    frame = spark.range(0, 1000, 1, 2)

    def act() -> None:
        frame.select(sf.pandas_udf(_filled, "double")("id")).collect()

    return take_turns(spark, {"pandas UDF": act}, 2 * n_turns, folder, 1)


def _filled(values: pd.Series) -> pd.Series:
    return values.fillna(0).clip(0, 500)


def take_turns(
    spark: Any, measured: dict[str, Callable[[], Any]], n_turns: int, folder: Path, n_columns: int
) -> list[dict[str, Any]]:
    """Let the calls run with and without recording in turn; return a row for each of them."""
    costs: Costs = defaultdict(list)
    for turn in range(-2, n_turns):  # the first two warm up
        on = bool(turn % 2)
        with lineage_stats.record("calls", directory=folder) if on else nullcontext():
            spark.range(1)  # the first call of a run opens its journal
            for name, call in measured.items():
                cost = cost_of(spark, call)
                if turn >= 0:
                    costs[name, on].append(cost)
    return [summary(n, n_columns, costs[n, False], costs[n, True]) for n in measured]


def cost_of(spark: Any, call: Callable[[], Any]) -> Cost:
    threads = spark._jvm.java.lang.management.ManagementFactory.getThreadMXBean()

    def cpu() -> float:
        return float(time.thread_time() * 1e3 + threads.getCurrentThreadCpuTime() / 1e6)

    with timed_trips() as trips:
        cpu_before, n_before, begin = cpu(), len(trips), time.perf_counter()
        call()
        wall, asked = (time.perf_counter() - begin) * 1e3, trips[n_before:]
        spent = cpu() - cpu_before
    in_java = sum(trip.ms for trip in asked if trip.thread == get_ident())
    n_trips = sum(not trip.forgets for trip in asked)
    return Cost(wall, spent, wall - in_java, n_trips)


@contextmanager
def timed_trips() -> Iterator[list[Trip]]:
    """Time what Python sends to Java."""
    from py4j.java_gateway import GatewayClient
    from py4j.protocol import MEMORY_COMMAND_NAME

    found: list[Trip] = []
    send = GatewayClient.send_command

    def timing(self: Any, command: str, *args: Any, **options: Any) -> Any:
        begin = time.perf_counter()
        try:
            return send(self, command, *args, **options)
        finally:
            ms = (time.perf_counter() - begin) * 1e3
            found.append(Trip(ms, get_ident(), command.startswith(MEMORY_COMMAND_NAME)))

    with patch.object(GatewayClient, "send_command", timing):
        yield found


def summary(name: str, n_columns: int, off: list[Cost], on: list[Cost]) -> dict[str, Any]:
    row: dict[str, Any] = {"call": name, "columns": n_columns, "turns": len(on)}
    for i, unit in enumerate(("ms", "cpu_ms", "python_ms", "trips")):
        without, recorded = median(cost[i] for cost in off), median(cost[i] for cost in on)
        values = {f"off_{unit}": without, f"on_{unit}": recorded}
        row |= values | {f"extra_{unit}": recorded - without}
    fast = fastest(cost.wall for cost in on) - fastest(cost.wall for cost in off)
    return row | {"extra_fast_ms": fast, "load": os.getloadavg()[0], "share_of_5s": ""}


def fastest(walls: Iterable[float]) -> float:
    """Return the end of the fastest tenth."""
    ordered = sorted(walls)
    return ordered[len(ordered) // 10]


if __name__ == "__main__":
    main()
