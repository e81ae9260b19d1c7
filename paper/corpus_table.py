"""Judge the corpus by every method, and write the tables of the paper.

Run it with: python paper/corpus_table.py --corpus FOLDER [--part development validation]
[--methods NAMES] [--judgements FILE] [--out corpus.csv] [--quick]

Methods learn from the healthy runs just before the runs that they judge, anew every ten days.
Detection, ranking, calibration, attribution and cost, each pooled and by pipeline, class,
severity, family and kind, with intervals from a bootstrap over pipelines. The test part is judged
only if it is asked for. Without a corpus the bundled selection is judged, as a try. With
--judgements, what the methods said is kept in that file, pipeline by pipeline: a run that was
stopped goes on, and tables can be made again from it alone.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Collection, Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from provenance import HERE, single_threaded, versions

os.environ.update(single_threaded())  # before NumPy is loaded

from scoreboard.figures import figures
from scoreboard.judging import Limits, Row, judge, note
from scoreboard.labelled import PARTS, Bench, bundled, from_corpus, pipelines_of, recent
from scoreboard.output import show, write

RATE = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--corpus", type=Path, help="folder of the corpus (default: the bundled selection)"
    )
    parser.add_argument(
        "--part", nargs="+", choices=PARTS, default=PARTS[:2], help="(default: all but test)"
    )
    parser.add_argument("--pipelines", nargs="+", default=[], help="only these")
    parser.add_argument("--methods", nargs="+", default=[], help="only these, by their beginning")
    parser.add_argument("--judgements", type=Path, help="keep what the methods said in this file")
    parser.add_argument("--healthy", type=int, default=40, help="runs to learn from (default: 40)")
    parser.add_argument("--out", type=Path, default=HERE / "corpus.csv")
    parser.add_argument("--quick", action="store_true", help="few runs and resamples, for a test")
    options = parser.parse_args()
    rows = list(_judged(options))
    found = list(figures(rows, rate=RATE, n_resamples=50 if options.quick else 500))
    stamp = {
        "false_alarm_rate": RATE,
        "healthy_runs": options.healthy,
        "data": "+".join(options.part) if options.corpus else "bundled",
        **versions(),
        **{name: _version(name) for name in ("pyod", "dowhy")},
    }
    write(found, options.out, stamp)
    print(show(found))


def _judged(options: argparse.Namespace) -> Iterator[Row]:
    limits = Limits(tuple(options.methods), slow_cases=3 if options.quick else 40, rate=RATE)
    kept = _kept(options.judgements)
    yield from kept
    known = {row["pipeline"] for row in kept}
    for bench in _benches(options, known):
        blocks = list(recent(bench, options.healthy))
        slow = max(1, limits.slow_cases // max(len(blocks), 1))
        each = replace(limits, slow_cases=slow)
        rows = [row for block in blocks for row in judge(block, each)]
        if options.judgements:
            with options.judgements.open("a", encoding="utf-8") as file:
                file.write("".join(json.dumps(row) + "\n" for row in rows))  # all or nothing
        yield from rows


def _benches(options: argparse.Namespace, known: Collection[str]) -> Iterator[Bench]:
    if options.corpus:
        wanted = options.pipelines or pipelines_of(options.corpus)
        names = [name for name in wanted if name not in known]
        return from_corpus(options.corpus, options.part, names)
    names = options.pipelines or (["parcels"] if options.quick else [])
    return (bench for bench in bundled(names) if bench.pipeline not in known)


def _kept(path: Path | None) -> list[Row]:
    if path is None or not path.exists():
        return []
    note(f"taking the judgements in {path}; remove it to judge again")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
