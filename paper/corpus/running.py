"""Runs a pipeline once in this process: with fresh modules, its own folder, and nothing else."""

from __future__ import annotations

import contextlib
import io
import os
import random
import runpy
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sklearn.metrics  # importing it draws random numbers: not in the first run only

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)
# What a worker process has to be started with: sets are in the same order in every process.
ENVIRONMENT = {**ONE_THREAD, "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg", "TZ": "UTC"}


def run_script(sources: Path, day: Path) -> None:
    """Run ``main.py`` as a script in the folder of a day; what it raises goes through."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  # the pipeline's, should it use the global generator
    with _in_place(sources, day), _silence():
        runpy.run_path(str(sources / "main.py"), run_name="__main__")


def run_for_metric(sources: Path, day: Path, metric: str) -> float:
    """Run without recording; returns the last value of a function of ``sklearn.metrics``."""
    values: list[float] = []
    with _watched(metric, values.append):
        run_script(sources, day)
    if not values:
        raise RuntimeError(f"{sources.name}: {metric} was not called.")
    return values[-1]


@contextlib.contextmanager
def busy_machine() -> Iterator[None]:
    """Let another thread of the process compute meanwhile: everything takes longer."""
    over = threading.Event()

    def compute() -> None:
        while not over.is_set():
            sum(i * i for i in range(20_000))

    thread = threading.Thread(target=compute, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def _in_place(sources: Path, day: Path) -> Iterator[None]:
    folder, path, arguments, known = Path.cwd(), [*sys.path], sys.argv, set(sys.modules)
    try:
        os.chdir(day)
        sys.path.insert(0, str(sources))
        sys.argv = ["main.py"]
        yield
    finally:
        os.chdir(folder)
        sys.path[:] = path
        sys.argv = arguments
        _forget_modules(sources, known)


def _forget_modules(sources: Path, known: set[str]) -> None:
    """Forget the modules of a pipeline, so that the next run imports its own."""
    for name in set(sys.modules) - known:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith(str(sources) + os.sep):
            del sys.modules[name]
    sys.path_importer_cache.pop(str(sources), None)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    nowhere = io.StringIO()
    with (
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _watched(metric: str, tell: Callable[[float], Any]) -> Iterator[None]:
    function = getattr(sklearn.metrics, metric)

    def watched(*args: Any, **kwargs: Any) -> Any:
        value = function(*args, **kwargs)
        tell(float(value))
        return value

    setattr(sklearn.metrics, metric, watched)
    try:
        yield
    finally:
        setattr(sklearn.metrics, metric, function)
