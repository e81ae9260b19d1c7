"""Measure groups of benchmarks under one tool, in this process; print JSON.

Usage: python overhead_worker.py TOOL GROUP[,GROUP...] SCALE

TOOL is none, shape, profile (lineage_stats with these features) or autolineage. Times are CPU
seconds of the whole process, all threads included. SCALE shortens everything (1 is full).

TOOL is interleaved for the groups calls and turns, which take turns with none, shape and profile in
this one process and report wall time in the thread that calls, under "group|benchmark|tool".
"""

# ruff: noqa: E402  (a tool under test is activated before pandas is imported)
from __future__ import annotations

import contextlib
import gc
import importlib.util
import io
import json
import os
import sys
import tempfile
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from types import ModuleType

TOOL, CHOSEN, SCALE = sys.argv[1], sys.argv[2].split(","), float(sys.argv[3])

if TOOL == "autolineage":
    with contextlib.redirect_stdout(io.StringIO()):
        import autolineage.auto  # noqa: F401  (patches at import: must come first)
elif TOOL in ("shape", "profile"):
    os.environ["LINEAGE_STATS_FEATURES"] = TOOL

import numpy as np
import pandas as pd
import sklearn.linear_model
import sklearn.metrics
import sklearn.model_selection
import sklearn.preprocessing

WORK = Path(tempfile.mkdtemp(prefix="lineage_stats_overhead_"))

# Each on a frame of ten columns a..j (numbers, i and j text) with a key column inside.
OPERATIONS = {
    "filter": "df[df_mask]",
    "select": "df[['a', 'b', 'c']]",
    "dropna": "df.dropna()",
    "fillna": "df.fillna(0)",
    "drop_duplicates": "df.drop_duplicates()",
    "sort_values": "df.sort_values('a')",
    "assign": "df.assign(z=1.0)",
    "rename": "df.rename(columns={'a': 'A'})",
    "drop": "df.drop(columns=['a'])",
    "reset_index": "df.reset_index(drop=True)",
    "merge": "df.merge(other, on='key')",
    "concat": "pd.concat([df, df])",
    "groupby_agg": "df.groupby('i').agg(mean_a=('a', 'mean'))",
    "get_dummies": "pd.get_dummies(df, columns=['i'])",
    "split": "train_test_split(df, random_state=0)",
    "scaler_transform": "scaler.transform(x)",
    "predict": "model.predict(x)",
    "f1_score": "f1_score(y, y)",
}

LEVELS = ("shape", "profile")
BIG = "seven_steps_1e6_x_30"
BIG_STEPS = (
    "df[df['c0'] > -1]",
    "df.dropna()",
    "df.assign(z=df['c1'] * 2)",
    "df.fillna(0)",
    "df.merge(other, on='key')",
    "df.sort_values('c2')",
    "df.groupby('i').mean()",
)


def frame(n_rows: int, n_columns: int = 10) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    names = "abcdefgh" if n_columns == 10 else [f"c{i}" for i in range(n_columns - 2)]
    table = pd.DataFrame(rng.normal(size=(n_rows, len(names))), columns=list(names))
    text = np.array(["x", "y", "z"])[rng.integers(0, 3, n_rows)]
    return table.assign(i=text, key=np.arange(n_rows))


@contextlib.contextmanager
def recording() -> Iterator[None]:
    """Record one run with the tool; an empty tracker each time."""
    if TOOL in ("shape", "profile"):
        import lineage_stats

        with lineage_stats.record(pipeline="bench", directory=str(WORK / "traces")):
            yield
        return
    if TOOL == "autolineage":
        from autolineage.auto import get_tracker

        tracker = get_tracker()
        tracker.records.clear()
        tracker.nodes.clear()
    yield


@contextlib.contextmanager
def recorded(level: str) -> Iterator[None]:
    """Record one run with these features; "none" records nothing."""
    import lineage_stats

    if level == "none":
        yield
    else:
        with lineage_stats.record("bench", directory=str(WORK / "traces"), features=level):
            yield


def unrolled(expression: str, n_calls: int) -> ModuleType:
    """Return a module whose ``run`` holds the call n_calls times, each on a line of its own."""
    lines = [*[f"result = {expression}"] * n_calls, "return result"]
    return module_of("unrolled", expression, lines)


def module_of(kind: str, expression: str, lines: list[str]) -> ModuleType:
    """Return a module whose ``run`` holds these lines."""
    path = WORK / f"{kind}_{abs(hash(expression))}_{len(lines)}.py"
    body = "\n".join(f"    {line}" for line in lines)
    head = "from sklearn.model_selection import train_test_split\n"
    head += "from sklearn.metrics import f1_score\nimport pandas as pd\n\n\n"
    names = "df, df_mask, other, x, y, scaler, model"
    path.write_text(f"{head}def run({names}):\n{body}\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def arguments(n_rows: int, n_columns: int = 10) -> tuple:
    df = frame(n_rows, n_columns)
    numbers = df.drop(columns=["i"]).to_numpy()
    y = (np.arange(n_rows) % 2).astype(int)
    scaler = sklearn.preprocessing.StandardScaler().fit(numbers)
    model = sklearn.linear_model.LogisticRegression().fit(numbers, y)
    other = pd.DataFrame({"key": np.arange(n_rows), "extra": 1.0})
    return df, df[df.columns[0]] > 0, other, numbers, y, scaler, model


def best_time(call: Callable[[], object], repeats: int) -> float:
    """Return the smallest CPU time of a call, each in a run of its own."""
    times = []
    for _ in range(repeats):
        with recording():
            gc.collect()
            start = time.process_time()
            call()
            times.append(time.process_time() - start)
    return min(times)


def timed(expression: str, n_calls: int) -> Callable[..., list[int]]:
    """Return a function that holds the call n_calls times and returns what each took, in ns."""
    one = "begin = clock(); result = {}; end = clock(); note(end - begin)"
    head = "times = []; note = times.append; from time import perf_counter_ns as clock"
    lines = [head, *[one.format(expression)] * n_calls, "return times"]
    return module_of("timed", expression, lines).run


def measure_calls() -> dict[str, float]:
    """Time single calls with and without recording in turns, each at a new and at a known place."""
    n_calls, n_turns = max(int(40 * SCALE), 10), max(int(7 * SCALE), 2)
    given = arguments(10)
    runs = {name: timed(expression, n_calls) for name, expression in OPERATIONS.items()}
    found: dict[str, list[float]] = defaultdict(list)

    def take_turn(tool: str) -> None:
        for place in ("new", "known"):
            for name, run in runs.items():
                found[f"call, {place} place|{name}|{tool}"].append(median(run(*given)) / 1e9)

    for run in runs.values():
        run(*given)
    for _ in range(n_turns):
        for tool in ("none", *LEVELS):
            with recorded(tool):
                take_turn(tool)
    return {name: median(values) for name, values in found.items()}


def measure_written() -> dict[str, float]:
    """Time whole runs with the writing of their traces, each operation at many places."""
    n_calls, repeats = max(int(40 * SCALE), 5), max(int(5 * SCALE), 2)
    given = arguments(10)
    runs = [unrolled(expression, n_calls).run for expression in OPERATIONS.values()]
    first = runs[0]

    def cpu_of(chosen: list[Callable[..., object]]) -> float:
        times = []
        for _ in range(repeats):
            gc.collect()
            start = time.process_time()
            with recording():
                for run in chosen:
                    run(*given)
            times.append(time.process_time() - start)
        return min(times)

    # The opening and the closing of a run cost the same for few operations and for many.
    return {"every_operation": (cpu_of(runs) - cpu_of([first])) / (len(runs) - 1) / n_calls}


def big_pipeline() -> Callable[[], object]:
    """Return a pipeline on a million rows and thirty columns."""
    n_rows = int(1_000_000 * SCALE)
    table = frame(n_rows, 30)
    run = module_of("big", "steps", [*(f"df = {step}" for step in BIG_STEPS), "return df"]).run
    other = pd.DataFrame({"key": np.arange(n_rows), "extra": 1.0})
    return lambda: run(table, None, other, None, None, None, None)


def measure_big() -> dict[str, float]:
    """Time the big pipeline in runs of its own."""
    return {BIG: best_time(big_pipeline(), max(int(3 * SCALE), 1))}


def measure_turns() -> dict[str, float]:
    """Time the big pipeline with and without recording in turns.

    It differs from one time to the next by more than recording costs: what counts is the median
    of the differences within a turn.
    """
    run, times = big_pipeline(), defaultdict(list)

    def take_turn(tool: str) -> None:
        gc.collect()
        start = time.perf_counter()
        run()
        times[tool].append(time.perf_counter() - start)

    run()
    tools = ["none", *LEVELS]
    for number in range(max(int(15 * SCALE), 2)):
        for tool in tools[number % 3 :] + tools[: number % 3]:
            with recorded(tool):
                take_turn(tool)
    bare = median(times["none"])
    more = {tool: median(np.subtract(taken, times["none"])) for tool, taken in times.items()}
    return {f"big, in turns|{BIG}|{tool}": bare + extra for tool, extra in more.items()}


def measure_long_loop() -> dict[str, float]:
    """Measure by how many bytes a process grows per call in a loop of a million operations.

    AutoLineage gets a tenth of them: it keeps kilobytes of each.
    """
    n_calls = int((100_000 if TOOL == "autolineage" else 1_000_000) * SCALE)
    df = frame(10)
    with recording():
        for _ in range(1_000):
            df.reset_index(drop=True)
        gc.collect()
        before = resident()
        for _ in range(n_calls):
            df.reset_index(drop=True)
        gc.collect()
        return {"growth_per_call": max(resident() - before, 0) / n_calls}


def resident() -> int:
    """Return the bytes of memory that the process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def measure_operations() -> dict[str, float]:
    n_calls, repeats = max(int(60 * SCALE), 10), max(int(5 * SCALE), 2)
    given = arguments(10)
    found = {}
    for name, expression in OPERATIONS.items():
        run = unrolled(expression, n_calls).run
        run(*given)
        found[name] = best_time(lambda run=run: run(*given), repeats) / n_calls
    return found


def measure_wide() -> dict[str, float]:
    n_calls, repeats = max(int(20 * SCALE), 4), max(int(5 * SCALE), 2)
    df = frame(10, 1000)
    given = (df, df["c0"] > 0, None, None, None, None, None)
    found = {}
    for name, expression in {
        "filter": "df[df_mask]",
        "dropna": "df.dropna()",
        "assign": "df.assign(z=1.0)",
        "sort_values": "df.sort_values('c0')",
    }.items():
        run = unrolled(expression, n_calls).run
        run(*given)
        found[name] = best_time(lambda run=run: run(*given), repeats) / n_calls
    return found


def measure_loop() -> dict[str, float]:
    """Time one call site that is called very often."""
    n_calls = max(int(3_000 * SCALE), 200)
    df = frame(10)

    def loop() -> None:
        for _ in range(n_calls):
            df.dropna()

    loop()
    return {"dropna_in_a_loop": best_time(loop, 2) / n_calls}


def measure_pipeline() -> dict[str, float]:
    sys.path.insert(0, str(Path(__file__).parent / "pipelines"))
    from long_pipeline import run

    found = {}
    for n_rows, repeats in ((10, 15), (1_000, 9), (10_000, 5), (100_000, 2)):
        if n_rows >= 100_000 * SCALE and SCALE < 1:
            continue
        given = frame(n_rows)
        run(given)
        found[f"pipeline_{n_rows}"] = best_time(
            lambda given=given: run(given), max(int(repeats * SCALE), 2)
        )
    return found


def measure_save() -> dict[str, float]:
    """Time a whole run, with the opening and the writing of its trace."""
    sys.path.insert(0, str(Path(__file__).parent / "pipelines"))
    from long_pipeline import run

    given = frame(1_000)
    times = []
    for _ in range(max(int(9 * SCALE), 3)):
        gc.collect()
        start = time.process_time()
        with recording():
            run(given)
        times.append(time.process_time() - start)
    return {"pipeline_1000_with_saving": min(times)}


def measure_memory() -> dict[str, float]:
    """Measure the bytes that remain per operation while the run goes on, results thrown away."""
    found = {}
    n_calls = max(int(200 * SCALE), 50)
    for n_columns in (10, 100, 1000) if SCALE >= 1 else (10,):
        df = frame(10, n_columns)
        run = unrolled("df.dropna()", n_calls).run
        given = (df, None, None, None, None, None, None)
        with recording():
            run(*given)
        with recording():
            gc.collect()
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            run(*given)
            gc.collect()
            found[f"memory_{n_columns}_columns"] = max(
                (tracemalloc.get_traced_memory()[0] - before) / n_calls, 0.0
            )
            tracemalloc.stop()
    return found


GROUPS = {
    "calls": measure_calls,
    "written": measure_written,
    "big": measure_big,
    "turns": measure_turns,
    "long_loop": measure_long_loop,
    "operations": measure_operations,
    "wide": measure_wide,
    "loop": measure_loop,
    "pipeline": measure_pipeline,
    "save": measure_save,
    "memory": measure_memory,
}

if __name__ == "__main__":
    import shutil

    try:
        answer = {group: GROUPS[group]() for group in CHOSEN}
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
    print(json.dumps(answer))
