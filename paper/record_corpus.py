"""Record the corpus: healthy days, faults, and their truth by replay.

Run it with: python paper/record_corpus.py --out FOLDER [--quick] [--jobs 2] [--pipelines NAMES]

A run that was stopped goes on where it was; runs of a pipeline that has been edited meanwhile are
recorded anew. The folder gets one trace store for each part (development, validation, test), with
`labels.json` and `manifest.json` beside the traces. See corpus/README.md.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from corpus import catalogue
from corpus.cases import FULL, QUICK, Size
from corpus.manifest import write_parts
from corpus.recorder import Recorder
from corpus.running import ENVIRONMENT
from provenance import versions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the corpus")
    parser.add_argument("--quick", action="store_true", help="few days, two seeds, for a try")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--pipelines", nargs="+", help="only these")
    parser.add_argument("--seeds", type=int, help="runs of each faulty case")
    parser.add_argument("--history", type=int, help="healthy days to learn from")
    parser.add_argument(
        "--days", nargs=2, type=int, metavar=("FIRST", "STOP"),
        help="only healthy runs, of these days",
    )  # fmt: skip
    options = parser.parse_args()
    days = range(*options.days) if options.days else None
    if days is not None and not days:
        parser.error("--days wants the first day, and a later one that is no more recorded")
    size = QUICK if options.quick else FULL
    size = Size(
        n_history=options.history or size.n_history,
        n_present=max(size.n_present, options.seeds or 0),
        n_seeds=options.seeds or size.n_seeds,
        n_composed=size.n_composed,
    )
    os.environ.update(ENVIRONMENT)  # for the processes that record
    entries = catalogue.load_all(options.pipelines)
    with Recorder(options.out, size, options.jobs) as recorder:
        measured = [recorder.record(entry, days) for entry in entries]
    print(write_parts(options.out, measured, versions()))


if __name__ == "__main__":
    main()
