"""What an attribution costs, and how far one healthy run moves it.

Run it with: python paper/attribution_bars.py [--corpus FOLDER] [--part validation] [--out FILE]

Times are CPU seconds of this process with one thread, on simulated runs; the median over rounds.
Stability is taken from the bundled runs, or from a part of a corpus: each harmful run is attributed
with its healthy runs and without one of them, drawn by chance; a share counts as steady where the
two differ by less than the standard error that was stated.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from csv_file import write_csv
from provenance import HERE, single_threaded, versions

os.environ.update(single_threaded())  # before NumPy is loaded

import numpy as np
from rich.progress import track
from scoreboard.labelled import PARTS, Bench, bundled, from_corpus, pipelines_of, recent

from lineage_stats import attribute_root_cause
from lineage_stats.attribution import MechanismBaseline
from lineage_stats.datasets import Fault, make_runs
from lineage_stats.exceptions import LineageStatsError
from lineage_stats.trace import Trace

METRIC = "f1_score"
FAULT = Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.4, metric_drop=0.1)
Row = dict[str, object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, help="(default: the bundled selection)")
    parser.add_argument("--part", choices=PARTS, default="validation")
    parser.add_argument("--cases", type=int, default=100, help="harmful runs of each pipeline")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, default=HERE / "attribution_bars.csv")
    parser.add_argument("--quick", action="store_true", help="few rounds and runs, for a test")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    n_rounds, n_cases = (1, 5) if options.quick else (options.rounds, options.cases)
    rows = [*times(n_rounds), *steadiness(benches(options), n_cases)]
    for row in rows:
        print(f"{row['group']:10} {row['what']:46} {row['figure']:10.4f} {row['unit']}")
    write_csv(rows, options.out, versions(), floats=".5f")


def times(n_rounds: int) -> Iterator[Row]:
    for what, n_runs, columns, operations in (
        ("attribute", 40, 8, 0), ("fit and attribute", 120, 8, 0), ("attribute", 40, 0, 488),
    ):  # fmt: skip
        more = {"n_extra_columns": columns, "n_extra_operations": operations}
        healthy, _ = make_runs(n_runs, return_traces=True, **more)
        faults = [FAULT] * (n_rounds + 1)
        bad, _ = make_runs(len(faults), fault=faults, first=n_runs, return_traces=True, **more)
        baseline: Sequence[Trace] | MechanismBaseline = healthy
        if what == "attribute":
            baseline = MechanismBaseline.from_traces(healthy)
        n_features = sum(len(op.features) + len(op.facts) for op in bad[0])
        size = f"{len(bad[0].operations)} operations, {n_features} features, {n_runs} runs"
        yield _timed(what, size, bad, partial(_attribute, baseline=baseline))


def _attribute(trace: Trace, baseline: Sequence[Trace] | MechanismBaseline) -> object:
    return attribute_root_cause(trace, METRIC, baseline=baseline)


def _timed(group: str, what: str, traces: Sequence[Trace], task: Callable[[Trace], object]) -> Row:
    """Time a task on traces that nobody has looked at; the first is not counted."""
    seconds = []
    for trace in traces:
        begin = time.process_time()
        task(trace)
        seconds.append(time.process_time() - begin)
    figure = float(np.median(seconds[1:]))
    return {"group": group, "what": what, "figure": figure, "unit": "s", "n": len(seconds) - 1}


def benches(options: argparse.Namespace) -> Iterator[Bench]:
    if options.corpus is None:
        return bundled(["parcels"] if options.quick else [])
    names = pipelines_of(options.corpus)
    return from_corpus(options.corpus, [options.part], names)


def steadiness(benches: Iterator[Bench], n_cases: int) -> Iterator[Row]:
    for bench in benches:
        steady: list[bool] = []
        rng = np.random.default_rng(0)
        blocks = list(recent(bench))
        for block in track(blocks, bench.pipeline, transient=True):
            harmful = (run.trace for run in block.runs if run.harmful)
            known = MechanismBaseline.from_traces(block.history)
            left_out = int(rng.integers(len(block.history)))
            fewer = [t for i, t in enumerate(block.history) if i != left_out]
            less = MechanismBaseline.from_traces(fewer)
            for trace in islice(harmful, max(1, n_cases // len(blocks))):
                steady += moves(trace, bench, known, less)
        yield {
            "group": "steady", "what": bench.pipeline, "figure": float(np.mean(steady)),
            "unit": "of shares", "n": len(steady),
        }  # fmt: skip


def moves(
    trace: Trace, bench: Bench, known: MechanismBaseline, less: MechanismBaseline
) -> list[bool]:
    """Return for each share of either attribution whether it moved by less than its error."""
    try:
        found = [
            attribute_root_cause(
                trace, bench.metric, baseline=b, greater_is_better=bench.greater_is_better
            )
            for b in (known, less)
        ]
    except LineageStatsError:
        return []  # the metric is not worse, or not there
    shares = [{c.operation: (c.share, c.standard_error) for c in a} for a in found]
    steady = []
    for key in {**shares[0], **shares[1]}:
        share, error = shares[0].get(key, (0.0, 0.0))
        other, other_error = shares[1].get(key, (0.0, 0.0))
        if share or other:
            steady.append(abs(share - other) <= max(error, other_error))
    return steady


if __name__ == "__main__":
    main()
