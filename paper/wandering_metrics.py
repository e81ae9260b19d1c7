"""Measure alarms on metrics that resemble the day before, as of days whose data overlap.

Run it with: python paper/wandering_metrics.py [--out wandering_metrics.csv] [--quick]

Each baseline is of n daily runs with two metrics of a family and forty columns that are new each
day. False alarms: the day after, days 2 to 7 and days 8 to 14, without learning again. Power: the
day after, with one metric 8 standard deviations down (of its level; of a random walk: of a step).
Two families have four runs within minutes on the data of each day: there these are runs, not days.
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
LATER = 14
PARTS = {"day after": (0, 1), "days 2-7": (1, 7), "days 8-14": (7, 14)}
N_COLUMNS = 40
DROP = 8.0
Family = Callable[[np.random.Generator, int], np.ndarray]


def window(days: int) -> Family:
    """Return means over a window of days."""

    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        return np.convolve(rng.normal(size=n + days), np.full(days, days**-0.5), "valid")[:n]

    return draw


def autoregressive(r: float) -> Family:
    """Return a stationary process of order one."""

    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        x = rng.normal(size=n)
        for i in range(1, n):
            x[i] = r * x[i - 1] + np.sqrt(1 - r**2) * x[i]
        return x

    return draw


def bursts(of_days: Family) -> Family:
    """Return the values of days, each with four runs that hardly differ."""

    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        return np.repeat(of_days(rng, -(-n // 4)), 4)[:n] + 0.05 * rng.normal(size=n)

    return draw


FAMILIES: dict[str, Family] = {
    "independent": lambda rng, n: rng.normal(size=n),
    "window of 7 days": window(7),
    "window of 28 days": window(28),
    "autoregressive 0.5": autoregressive(0.5),
    "autoregressive 0.8": autoregressive(0.8),
    "random walk": lambda rng, n: np.cumsum(rng.normal(size=n)),
    "four runs a day": bursts(lambda rng, n: rng.normal(size=n)),
    "four runs a day, random walk": bursts(lambda rng, n: np.cumsum(rng.normal(size=n))),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--baselines", type=int, default=100)
    parser.add_argument("--runs", nargs="+", type=int, default=[20, 40, 100])
    parser.add_argument("--out", type=Path, default=HERE / "wandering_metrics.csv")
    parser.add_argument("--quick", action="store_true", help="little of it, for a test")
    options = parser.parse_args()
    methods, families = METHODS, list(FAMILIES)
    if options.quick:
        options.baselines, options.runs = 3, [20]
        methods, families = METHODS[:1], families[:2]
    warnings.simplefilter("ignore", FewRunsWarning)
    rows: list[dict[str, object]] = []
    for family in families:
        for n in options.runs:
            for method in methods:
                found = [*judged(method, family, n, options.baselines)]
                rows += found
                told = "  ".join(f"{row['what']} {row['value']:.3f}" for row in found)
                print(f"{method.__name__:28} {family:20} n={n:<4} {told}", flush=True)
    write_csv(rows, options.out, versions(), floats=".4g")


def judged(method: type, family: str, n: int, baselines: int) -> Iterator[dict[str, object]]:
    """Yield a row for each part of the days after, and one for the power."""
    flagged, found = np.zeros(LATER, dtype=int), 0
    for seed in range(baselines):
        runs = days(np.random.default_rng([seed, n]), family, n + LATER)
        detector = method().fit(runs.iloc[:n])
        flagged += detector.predict(runs.iloc[n:]) < 0
        worse = runs.iloc[[n]].copy()
        worse.iloc[0, 0] -= DROP
        found += int(detector.predict(worse)[0] < 0)
    for what, (start, stop) in PARTS.items():
        yield _row(
            method, family, n, what, int(flagged[start:stop].sum()), baselines * (stop - start)
        )
    yield _row(method, family, n, "power", found, baselines)


def days(rng: np.random.Generator, family: str, n: int) -> pd.DataFrame:
    """Return runs in order of time: two metrics of a family, and columns that are new each day."""
    cells = [("f1_score#1", "metric_value"), ("r2_score#1", "metric_value")]
    cells += [(f"assign#{j}", "mean[a]") for j in range(N_COLUMNS)]
    draw, run = FAMILIES[family], np.arange(n)
    values = [draw(rng, n), draw(rng, n), rng.normal(size=(n, N_COLUMNS))]
    since = run // 4 + run % 4 / 288 if family.startswith("four") else run
    return pd.DataFrame(
        np.column_stack(values),
        index=pd.Timestamp("2024-01-01") + pd.to_timedelta(since, unit="D"),
        columns=pd.MultiIndex.from_tuples(cells),
    )


def _row(method: type, family: str, n: int, what: str, k: int, of: int) -> dict[str, object]:
    rate = Rate(k, of)
    low, high = rate.wilson_interval()
    return {
        "method": method.__name__, "family": family, "n_healthy": n, "what": what,
        "count": k, "n": of, "value": rate.value, "low": low, "high": high,
    }  # fmt: skip


if __name__ == "__main__":
    main()
