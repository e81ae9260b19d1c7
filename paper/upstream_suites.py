"""The test suites inside the wheels of pandas and scikit-learn, without and with recording.

Run it with: python paper/upstream_suites.py [--quick] [--library pandas] [--part frame]
[--features full] [--jobs 2] [--resume] [--out FILE]

Each part of a suite runs in a process of its own, once bare and then once per level of features,
recorded as one run, and the outcomes are compared test by test. Where a test differs, the part runs
bare once more: a test that differs between two bare runs is flaky, and named; any other is a
difference that recording makes. The script ends with an error if there is one. A part named "common
2/4" is every fourth test of it, from the second on. A row is written as soon as it is there; parts
that are not run keep theirs, and --resume runs only what has none yet with these versions.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Lock

from csv_file import write_csv
from provenance import HERE, single_threaded, versions

from lineage_stats import load_traces

PARTS = {
    "pandas": (
        "frame", "series", "groupby", "io", "reshape", "indexing", "copy_view", "generic",
        "apply", "resample", "window", "strings",
    ),
    "sklearn": (
        "metrics", "model_selection", "preprocessing", "ensemble", "compose", "feature_selection",
        "impute", "pipeline", "base", "common 1/4", "common 2/4", "common 3/4", "common 4/4",
        "public_functions", "docstring_parameters", "metaestimators", "calibration", "multiclass",
        "multioutput", "frozen",
    ),
}  # fmt: skip
QUICK = {"pandas": ("copy_view",), "sklearn": ("base",)}
LEVELS = ("profile", "full")
# As `pandas.test` chooses; the clipboard is that of whoever sits at the machine.
CHOICE = {"pandas": "not slow and not network and not db and not clipboard", "sklearn": ""}
ADDRESS = re.compile(r"0x[0-9a-f]+")
WRITING = Lock()  # parts may run at the same time


@dataclass(frozen=True)
class Outcomes:
    """What became of each test of a part, by its name."""

    by_test: dict[str, str]
    reports: dict[str, str]
    seconds: float
    operations: int = 0
    problems: tuple[str, ...] = ()

    def differing(self, other: Outcomes) -> set[str]:
        """Return the tests that ended in another way, or are in one of the two only."""
        names = self.by_test.keys() | other.by_test.keys()
        return {name for name in names if self.by_test.get(name) != other.by_test.get(name)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few small parts, for a test")
    parser.add_argument("--library", choices=PARTS, help="one library (default: both)")
    parser.add_argument("--part", action="append", help="one part, as frame or io/json (repeat)")
    parser.add_argument("--features", choices=LEVELS, help="what recording measures (default: all)")
    parser.add_argument("--jobs", type=int, default=1, help="parts at the same time (default 1)")
    parser.add_argument("--resume", action="store_true", help="run only what has no row yet")
    parser.add_argument("--out", type=Path, default=HERE / "upstream_suites.csv")
    options = parser.parse_args()
    if options.part and not options.library:
        parser.error("--part needs --library")
    libraries = [options.library] if options.library else list(PARTS)
    parts = QUICK if options.quick else PARTS
    levels = [options.features] if options.features else LEVELS[:1] if options.quick else LEVELS
    there = finished(options.out) if options.resume else set()
    chosen = [
        (name, part, left)
        for name in libraries
        for part in options.part or parts[name]
        if (left := [level for level in levels if (name, part, level) not in there])
    ]
    with ThreadPoolExecutor(options.jobs) as pool:
        rows = list(chain.from_iterable(pool.map(partial(compare, path=options.out), chosen)))
    print(f"{sum(row['tests'] for row in rows)} tests")
    if any(row["different"] for row in rows):
        raise SystemExit("Some tests end in another way when they are recorded.")


def compare(chosen: tuple[str, str, list[str]], path: Path) -> list[dict[str, object]]:
    """Run a part bare and at each level of features, and write and return rows of the table."""
    library, part, levels = chosen
    bare = run(library, part)
    rows = []
    for features in levels:
        row = judge(library, part, features, bare)
        with WRITING:
            write(row, path)
        rows.append(row)
    return rows


def judge(library: str, part: str, features: str, bare: Outcomes) -> dict[str, object]:
    """Run a part recorded, show what differs, and return a row of the table."""
    recorded = run(library, part, features)
    different, flaky = bare.differing(recorded), set()
    if different:
        again = run(library, part)
        flaky = bare.differing(again)
        different -= flaky
    counts = Counter(bare.by_test.values())
    row = {
        "library": library,
        "part": part,
        "features": features,
        "tests": len(bare.by_test),
        **{name: counts[name] for name in ("passed", "failed", "skipped", "xfailed", "error")},
        "different": len(different),
        "flaky": " ".join(sorted(flaky)),
        "operations": recorded.operations,
        "problems": len(recorded.problems),
        "seconds_bare": round(bare.seconds, 1),
        "seconds_recorded": round(recorded.seconds, 1),
    }
    shown = [
        f"{row['tests']:6} tests of {library} {part}, {features}: {row['operations']} operations, "
        f"{len(different)} different, {len(flaky)} flaky"
    ]
    for name in sorted(different):
        was, now = bare.by_test.get(name), recorded.by_test.get(name)
        shown.append(f"  {name}: {was} bare, {now} recorded\n{recorded.reports.get(name, '')}")
    shown += [f"  problem: {problem}" for problem in recorded.problems]
    print("\n".join(shown), flush=True)
    return row


def run(library: str, part: str, features: str = "") -> Outcomes:
    """Run a part in a process of its own, recorded if it is said what to measure."""
    whole, _, piece = part.partition(" ")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "empty.ini").touch()
        environment = {
            **{k: v for k, v in single_threaded().items() if not k.startswith("LINEAGE_STATS_")},
            "PYTHONPATH": os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")])),
            "PYTHONHASHSEED": "0",
            "PYTEST_ADDOPTS": "",
            "UPSTREAM_OUTCOMES": str(work / "outcomes.json"),
            "UPSTREAM_TRACES": str(work / "traces") if features else "",
            "UPSTREAM_FEATURES": features,
            "UPSTREAM_PIECE": piece,
        }
        begin = time.perf_counter()
        done = subprocess.run(
            command(library, whole), cwd=work, env=environment, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        seconds = time.perf_counter() - begin
        if not (work / "outcomes.json").exists():
            raise SystemExit(
                f"{library} {part} came to no end:\n{done.stdout[-5000:]}{done.stderr}"
            )
        found = json.loads((work / "outcomes.json").read_text(encoding="utf-8"))
        trace = load_traces(work / "traces")[0] if features else None
    seen: Counter[str] = Counter()
    by_test, reports = {}, {}
    for node, outcome, report in found:
        name = ADDRESS.sub("0x", node)
        seen[name] += 1
        name += f" ({seen[name]})" if seen[name] > 1 else ""
        by_test[name], reports[name] = outcome, report
    if trace is None:
        return Outcomes(by_test, reports, seconds)
    if not len(trace):
        raise SystemExit(f"Nothing of {library} {part} was recorded.")
    return Outcomes(by_test, reports, seconds, len(trace), trace.problems)


def command(library: str, part: str) -> list[str]:
    """Return the command that runs a part with the settings that its library ships."""
    root = Path(importlib.util.find_spec(library).origin).parent
    settings = root / "pyproject.toml"
    return [
        sys.executable, "-m", "pytest", str(place(root, part)), "-q", "-p", "upstream_plugin",
        "-p", "no:cacheprovider", "-c", str(settings if settings.exists() else "empty.ini"),
        "--rootdir", str(root), "-m", CHOICE[library],
    ]  # fmt: skip


def place(root: Path, part: str) -> Path:
    """Return the folder or file of a part."""
    places = (root / "tests" / part, root / part / "tests", root / "tests" / f"test_{part}.py")
    return next(path for path in places if path.exists())


def finished(path: Path) -> set[tuple[str, str, str]]:
    """Return what has a row of these versions without a difference: library, part, features."""
    if not path.exists():
        return set()
    now = {name: text for name, text in versions().items() if name != "commit"}
    with path.open(newline="", encoding="utf-8") as file:
        return {
            (row["library"], row["part"], row["features"])
            for row in csv.DictReader(file)
            if row["different"] == "0" and all(row[name] == now[name] for name in now)
        }


def write(row: dict[str, object], path: Path) -> None:
    """Put a row into the table, in place of an older one of the same part."""
    key = ("library", "part", "features")
    rows = [row | versions()]
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            rows += [old for old in csv.DictReader(file) if any(old[k] != row[k] for k in key)]
    write_csv(sorted(rows, key=lambda row: [str(row[k]) for k in key]), path)


if __name__ == "__main__":
    main()
