"""Measure alarms on columns that resemble the day before, as of days whose data overlap.

Run it with: python paper/wandering_columns.py [--out wandering_columns.csv] [--quick]

Each baseline is of n daily runs with 300 cells of a family; in "half ..." every other cell is new
each day. False alarms: the day after, and a week later without learning again. Power: the day
after, with one cell 10 or 30 standard deviations off (of its healthy values).
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from provenance import HERE, single_threaded, versions

os.environ.update(single_threaded())  # before NumPy is loaded

import numpy as np
import pandas as pd
from csv_file import write_csv

from lineage_stats.detectors import (
    BayesianChangePointDetector,
    RobustMADDetector,
    ZScoreDetector,
)
from lineage_stats.evaluation import Rate
from lineage_stats.exceptions import FewRunsWarning

METHODS = (RobustMADDetector, ZScoreDetector, BayesianChangePointDetector)
AFTER = {"day after": 0, "a week later": 7}
FAULTS = (10.0, 30.0)
N_CELLS = 300
Family = Callable[[np.random.Generator, int, int], np.ndarray]


def window(days: int) -> Family:
    """Return means over a window of days."""

    def draw(rng: np.random.Generator, n: int, n_cells: int) -> np.ndarray:
        total = np.cumsum(rng.normal(size=(n + days, n_cells)), axis=0)
        return (total[days:] - total[:-days]) / np.sqrt(days)

    return draw


def autoregressive(r: float) -> Family:
    """Return stationary processes of order one."""

    def draw(rng: np.random.Generator, n: int, n_cells: int) -> np.ndarray:
        x = rng.normal(size=(n, n_cells))
        for i in range(1, n):
            x[i] = r * x[i - 1] + np.sqrt(1 - r**2) * x[i]
        return x

    return draw


def random_walk(rng: np.random.Generator, n: int, n_cells: int) -> np.ndarray:
    """Return random walks."""
    return np.cumsum(rng.normal(size=(n, n_cells)), axis=0)


def renewed(days: int) -> Family:
    """Return data that stand for some days, and are new then in all cells."""

    def draw(rng: np.random.Generator, n: int, n_cells: int) -> np.ndarray:
        first = rng.integers(days)
        values = rng.normal(size=(n // days + 2, n_cells))
        return values[(np.arange(n) + first) // days] + 0.1 * rng.normal(size=(n, n_cells))

    return draw


def half(of: Family) -> Family:
    """Return cells of which every other one is new each day."""

    def draw(rng: np.random.Generator, n: int, n_cells: int) -> np.ndarray:
        x = rng.normal(size=(n, n_cells))
        x[:, ::2] = of(rng, n, (n_cells + 1) // 2)
        return x

    return draw


FAMILIES: dict[str, Family] = {
    "independent": window(1),
    "window of 3 days": window(3),
    "window of 7 days": window(7),
    "window of 14 days": window(14),
    "window of 28 days": window(28),
    "random walk": random_walk,
    "autoregressive 0.5": autoregressive(0.5),
    "autoregressive 0.8": autoregressive(0.8),
    "new every 7 days": renewed(7),
    "half window of 7 days": half(window(7)),
    "half window of 28 days": half(window(28)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--baselines", type=int, default=200)
    parser.add_argument("--runs", nargs="+", type=int, default=[20, 40, 100])
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--methods", type=int, default=len(METHODS), help="only the first ones")
    parser.add_argument("--out", type=Path, default=HERE / "wandering_columns.csv")
    parser.add_argument("--quick", action="store_true", help="little of it, for a test")
    options = parser.parse_args()
    methods, families = METHODS[: options.methods], options.families
    if options.quick:
        options.baselines, options.runs = 2, [20]
        methods, families = METHODS[:1], families[:2]
    warnings.simplefilter("ignore", FewRunsWarning)
    rows: list[dict[str, object]] = []
    for family in families:
        for n in options.runs:
            for method in methods:
                found = [*judged(method, family, n, options.baselines)]
                rows += found
                told = "  ".join(f"{row['what']} {row['value']:.3f}" for row in found)
                print(f"{method.__name__:28} {family:22} n={n:<4} {told}", flush=True)
    write_csv(rows, options.out, versions(), floats=".4g")


def judged(method: type, family: str, n: int, baselines: int) -> Iterator[dict[str, object]]:
    """Yield a row for each time of healthy runs, and one for the power against each fault."""
    flagged = dict.fromkeys([*AFTER, *(f"{size:g} sd off" for size in FAULTS)], 0)
    for seed in range(baselines):
        runs = days(np.random.default_rng([seed, n]), family, n + max(AFTER.values()) + 1)
        detector = method().fit(runs.iloc[:n])
        for what, later in AFTER.items():
            flagged[what] += int(detector.predict(runs.iloc[[n + later]])[0] < 0)
        for size in FAULTS:
            worse = runs.iloc[[n]].copy()
            worse.iloc[0, 0] += size * runs.iloc[:n, 0].std()
            flagged[f"{size:g} sd off"] += int(detector.predict(worse)[0] < 0)
    for what, k in flagged.items():
        rate = Rate(k, baselines)
        low, high = rate.wilson_interval()
        yield {
            "method": method.__name__, "family": family, "n_healthy": n, "what": what,
            "count": k, "n": baselines, "value": rate.value, "low": low, "high": high,
        }  # fmt: skip


def days(rng: np.random.Generator, family: str, n: int) -> pd.DataFrame:
    """Return runs in order of time."""
    return pd.DataFrame(
        100 + FAMILIES[family](rng, n, N_CELLS),
        index=pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n), unit="D"),
        columns=pd.MultiIndex.from_tuples((f"assign#{j}", "mean[a]") for j in range(N_CELLS)),
    )


if __name__ == "__main__":
    main()
