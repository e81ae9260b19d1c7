"""From which size on Spark pays: fitting on a store of runs, by this process and by Spark.

Run it with: python paper/spark_fit.py [--quick] [--out spark_fit.csv]

Stores of more and more runs, packed as `TraceStore.compact` packs them. Per size and engine: the
wall time of reading all runs and fitting on them, once, in a process of its own that has the
session started and its workers warm, and the largest memory of that process (of Spark: that of
the driver's Python, without the Java side and the workers). Every value of every run is counted.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from csv_file import write_csv
from provenance import HERE, single_threaded, versions

from lineage_stats import TraceStore, load_traces
from lineage_stats.datasets import make_runs
from lineage_stats.detectors import RobustMADDetector

SIZES = (100, 1000, 4000)
_BATCH = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few runs, for a test")
    parser.add_argument("--out", type=Path, default=HERE / "spark_fit.csv")
    parser.add_argument("--fit", nargs=2, metavar=("ENGINE", "FOLDER"), help="one measurement")
    options = parser.parse_args()
    if options.fit:
        print(json.dumps(measure(*options.fit)))
        return
    rows = []
    for n_runs in (30, 60) if options.quick else SIZES:
        with tempfile.TemporaryDirectory() as folder:
            fill(Path(folder), n_runs)
            for engine in ("local", "spark"):
                rows.append({"runs": n_runs, "engine": engine, **measured(engine, folder)})
                print(rows[-1])
    stamp = {k: v for k, v in versions().items() if k != "autolineage"}
    write_csv(rows, options.out, stamp | {"pyspark": metadata.version("pyspark")}, floats=".2f")


def fill(folder: Path, n_runs: int) -> None:
    store = TraceStore(folder)
    for first in range(0, n_runs, _BATCH):
        n = min(_BATCH, n_runs - first)
        traces, _ = make_runs(n, first=first, n_extra_columns=6, random_state=0, return_traces=True)
        for trace in traces:
            store.write(trace)
        store.compact(runs_per_file=100)


def measured(engine: str, folder: str) -> dict[str, float]:
    """Return one measurement, made in a process of its own."""
    command = [sys.executable, __file__, "--fit", engine, folder]
    done = subprocess.run(
        command, env=single_threaded(), capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(engine: str, folder: str) -> dict[str, float]:
    warnings.simplefilter("ignore")
    if engine == "spark":
        start_spark().range(10).mapInArrow(_warm, "id long").collect()
    begin, cpu = time.perf_counter(), time.process_time()
    if engine == "spark":
        detector = RobustMADDetector().fit(folder, engine="spark")
    else:
        detector = RobustMADDetector().fit(load_traces(folder))
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "values": detector.history_.values.size, "seconds": seconds, "own_cpu_seconds": cpu,
        "peak_mb": peak,
    }  # fmt: skip


def _warm(batches: Iterator[Any]) -> Iterator[Any]:
    import lineage_stats.detectors  # noqa: F401  # what every task needs

    yield from batches


def start_spark() -> Any:
    from lineage_stats.hooks import prepare_java

    prepare_java()
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    return builder.config("spark.log.level", "ERROR").getOrCreate()


if __name__ == "__main__":
    main()
