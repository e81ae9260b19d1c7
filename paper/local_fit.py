"""What fitting on a folder takes as runs become many, without Spark.

Run it with: python paper/local_fit.py [--quick] [--out local_fit.csv] [--work FOLDER]

Folders of more and more packed runs of one pipeline. Each of these is done in a process of its own:

* ``latest``: `fit(folder)`, which learns from the latest runs, by default 500.
* ``read``: all runs are read, measured and forgotten, and their values kept; nothing is learned.
* ``all``: `fit(folder)` with `max_runs` as large as the folder, so that all runs are learned from.
* ``loaded``: `load_traces` and a fit on what it returns, with the same `max_runs`.

Per way: the CPU time, which another user of the machine does not change; the largest memory of the
process, and how much of it was taken before anything was read; and how many packs were opened.

The runs are those of 20 packs that `make_runs` made, over and over, with other ids and a minute
between two of them. What is larger than a million records has older packs that are links to one
file: only ``latest`` is asked there, and it opens none of them, or it would find the same runs
again.
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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from csv_file import write_csv
from provenance import HERE, peak_mb, single_threaded, versions

from lineage_stats import TraceStore, load_traces
from lineage_stats.datasets import make_runs
from lineage_stats.detectors import RobustMADDetector
from lineage_stats.detectors._folder import runs_in_folder
from lineage_stats.storage import _pack
from lineage_stats.storage._layout import pack_name, run_stem

RUNS_PER_PACK = 500
SIZES = (100_000, 1_000_000, 10_000_000, 100_000_000)
LARGEST_WRITTEN = 1_000_000
LARGEST_LEARNED = 100_000
_BEGIN_NS = 1_700_000_000 * 10**9
_MINUTE_NS = 60 * 10**9
_ABOUT = b"lineage_stats.pack"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few runs, for a test")
    parser.add_argument("--out", type=Path, default=HERE / "local_fit.csv")
    parser.add_argument("--work", type=Path, help="where folders are made; default: temporary")
    parser.add_argument("--fit", nargs=3, metavar=("WAY", "FOLDER", "RUNS"), help="one of them")
    options = parser.parse_args()
    if options.fit:
        way, folder, n_runs = options.fit
        print(json.dumps(measure(way, Path(folder), int(n_runs))))
        return
    sizes, largest = ((240, 480, 960), 480) if options.quick else (SIZES, LARGEST_WRITTEN)
    per_pack = 10 if options.quick else RUNS_PER_PACK
    rows = []
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        packs = base_packs(Path(work) / "base", 2 if options.quick else 20, per_pack)
        for n_operations in sizes:
            folder = Path(work) / str(n_operations)
            n_runs = fill(folder, packs, n_operations, links=n_operations > largest)
            for way in ways_of(n_operations, largest, min(largest, LARGEST_LEARNED)):
                row = {"operations": n_operations, "runs": n_runs, "way": way}
                rows.append(row | measured(way, folder, n_runs))
                print(rows[-1], flush=True)
                stamp = {k: v for k, v in versions().items() if k != "autolineage"}
                write_csv(rows, options.out, stamp, floats=".2f")


def ways_of(n_operations: int, largest: int, largest_learned: int) -> Iterator[str]:
    """Yield what is tried with so many records."""
    yield "latest"
    if n_operations <= largest:
        yield "read"
    if n_operations <= largest_learned:
        yield from ("all", "loaded")


# -- folders --------------------------------------------------------------------------------------


def base_packs(folder: Path, n_packs: int, per_pack: int) -> list[pa.Table]:
    """Record runs, pack them, and return what the packs hold."""
    for i in range(n_packs):
        traces, _ = make_runs(
            per_pack, first=i * per_pack, n_extra_columns=6, random_state=0, return_traces=True
        )
        for trace in traces:
            TraceStore(folder).write(trace)
        TraceStore(folder).compact(runs_per_file=per_pack)
    return read_packs(folder)


def read_packs(folder: Path) -> list[pa.Table]:
    return [pq.read_table(path) for path in sorted(folder.rglob("*.pack"))]


def fill(folder: Path, packs: list[pa.Table], n_operations: int, *, links: bool) -> int:
    """Write packs with so many records, at least; return how many runs they have."""
    folder.mkdir()
    done, n_runs, number = 0, 0, 0
    oldest: Path | None = None
    while done < n_operations:
        table = packs[number % len(packs)]
        n_here = len(table) - table.column("run").null_count
        older = links and done < n_operations - 4 * len(table)
        done += len(table)
        path = folder / name_of(n_runs, n_here, number)
        if older and oldest is not None:
            os.link(oldest, path)
        else:
            oldest = oldest or path
            write(table, n_runs, path)
        n_runs, number = n_runs + n_here, number + 1
    return n_runs


def name_of(first: int, n_runs: int, number: int) -> str:
    return pack_name(begin_of(first), begin_of(first + n_runs - 1), f"{number:012x}")


def begin_of(number: int) -> int:
    return _BEGIN_NS + number * _MINUTE_NS


def write(table: pa.Table, first: int, path: Path) -> None:
    """Write the runs of a pack under other ids and other times."""
    heads = [json.loads(text) for text in table.column("run").drop_null().to_pylist()]
    texts: list[str | None] = []
    for i, head in enumerate(heads):
        begin = begin_of(first + i)
        lasted = head["end_ns"] - head["start_ns"]
        new = head | {"run_id": f"r{first + i}", "start_ns": begin, "end_ns": begin + lasted}
        texts += [json.dumps(new, sort_keys=True), *[None] * (head["n_operations"] - 1)]
    column = table.schema.get_field_index("run")
    table = table.set_column(column, "run", pa.array(texts, pa.string()))
    about = {
        "stems": [run_stem(begin_of(first + i), f"r{first + i}") for i in range(len(heads))],
        "pipelines": sorted({head["pipeline"] for head in heads}),
        "first_ns": begin_of(first), "last_ns": begin_of(first + len(heads) - 1), "replaces": [],
    }  # fmt: skip
    metadata = {**table.schema.metadata, _ABOUT: json.dumps(about).encode()}
    pq.write_table(
        table.replace_schema_metadata(metadata), path, compression="zstd", use_dictionary=False,
        write_statistics=False, write_page_checksum=True, row_group_size=len(table),
        data_page_size=1 << 26,
    )  # fmt: skip


# -- measurements ---------------------------------------------------------------------------------


def measured(way: str, folder: Path, n_runs: int) -> Mapping[str, float]:
    """Return one measurement, made in a process of its own."""
    command = [sys.executable, __file__, "--fit", way, str(folder), str(n_runs)]
    done = subprocess.run(
        command, env=single_threaded(), capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(way: str, folder: Path, n_runs: int) -> dict[str, float]:
    warnings.simplefilter("ignore")
    opened = count_opened_packs()
    before, begin = peak_mb(), time.process_time()
    if way == "read":
        values = runs_in_folder(folder, n_runs).values
    else:
        detector = RobustMADDetector(max_runs=None if way == "latest" else n_runs)
        detector.fit(load_traces(folder) if way == "loaded" else folder)
        values = detector.history_.values
    seconds = time.process_time() - begin
    return {
        "cpu_seconds": seconds, "peak_mb": peak_mb(), "begin_mb": before,
        "values_mb": values.nbytes / 2**20, "runs_read": len(values), "packs": len(opened),
    }  # fmt: skip


def count_opened_packs() -> set[Path]:
    """Return the packs that are opened from now on, be it for their footer only."""
    opened: set[Path] = set()
    parquet_file, read_schema = _pack.pq.ParquetFile, _pack.pq.read_schema

    def file(path: Path, *args: Any, **options: Any) -> Any:
        opened.add(path)
        return parquet_file(path, *args, **options)

    def schema(path: Path) -> Any:
        opened.add(path)
        return read_schema(path)

    _pack.pq.ParquetFile, _pack.pq.read_schema = file, schema
    return opened


if __name__ == "__main__":
    main()
