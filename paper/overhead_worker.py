"""Measure groups of benchmarks under one tool, in this process; print JSON.

Usage: python overhead_worker.py TOOL GROUP[,GROUP...] SCALE

TOOL is none, shape, profile (lineage_stats with these features) or autolineage. Times are CPU
seconds of the whole process, all threads included. SCALE shortens everything (1 is full).
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
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

TOOL, CHOSEN, SCALE = sys.argv[1], sys.argv[2].split(","), float(sys.argv[3])

if TOOL == "autolineage":
    with contextlib.redirect_stdout(io.StringIO()):
        import autolineage.auto  # noqa: F401  (patches at import: must come first)
elif TOOL != "none":
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


def unrolled(expression: str, n_calls: int) -> ModuleType:
    """Return a module whose ``run`` holds the call n_calls times, each on a line of its own."""
    path = WORK / f"unrolled_{abs(hash(expression))}_{n_calls}.py"
    lines = "\n".join(f"    result = {expression}" for _ in range(n_calls))
    head = "from sklearn.model_selection import train_test_split\n"
    head += "from sklearn.metrics import f1_score\nimport pandas as pd\n\n\n"
    names = "df, df_mask, other, x, y, scaler, model"
    path.write_text(f"{head}def run({names}):\n{lines}\n    return result\n", encoding="utf-8")
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
