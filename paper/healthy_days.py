"""Measure how often each detector flags healthy days of recorded pipelines.

Run it with: python paper/healthy_days.py --corpus FOLDER [--out healthy_days.csv] [--quick]

Each detector learns from n days and judges the ten after them, then from the n before the next ten,
until all days are judged; no run is in its own baseline. Without a corpus the healthy runs of the
bundled selection are judged, as a try. Pipelines on whose days a detector was developed say so.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from provenance import HERE, single_threaded, versions

os.environ.update(single_threaded())  # before NumPy is loaded

import pandas as pd
from scoreboard.labelled import HEALTHY, bundled, healthy_days

from lineage_stats.detectors import (
    BayesianChangePointDetector,
    RobustMADDetector,
    ZScoreDetector,
)
from lineage_stats.evaluation import Rate
from lineage_stats.exceptions import FewRunsWarning
from lineage_stats.trace import Trace

METHODS = {
    "RobustMADDetector": RobustMADDetector,
    "ZScoreDetector": ZScoreDetector,
    "BayesianChangePointDetector": BayesianChangePointDetector,
}
RATE = 0.01
ASKED = {10: 0.03}
EACH = 10
# Their healthy days were looked at while the detectors were made.
DEVELOPED_ON = frozenset({"biopsies", "energy_load", "machine_failures", "retail_demand"})
Counts = dict[tuple[str, str, int], tuple[int, int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--corpus", type=Path, help="folder of the corpus (default: the bundled selection)"
    )
    parser.add_argument("--pipelines", nargs="+", default=[], help="only these")
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=METHODS)
    parser.add_argument("--runs", nargs="+", type=int, default=[10, 20, 50, 100])
    parser.add_argument(
        "--developed-on", nargs="*", default=DEVELOPED_ON, metavar="PIPELINE",
        help="those whose days in the folder were looked at",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=HERE / "healthy_days.csv")
    parser.add_argument("--quick", action="store_true", help="little of it, for a test")
    options = parser.parse_args()
    if options.quick:
        options.methods, options.runs = options.methods[:1], [10]
        options.pipelines = options.pipelines or ["parcels"]
    warnings.simplefilter("ignore", FewRunsWarning)
    counts: Counts = {}
    for pipeline, days in _days(options):
        for method in options.methods:
            for n in options.runs:
                found = counts[method, pipeline, n] = flagged_of(METHODS[method](), days, n)
                print(f"{method:28} {pipeline:20} n={n:<4} {found[0]} of {found[1]}", flush=True)
    stamp = versions()
    seen = frozenset(options.developed_on)
    rows = [{**row, **stamp} for row in (*_each(counts, seen), *_pooled(counts, seen))]
    pd.DataFrame(rows).to_csv(options.out, index=False)


def _days(options: argparse.Namespace) -> Iterator[tuple[str, list[Trace]]]:
    if options.corpus:
        yield from healthy_days(options.corpus, options.pipelines)
        return
    for bench in bundled(options.pipelines):
        present = [run.trace for run in bench.runs if run.role == HEALTHY]
        yield bench.pipeline, [*bench.history, *present]


def flagged_of(
    detector: RobustMADDetector | ZScoreDetector | BayesianChangePointDetector,
    days: list[Trace],
    n: int,
) -> tuple[int, int]:
    """Return how many days a detector flags, and how many it judges."""
    flagged = judged = 0
    for start in range(n, len(days), EACH):
        new = days[start : start + EACH]
        flagged += int((detector.fit(days[start - n : start]).predict(new) < 0).sum())
        judged += len(new)
    return flagged, judged


def _each(counts: Counts, seen: frozenset[str]) -> Iterator[dict[str, object]]:
    for (method, pipeline, n), found in counts.items():
        yield {**_row(method, pipeline, n, [found]), "developed_on": pipeline in seen}


def _pooled(counts: Counts, seen: frozenset[str]) -> Iterator[dict[str, object]]:
    together: dict[tuple[str, str, int], list[tuple[int, int]]] = defaultdict(list)
    for (method, pipeline, n), found in counts.items():
        together[method, "all", n].append(found)
        if pipeline not in seen:
            together[method, "not developed on", n].append(found)
    for (method, name, n), found in together.items():
        yield {**_row(method, name, n, found), "developed_on": False}


def _row(method: str, pipeline: str, n: int, found: Iterable[tuple[int, int]]) -> dict[str, object]:
    counts = list(found)
    rate = Rate(sum(k for k, _ in counts), sum(m for _, m in counts))
    low, high = rate.wilson_interval()
    asked = ASKED.get(n, RATE)
    return {
        "method": method, "pipeline": pipeline, "n_healthy": n,
        "flagged": int(rate.count), "runs": rate.n,
        "value": rate.value, "low": low, "high": high, "asked": asked, "met": low <= asked,
    }  # fmt: skip


if __name__ == "__main__":
    main()
