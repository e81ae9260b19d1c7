"""Time the detectors, beside what else does such work.

Run it with: python paper/detector_speed.py [--out detector_speed.csv] [--rounds 5] [--quick]

CPU time of this process with one thread; the median over rounds. What is not installed has no row.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path

from provenance import HERE, single_threaded, versions

os.environ.update(single_threaded())  # before NumPy is loaded

import numpy as np
import pandas as pd

from lineage_stats.detectors import (
    BaseDetector,
    BayesianChangePointDetector,
    RobustMADDetector,
    ZScoreDetector,
    detect_changes,
)
from lineage_stats.exceptions import FewRunsWarning

Task = tuple[str, str, Callable[[], object], float | None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "detector_speed.csv")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="small sizes, for a test")
    options = parser.parse_args()
    warnings.simplefilter("ignore", FewRunsWarning)
    rows = []
    for group, name, task, bar in tasks(10 if options.quick else 1):
        seconds = [_timed(task) for _ in range(options.rounds)]
        middle = float(np.median(seconds))
        rows.append(
            {
                "group": group, "task": name, "seconds": middle, "lowest": min(seconds),
                "highest": max(seconds), "bar": bar,
                "met": None if bar is None else middle <= bar, "quick": options.quick,
            }
        )  # fmt: skip
        print(f"{group:28} {name:52} {middle:10.5f} s  bar {bar}", flush=True)
    pd.DataFrame(rows).assign(**versions()).to_csv(options.out, index=False)


def _timed(task: Callable[[], object]) -> float:
    begin = time.process_time()
    task()
    return time.process_time() - begin


def tasks(smaller: int) -> Iterator[Task]:
    """Yield group, name, what to do, and the seconds asked for."""
    yield from _many_series(smaller)
    yield from _one_series(smaller)
    yield from _medians(smaller)
    yield from _scoring(smaller)
    yield from _growing(smaller)


def _many_series(smaller: int) -> Iterator[Task]:
    from lineage_stats.detectors._bocpd import run_length_filter

    x = np.random.default_rng(0).normal(size=(200, 1000 // smaller))
    group = "1,000 series x 200 runs"
    yield group, "exact filter", lambda: run_length_filter(x, hazard=1e-4, lag=10), 0.25
    yield (
        group,
        "BayesianChangePointDetector.fit",
        lambda: BayesianChangePointDetector().fit(x),
        None,
    )


def _one_series(smaller: int) -> Iterator[Task]:
    n = 100_000 // smaller
    still = np.random.default_rng(1).normal(size=n)
    steps = still + 3.0 * (np.arange(n) // 200 % 2)
    group = "one series of 1e5 values"
    yield group, "stationary", lambda: detect_changes(still, exact=False), 0.35
    yield group, "a step every 200 values", lambda: detect_changes(steps, exact=False), 0.35
    yield (
        group,
        "stationary, a tenth of it",
        lambda: detect_changes(still[: n // 10], exact=False),
        None,
    )
    short = steps[: 10_000 // smaller]
    yield "one series of 1e4 values", "exact", lambda: detect_changes(short, exact=True), None
    if util.find_spec("ruptures"):
        import ruptures

        def pelt() -> object:
            return ruptures.KernelCPD("linear", min_size=2).fit(short).predict(pen=27.6)

        yield "one series of 1e4 values", "ruptures KernelCPD linear", pelt, None


def _medians(smaller: int) -> Iterator[Task]:
    from lineage_stats.detectors._robust import median_and_mad

    x = np.random.default_rng(2).normal(size=(10_000 // smaller, 1000))
    x[np.random.default_rng(3).random(x.shape) < 0.01] = np.nan

    def twice() -> object:
        return np.nanmedian(np.abs(x - np.nanmedian(x, axis=0)), axis=0)

    group = "MAD, 10,000 runs x 1,000 cells"
    yield group, "np.nanmedian twice", twice, None
    yield (
        group,
        "median_and_mad",
        lambda: median_and_mad(x),
        min(_timed(twice) for _ in range(3)) / 5,
    )


def _scoring(smaller: int) -> Iterator[Task]:
    rng = np.random.default_rng(4)
    healthy, new = rng.normal(size=(100, 1000)), rng.normal(size=(1, 1000))
    for cls in (RobustMADDetector, ZScoreDetector, BayesianChangePointDetector):
        detector = cls().fit(healthy)

        def score(judge: BaseDetector = detector) -> None:
            for _ in range(100):
                judge.score_samples(new)

        yield "scoring a run of 1,000 cells", f"{cls.__name__}, 100 times", score, 0.1


def _growing(smaller: int) -> Iterator[Task]:
    rng = np.random.default_rng(5)
    for n in (500, 1000, 2000):
        x = rng.normal(size=(n // smaller, 200))
        detector = ZScoreDetector(max_runs=250 // smaller).fit(x)
        yield (
            "partial_fit of a run, 200 cells",
            f"ZScoreDetector(max_runs=250), {n} runs before",
            lambda judge=detector: judge.partial_fit(rng.normal(size=(1, 200))),
            None,
        )


if __name__ == "__main__":
    main()
