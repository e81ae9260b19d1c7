"""From which size on Spark pays: fitting on a store of runs, by this process and by Spark.

Run it with: python paper/spark_fit.py [--quick] [--out spark_fit.csv]

Stores of more and more runs, packed as `TraceStore.compact` packs them. Per size and engine: the
wall time of reading all runs and fitting on all of them, once, in a process of its own that has the
session started and its workers warm; the CPU time that this took, that of Java and of the workers
included; and the largest memory of that process (of Spark: that of the driver's Python). On a busy
machine the CPU time is what can be compared. `operations` is how many operation records there
are, and `values` how many numbers are learned from. `load` is how many processes wanted the
machine in the last minute.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from csv_file import write_csv
from provenance import HERE, peak_mb, single_threaded, versions

from lineage_stats import TraceStore
from lineage_stats.datasets import make_runs
from lineage_stats.detectors import RobustMADDetector

SIZES = (100, 1000, 4000, 10_000)
_BATCH = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few runs, for a test")
    parser.add_argument("--out", type=Path, default=HERE / "spark_fit.csv")
    parser.add_argument("--fit", nargs=3, metavar=("ENGINE", "FOLDER", "RUNS"))
    options = parser.parse_args()
    if options.fit:
        engine, folder, n_runs = options.fit
        print(json.dumps(measure(engine, folder, int(n_runs))))
        return
    rows = []
    for n_runs in (30, 60) if options.quick else SIZES:
        with tempfile.TemporaryDirectory() as folder:
            n_operations = fill(Path(folder), n_runs)
            for engine in ("local", "spark"):
                row: dict[str, Any] = {"runs": n_runs, "operations": n_operations, "engine": engine}
                rows.append(row | measured(engine, folder, n_runs) | {"load": os.getloadavg()[0]})
                print(rows[-1], flush=True)
    stamp = {k: v for k, v in versions().items() if k != "autolineage"}
    write_csv(rows, options.out, stamp | {"pyspark": metadata.version("pyspark")}, floats=".2f")


def fill(folder: Path, n_runs: int) -> int:
    """Record so many runs; return how many operations they have."""
    store, n_operations = TraceStore(folder), 0
    for first in range(0, n_runs, _BATCH):
        n = min(_BATCH, n_runs - first)
        traces, _ = make_runs(n, first=first, n_extra_columns=6, random_state=0, return_traces=True)
        for trace in traces:
            store.write(trace)
            n_operations += len(trace)
        store.compact(runs_per_file=100)
    return n_operations


def measured(engine: str, folder: str, n_runs: int) -> dict[str, float]:
    """Return one measurement, made in a process of its own."""
    command = [sys.executable, __file__, "--fit", engine, folder, str(n_runs)]
    done = subprocess.run(
        command, env=single_threaded(), capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(engine: str, folder: str, n_runs: int) -> dict[str, float]:
    warnings.simplefilter("ignore")
    if engine == "spark":
        start_spark().range(10).mapInArrow(warm, "id long").collect()
    begin, cpu = time.perf_counter(), cpu_seconds()
    detector = RobustMADDetector(max_runs=n_runs).fit(folder, engine=engine)
    seconds, cpu = time.perf_counter() - begin, cpu_seconds() - cpu
    return {
        "values": detector.history_.values.size, "seconds": seconds, "cpu_seconds": cpu,
        "peak_mb": peak_mb(),
    }  # fmt: skip


def cpu_seconds() -> float:
    """Return the CPU time of this process and of all that it has started, on Linux."""
    found = 0.0
    for pid in (os.getpid(), *children_of(os.getpid())):
        with suppress(OSError):  # it has ended
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            found += sum(map(int, fields[11:15]))  # its own, and that of those it has waited for
    return found / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> Iterator[int]:
    """Yield the processes that one has started, those that these have, and so on."""
    with suppress(OSError):
        for thread in list(Path(f"/proc/{pid}/task").iterdir()):
            for child in map(int, (thread / "children").read_text().split()):
                yield child
                yield from children_of(child)


def warm(batches: Iterator[Any]) -> Iterator[Any]:
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
