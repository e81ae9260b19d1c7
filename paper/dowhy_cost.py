"""What an attribution costs beside DoWhy's `attribute_anomalies`, on the same runs.

Run it with: python paper/dowhy_cost.py --corpus FOLDER [--part validation] [--cases 5] [--quick]

Harmful runs of each pipeline, evenly spread, are judged by both, one after the other, each with the
40 healthy runs before. DoWhy judges them twice: with a node for each operation upstream of the
metric that has a number that varies, which is what ours looks at as well; and with the twelve most
unusual ones of them, as in `corpus_table.py`. How it is used stands in `peers/dowhy_peer.py`.
Times are the median of CPU seconds of this process with one thread, without what is learnt once
from the healthy runs; DoWhy's few linear models depend on the run, and are fitted in its time.
`times` is how much dearer a method is than ours, `hit@1` how often it names the operation at fault
first, among ties by chance. Without a corpus the bundled selection is judged.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from statistics import mean, median
from typing import Any

from csv_file import write_csv
from provenance import HERE, single_threaded, versions

os.environ.update(single_threaded())  # before NumPy is loaded

import numpy as np
from peers.dowhy_peer import MAX_NODES, DoWhy
from peers.ours import OurAttribution
from peers.study import Peer, Study
from rich.progress import track
from scoreboard.labelled import PARTS, Bench, Labelled, bundled, from_corpus, pipelines_of, recent

from lineage_stats.evaluation import place_of_truth

OURS = "attribute_root_cause"
Found = list[tuple[float, float]]  # seconds, hit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, help="(default: the bundled selection)")
    parser.add_argument("--part", choices=PARTS, default="validation")
    parser.add_argument("--cases", type=int, default=5, help="harmful runs of each pipeline")
    parser.add_argument("--out", type=Path, default=HERE / "dowhy_cost.csv")
    parser.add_argument("--quick", action="store_true", help="one run of each pipeline, for a test")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.corpus is None:
        benches = bundled(["parcels"] if options.quick else [])
    else:
        benches = from_corpus(options.corpus, [options.part], pipelines_of(options.corpus))
    rows = []
    for bench in benches:
        rows += compare(bench, 1 if options.quick else options.cases)
    for row in rows:
        print({name: round(v, 3) if isinstance(v, float) else v for name, v in row.items()})
    write_csv(rows, options.out, versions() | {"dowhy": metadata.version("dowhy")}, floats=".4g")


def compare(bench: Bench, n_cases: int) -> Iterator[dict[str, Any]]:
    """Yield what each method took for one pipeline, and how often it was right."""
    methods: dict[str, Peer] = {
        OURS: OurAttribution(),
        "DoWhy": DoWhy(max_nodes=sys.maxsize),
        f"DoWhy, {MAX_NODES} operations": DoWhy(),
    }
    found: dict[str, Found] = {name: [] for name in methods}
    for study, run in track(list(cases(bench, n_cases)), bench.pipeline, transient=True):
        for name, peer in methods.items():
            peer.prepare(study)
            if name == OURS:
                peer.judge(study.reference)  # what is learnt once is learnt when it is asked for
            found[name].append(judged(peer, study, run))
    ours = median(seconds for seconds, _ in found[OURS])
    for name, measured in found.items():
        seconds = median(s for s, _ in measured)
        yield {
            "pipeline": bench.pipeline, "method": name, "n": len(measured), "cpu_s": seconds,
            "times": seconds / ours, "hit@1": mean(hit for _, hit in measured),
        }  # fmt: skip


def cases(bench: Bench, n_cases: int) -> Iterator[tuple[Study, Labelled]]:
    """Yield harmful runs, evenly spread, with the healthy runs before each."""
    all_of_them = [
        (block, run) for block in recent(bench) for run in block.runs if run.harmful and run.truth
    ]
    n = min(n_cases, len(all_of_them))
    for i in np.linspace(0, len(all_of_them) - 1, n).round().astype(int).tolist():
        block, run = all_of_them[i]
        yield Study(bench.pipeline, block.history, bench.metric, bench.greater_is_better), run


def judged(peer: Peer, study: Study, run: Labelled) -> tuple[float, float]:
    """Return the CPU seconds of one judgement, and the probability that the truth is first."""
    begin = time.process_time()
    found = peer.judge(run.trace)
    seconds = time.process_time() - begin
    place = place_of_truth(found.ranking or {}, run.truth, candidates=study.candidates(run.trace))
    return seconds, place.hit_probability(1)


if __name__ == "__main__":
    main()
