"""Measure false alarms per healthy run and power, on families of runs whose truth is known.

Run it with: python paper/detector_calibration.py [--out detector_calibration.csv] [--quick]

False alarms: for each family and number of healthy runs, fits on that many runs and new healthy
runs of each, 1,000 in all. Power: the same with a fault in each new run, after 20 healthy runs.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from provenance import HERE, single_threaded, versions

os.environ.update(single_threaded())  # before NumPy is loaded

import numpy as np
import pandas as pd
from detector_families import FAMILIES, FAULTS
from sklearn.ensemble import IsolationForest

from lineage_stats.detectors import (
    BayesianChangePointDetector,
    FromEstimator,
    RobustMADDetector,
    ZScoreDetector,
)
from lineage_stats.evaluation import Rate
from lineage_stats.exceptions import FewRunsWarning

RATE = 0.01
ASKED = {10: 0.03}
N_POWER = 20


class Sigma:
    """Any cell with |z| > 3."""

    def fit(self, X: pd.DataFrame) -> Sigma:
        """Learn mean and standard deviation."""
        self._center, self._scale = X.mean().to_numpy(), X.std().to_numpy()
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return -1 for a run with a cell too far out."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.abs(X.to_numpy() - self._center) / self._scale
        return np.where((z > 3).any(axis=1), -1, 1)


class Mad(Sigma):
    """Any cell further than 3.5 from the median, in 1.4826 median absolute deviations."""

    def fit(self, X: pd.DataFrame) -> Mad:
        """Learn median and median absolute deviation."""
        self._center = np.median(X.to_numpy(), axis=0)
        self._scale = 1.4826 * np.median(np.abs(X.to_numpy() - self._center), axis=0) * 3.5 / 3
        return self


class Forest:
    """An isolation forest that is asked for a contamination of 1 %."""

    def fit(self, X: pd.DataFrame) -> Forest:
        """Grow the forest."""
        self._forest = IsolationForest(contamination=RATE, random_state=0).fit(X.to_numpy())
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return what the forest says."""
        return self._forest.predict(X.to_numpy())


METHODS = {
    "RobustMADDetector": RobustMADDetector,
    "ZScoreDetector": ZScoreDetector,
    "BayesianChangePointDetector": BayesianChangePointDetector,
    "FromEstimator(IsolationForest)": lambda: FromEstimator(
        IsolationForest(n_estimators=50), judge_cells=False
    ),
    "|z| > 3": Sigma,
    "MAD > 3.5": Mad,
    "IsolationForest": Forest,
}
# Slow, and only there to be compared with.
FEW = ("FromEstimator(IsolationForest)", "IsolationForest")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "detector_calibration.csv")
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--families", nargs="+", default=list(FAMILIES))
    parser.add_argument("--runs", nargs="+", type=int, default=[10, 20, 50, 100])
    parser.add_argument("--fits", type=int, default=20)
    parser.add_argument("--each", type=int, default=50, help="new runs of each fit")
    parser.add_argument("--quick", action="store_true", help="few fits, for a test")
    options = parser.parse_args()
    if options.quick:
        options.fits, options.each, options.runs = 2, 10, [20]
        options.methods = options.methods[:2]
    warnings.simplefilter("ignore", FewRunsWarning)
    rows = []
    for row in _measured(options):
        rows.append(row)
        print(
            f"{row['measure']:12} {row['case']:28} n={row['n_healthy']:<4} {row['method']:32} "
            f"{row['value']:.4f}  asked {row['asked']:.2f}  {'met' if row['met'] else 'MISSED'}",
            flush=True,
        )
    stamp = versions()
    pd.DataFrame([{**row, **stamp} for row in rows]).to_csv(options.out, index=False)


def _measured(options: argparse.Namespace) -> Iterator[dict[str, object]]:
    for name in options.methods:
        fits = max(options.fits // 4, 1) if name in FEW else options.fits
        for family in options.families:
            for n in options.runs:
                flagged = [_flagged(name, family, n, options.each, k) for k in range(fits)]
                yield _row("false alarms", family, n, name, flagged, ASKED.get(n, RATE))
        for fault, (family, _, asked) in FAULTS.items():
            if family in options.families:
                flagged = [
                    _flagged(name, family, N_POWER, options.each, k, fault) for k in range(fits)
                ]
                yield _row("power", fault, N_POWER, name, flagged, asked)


def _flagged(
    name: str, family: str, n: int, m: int, seed: int, fault: str | None = None
) -> tuple[int, int]:
    rng = np.random.default_rng([seed, n, list(FAMILIES).index(family)])
    healthy, new = FAMILIES[family](rng, n, m)
    if fault:
        new = FAULTS[fault][1](new, rng)
    detector = METHODS[name]().fit(healthy)
    return int((detector.predict(new) < 0).sum()), m


def _row(
    measure: str, case: str, n: int, name: str, flagged: list[tuple[int, int]], asked: float
) -> dict[str, object]:
    rate = Rate(sum(k for k, _ in flagged), sum(m for _, m in flagged))
    low, high = rate.wilson_interval()
    met = low <= asked if measure == "false alarms" else rate.value >= asked
    return {
        "measure": measure, "case": case, "n_healthy": n, "method": name, "value": rate.value,
        "low": low, "high": high, "runs": rate.n, "fits": len(flagged), "asked": asked,
        "met": met,
    }  # fmt: skip


if __name__ == "__main__":
    main()
