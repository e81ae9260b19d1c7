"""What it takes to sum up all runs of a folder as they become many, here and on Spark.

Run it with: python paper/summary_scale.py [--quick] [--out summary_scale.csv] [--work FOLDER]

Folders of more and more packed runs of one pipeline, all of them written, none a link. Each of
these is done in a process of its own, by `summarize_runs`:

* ``moments``: number, mean, variance and range of each cell.
* ``kll``: the same and a sketch of its quantiles.
* ``kll, 2 processes``: that with ``n_jobs=2``.
* ``kll, Spark``: that by a session with two workers that was started before, and is warm.

Per way: the time by the clock; the CPU time of all processes, which another user of the machine
changes less; the largest memory of the process itself, and of the largest of its children, where
there are some (of Spark: of the driver's Python, and of Java or a worker). ``worst_rank`` is the
largest error of a median, as a share of the runs: that of the sketch against the runs with smaller
values, found by reading the folder again, for up to ``LARGEST_CHECKED`` records. ``load`` is how
many processes wanted the machine in the last minute.

The runs are those of 4 packs that `make_runs` made, over and over, with other ids and a minute
between two of them.
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
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from csv_file import write_csv
from local_fit import RUNS_PER_PACK, base_packs, fill, read_packs
from provenance import HERE, peak_mb, single_threaded, versions
from spark_fit import children_of, cpu_seconds, start_spark, warm

from lineage_stats.detectors import summarize_runs

SIZES = (100_000, 1_000_000, 10_000_000)
LARGEST_ON_SPARK = 1_000_000
LARGEST_CHECKED = 100_000
WAYS: dict[str, dict[str, Any]] = {
    "moments": {},
    "kll": {"quantiles": "kll"},
    "kll, 2 processes": {"quantiles": "kll", "n_jobs": 2},
    "kll, Spark": {"quantiles": "kll", "engine": "spark"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few runs, for a test")
    parser.add_argument("--out", type=Path, default=HERE / "summary_scale.csv")
    parser.add_argument("--work", type=Path, help="where folders are made, and kept to be used")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="operation records")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--way", nargs=3, metavar=("WAY", "FOLDER", "CHECK"), help="one of them")
    options = parser.parse_args()
    if options.way:
        way, folder, check = options.way
        print(json.dumps(measure(way, Path(folder), check=check == "True")))
        return
    sizes, per_pack = ((240, 480), 10) if options.quick else (options.sizes, RUNS_PER_PACK)
    stamp = {k: v for k, v in versions().items() if k != "autolineage"}
    stamp |= {name: metadata.version(name) for name in ("datasketches", "pyspark")}
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        packs = recorded_packs(work, 2 if options.quick else 4, per_pack)
        for n_operations in sizes:
            folder = work / str(n_operations)
            if not folder.exists():
                fill(folder, packs, n_operations, links=False)
            for way in options.ways:
                if "engine" in WAYS[way] and n_operations > LARGEST_ON_SPARK:
                    continue
                row = {"operations": n_operations, "way": way}
                row |= measured(way, folder, check=n_operations <= LARGEST_CHECKED)
                rows.append(row | {"load": os.getloadavg()[0]})
                print(rows[-1], flush=True)
                write_csv(rows, options.out, stamp, floats=".4g")


def recorded_packs(work: Path, n_packs: int, per_pack: int) -> list[Any]:
    """Return what packs of recorded runs hold, which are made where they are not there."""
    folder = work / "base"
    return read_packs(folder) if folder.exists() else base_packs(folder, n_packs, per_pack)


def measured(way: str, folder: Path, *, check: bool) -> dict[str, float]:
    """Return one measurement, made in a process of its own."""
    command = [sys.executable, __file__, "--way", way, str(folder), str(check)]
    done = subprocess.run(
        command, env=single_threaded(), capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(way: str, folder: Path, *, check: bool) -> dict[str, float]:
    warnings.simplefilter("ignore")
    if "Spark" in way:
        start_spark().range(10).mapInArrow(warm, "id long").collect()
    begin, cpu = time.perf_counter(), cpu_seconds()
    summary = summarize_runs(folder, **WAYS[way])
    seconds, cpu = time.perf_counter() - begin, cpu_seconds() - cpu
    own, children = peak_mb(), max(map(peak_mb, children_of(os.getpid())), default=0.0)
    return {
        "runs": summary.n_runs, "values": int(summary.n.sum()), "seconds": seconds,
        "cpu_seconds": cpu, "peak_mb": own, "largest_child_mb": children,
        "worst_rank": worst_rank(summary, folder) if check and "kll" in way else np.nan,
    }  # fmt: skip


def worst_rank(summary: Any, folder: Path) -> float:
    """Return the largest error of the rank of a median."""
    exact = summarize_runs(folder, quantiles="exact", reference=summary.reference)
    worst = 0.0
    kept = exact.to_table().column("distribution").to_pylist()
    for data, told in zip(kept, summary.quantile(0.5), strict=True):
        if data is not None:
            values = np.frombuffer(data)
            low, high = np.searchsorted(values, [told, np.nextafter(told, np.inf)]) / len(values)
            worst = max(worst, low - 0.5, 0.5 - high)
    return worst


if __name__ == "__main__":
    main()
