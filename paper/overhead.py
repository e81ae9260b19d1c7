"""Cost of recording: without a tool, with lineage_stats, with AutoLineage 0.7.1.

Run it with: python paper/overhead.py [--quick] [--out overhead.csv]

Each figure comes from a fresh process per tool and round; rounds are interleaved, so that a slow
minute of the machine hits all tools alike. Within a process the smallest of several repeats
counts; over rounds the median. Ratios are taken within a round, against no tool.

Groups whose name begins with call are wall time of a single call in the thread that calls, taken
in turns with and without recording in one process, as the median over calls; "big, in turns" is
wall time of a whole pipeline: what recording adds to it is the median of the differences within
turns. All others are CPU time of the whole process: what a call leaves for later is in there. The
group written is whole runs, to the last byte of their traces.
"""

from __future__ import annotations

import argparse
import compileall
import csv
import json
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from provenance import HERE, has_autolineage, single_threaded, versions

GROUPS = ("operations", "written", "wide", "loop", "pipeline", "save", "big", "memory", "long_loop")
BYTES = ("memory", "long_loop")
IMPORTS = {
    "none": "import pandas, sklearn.linear_model, sklearn.metrics",
    "shape": "import lineage_stats.auto, pandas, sklearn.linear_model, sklearn.metrics",
    "profile": "import lineage_stats.auto, pandas, sklearn.linear_model, sklearn.metrics",
    "autolineage": "import autolineage.auto, pandas, sklearn.linear_model, sklearn.metrics",
}
Figures = dict[tuple[str, str], dict[str, list[float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short round, for a test")
    parser.add_argument("--rounds", type=int, help="how many rounds (default 5; quick 1)")
    parser.add_argument("--out", type=Path, default=HERE / "overhead.csv")
    options = parser.parse_args()
    scale, n_rounds = (0.1, 1) if options.quick else (1.0, 5)
    n_rounds = options.rounds or n_rounds
    # A fresh process for each group; to be quick, one for all.
    batches = ["operations,written,pipeline,memory,long_loop"] if options.quick else GROUPS
    tools = ["none", "shape", "profile"] + (["autolineage"] if has_autolineage() else [])

    # As an installer does; without, each process would compile what it imports.
    for package in find_spec("lineage_stats").submodule_search_locations:
        compileall.compile_dir(package, quiet=1)
    figures: Figures = defaultdict(lambda: defaultdict(list))
    for number in range(n_rounds):
        for batch in batches:
            for tool in tools:
                for group, found in run_worker(tool, batch, scale).items():
                    for name, value in found.items():
                        figures[group, name][tool].append(value)
        for group in ("calls", "turns"):
            for key, value in run_worker("interleaved", group, scale)[group].items():
                place, name, tool = key.split("|")
                figures[place, name][tool].append(value)
        for tool in tools:
            figures["import", "import"][tool].append(import_time(tool))
        print(f"round {number + 1} of {n_rounds}", file=sys.stderr)
    rows = [row for key in figures for row in summarise(key, figures[key])]
    write(rows, options.out, n_rounds)
    show(rows, tools)


def run_worker(tool: str, batch: str, scale: float) -> dict[str, dict[str, float]]:
    command = [sys.executable, str(HERE / "overhead_worker.py"), tool, batch, str(scale)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=single_threaded()
    )
    if done.returncode != 0:
        raise SystemExit(f"{tool}/{batch} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def import_time(tool: str) -> float:
    """Return the CPU seconds of a process that imports, and does nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**single_threaded(), "LINEAGE_STATS_DIR": folder}
        environment["LINEAGE_STATS_FEATURES"] = tool  # passed over if it is none of the levels
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-c", IMPORTS[tool]], check=True, env=environment, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def summarise(key: tuple[str, str], by_tool: dict[str, list[float]]) -> list[dict[str, object]]:
    group, name = key
    unit, factor = ("bytes", 1.0) if group in BYTES else ("us", 1e6)
    base = by_tool["none"]
    rows = []
    for tool, values in by_tool.items():
        extra = [v - b for v, b in zip(values, base, strict=True)]
        ratios = [v / b for v, b in zip(values, base, strict=True) if b > 0]
        rows.append(
            {
                "group": group,
                "benchmark": name,
                "tool": tool,
                "unit": unit,
                "median": round(median(values) * factor, 3),
                "extra": round(median(extra) * factor, 3),
                "ratio": round(median(ratios), 4) if ratios and group not in BYTES else "",
                "lowest": round(min(values) * factor, 3),
                "highest": round(max(values) * factor, 3),
            }
        )
    return rows


def write(rows: list[dict[str, object]], path: Path, n_rounds: int) -> None:
    stamp = {"rounds": n_rounds, **versions()}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*rows[0], *stamp])
        writer.writeheader()
        writer.writerows({**row, **stamp} for row in rows)


def show(rows: list[dict[str, object]], tools: list[str]) -> None:
    table: dict[tuple[object, object], dict[object, dict[str, object]]] = defaultdict(dict)
    for row in rows:
        table[row["group"], row["benchmark"]][row["tool"]] = row
    others = [tool for tool in tools if tool != "none"]
    print(f"{'':38}{'none':>12}" + "".join(f"{tool:>24}" for tool in others))
    for (group, name), cells in table.items():
        unit = "B " if group in BYTES else "us"
        line = f"{group + ' ' + str(name):38}{cells['none']['median']:>10} {unit}"
        for tool in filter(cells.get, others):
            ratio = cells[tool]["ratio"]
            line += f"{cells[tool]['extra']:>+14.1f}{f'  x{ratio:.2f}' if ratio else '':>10}"
        print(line)
    for group in ("operations", "call, new place", "call, known place"):
        for tool in others:
            mine = [r for r in rows if r["group"] == group and r["tool"] == tool]
            if mine:
                extra, ratio = median(r["extra"] for r in mine), median(r["ratio"] for r in mine)
                print(f"median over {group}, {tool}: {extra:+.1f} us, x{ratio:.2f}")


if __name__ == "__main__":
    main()
