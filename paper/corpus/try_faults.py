"""Run a pipeline's healthy days and faults without recording, and show what each fault costs.

python paper/corpus/try_faults.py PIPELINE [--days 20] [--faulty 3] [--only KIND] [--operations]

Prints seconds and metric of the healthy days, and per fault the mean drop of the metric against the
same day without it, in standard deviations of the healthy days (positive: worse). With
``--operations`` one healthy day is recorded, to count its operations and to see that each fault's
truth is a statement that ran an operation.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import io
import json
import os
import runpy
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import sklearn.metrics

sys.path.insert(0, str(Path(__file__).parents[1]))

from corpus.interface import Fault, Pipeline

PIPELINES = Path(__file__).parent / "pipelines"
FIRST_DAY, STEP = 100, 17  # all weekdays, most of a year


def load(name: str) -> tuple[ModuleType, list[Fault]]:
    day = importlib.import_module(f"corpus.pipelines.{name}.day")
    return day, importlib.import_module(f"corpus.pipelines.{name}.faults").FAULTS


def run_day(name: str, day: ModuleType, number: int, fault: Fault | None) -> tuple[float, float]:
    """Return the headline metric and the seconds of one day."""
    with tempfile.TemporaryDirectory() as work:
        data, program = Path(work) / "data", Path(work) / "program"
        data.mkdir()
        shutil.copytree(PIPELINES / name, program, ignore=shutil.ignore_patterns("__pycache__"))
        day.write_day(data, number, np.random.default_rng(number))
        if fault is not None:
            plant(fault, data, program, np.random.default_rng([number, 7]))
        with headline(day.PIPELINE) as values:
            seconds = execute(program, data)
        return values[-1], seconds


def plant(fault: Fault, data: Path, program: Path, rng: np.random.Generator) -> None:
    for file, old, new in fault.edits:
        source = (program / file).read_text()
        if source.count(old) != 1:
            raise ValueError(f"{fault.name}: {source.count(old)} times in {file}: {old}")
        ast.parse(source.replace(old, new))
        (program / file).write_text(source.replace(old, new))
    if fault.data is not None:
        fault.data(data, rng)
    if fault.config:
        settings = json.loads((data / "config.json").read_text())
        if not set(fault.config) <= set(settings):
            raise ValueError(f"{fault.name}: the configuration has no {set(fault.config)}")
        (data / "config.json").write_text(json.dumps({**settings, **fault.config}))


@contextlib.contextmanager
def headline(pipeline: Pipeline) -> Iterator[list[float]]:
    """Keep what the metric returns."""
    values: list[float] = []
    original = getattr(sklearn.metrics, pipeline.metric)

    def kept(*args: object, **kwargs: object) -> float:
        values.append(float(original(*args, **kwargs)))
        return values[-1]

    setattr(sklearn.metrics, pipeline.metric, kept)
    try:
        yield values
    finally:
        setattr(sklearn.metrics, pipeline.metric, original)


def execute(program: Path, data: Path) -> float:
    """Run the program in the folder of its data, with modules of its own."""
    own = {path.stem for path in program.glob("*.py")}
    before = Path.cwd()
    os.chdir(data)
    sys.path.insert(0, str(program))
    for module in own & set(sys.modules):
        del sys.modules[module]
    start = time.perf_counter()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            runpy.run_path(str(program / "main.py"), run_name="__main__")
    finally:
        os.chdir(before)
        sys.path.remove(str(program))
        for module in own & set(sys.modules):
            del sys.modules[module]
    return time.perf_counter() - start


def show_operations(name: str, day: ModuleType, faults: list[Fault]) -> None:
    """Record one healthy day; check that every truth holds an operation."""
    import lineage_stats

    with tempfile.TemporaryDirectory() as work:
        data, program = Path(work) / "data", Path(work) / "program"
        data.mkdir()
        shutil.copytree(PIPELINES / name, program, ignore=shutil.ignore_patterns("__pycache__"))
        day.write_day(data, FIRST_DAY, np.random.default_rng(FIRST_DAY))
        with lineage_stats.record(pipeline=name, directory=Path(work) / "store") as run:
            execute(program, data)
        operations = list(run.trace().operations)
    lines = {(Path(o.file or "").name, o.line) for o in operations}
    print(f"{len(operations)} operations")
    for fault in faults:
        found = False
        for file, snippet in fault.truth:
            source = (PIPELINES / name / file).read_text()
            if source.count(snippet) != 1:
                print(f"  {fault.name}: truth occurs {source.count(snippet)} times: {snippet}")
                continue
            found |= bool(lines & {(file, n) for n in statement(source, snippet)})
        if fault.truth and not found:
            print(f"  {fault.name}: no operation ran at {fault.truth}")


def statement(source: str, snippet: str) -> range:
    """Return the lines of the smallest statement that holds a snippet."""
    line = source[: source.index(snippet)].count("\n") + 1
    spans = [
        range(node.lineno, (node.end_lineno or node.lineno) + 1)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return min(spans, key=len)


def show_harmless(faults: list[Fault]) -> None:
    kinds = [fault.kind for fault in faults if fault.cls == "none"]
    print("harmless:", ", ".join(f"{kind} {kinds.count(kind)}" for kind in sorted(set(kinds))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pipeline")
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--faulty", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--operations", action="store_true")
    options = parser.parse_args()
    day, faults = load(options.pipeline)
    if options.operations:
        show_operations(options.pipeline, day, faults)
    numbers = range(FIRST_DAY, FIRST_DAY + STEP * options.days, STEP)
    runs = [run_day(options.pipeline, day, number, None) for number in numbers]
    metric, seconds = np.array(runs).T
    sd = max(float(metric.std(ddof=1)), 1e-12)
    print(
        f"{options.pipeline}: {np.median(seconds):.2f} s (longest {seconds.max():.2f}), "
        f"{day.PIPELINE.metric} {metric.mean():.4f} sd {sd:.4f} "
        f"({metric.min():.4f} to {metric.max():.4f})"
    )
    sign = 1 if day.PIPELINE.greater_is_better else -1
    harmful = total = 0
    for fault in faults:
        if options.only not in fault.name:
            continue
        drops = []
        for i in range(options.faulty):
            try:
                value, _ = run_day(options.pipeline, day, numbers[i], fault)
            except Exception as error:  # noqa: BLE001  # to be shown beside the other faults
                print(f"  {fault.name:45} CRASH {type(error).__name__}: {str(error)[:90]}")
                break
            drops.append(sign * (metric[i] - value) / sd)
        else:
            drop = float(np.mean(drops))
            mark = "harmful" if drop > 3 else "gain" if drop < -3 else ""
            if fault.cls == "none":
                mark = "NOT HARMLESS" if abs(drop) > 1 else ""
            else:
                harmful, total = harmful + (drop > 3), total + 1
            print(f"  {fault.name:45} {fault.cls:4} {drop:8.1f} sd {mark}")
    print(f"{harmful} of {total} faults harmful")
    show_harmless(faults)


if __name__ == "__main__":
    main()
