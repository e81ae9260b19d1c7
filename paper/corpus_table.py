"""Judge the corpus by every method, and write the tables of the paper.

Run it with: python paper/corpus_table.py --corpus FOLDER [--part development validation]
[--methods NAMES] [--judgements FILE] [--out corpus.csv] [--quick]

Detection, ranking, calibration, attribution and cost, each pooled and by pipeline, class,
severity, family and kind, with intervals from a bootstrap over pipelines. The test part is judged
only if it is asked for. Without a corpus, simulated runs are judged, as a try. With --judgements,
what the methods said is kept in that file, and tables can be made again from it alone.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from provenance import HERE, single_threaded, versions

os.environ.update(single_threaded())  # before NumPy is loaded

from tables.figures import figures
from tables.judging import Limits, Row, judge, note
from tables.labelled import PARTS, Bench, from_corpus, simulated
from tables.output import show, write

RATE = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, help="folder of the corpus (default: simulated)")
    parser.add_argument(
        "--part", nargs="+", choices=PARTS, default=PARTS[:2], help="(default: all but test)"
    )
    parser.add_argument("--pipelines", nargs="+", default=[], help="only these")
    parser.add_argument("--methods", nargs="+", default=[], help="only these, by their beginning")
    parser.add_argument("--judgements", type=Path, help="keep what the methods said in this file")
    parser.add_argument("--out", type=Path, default=HERE / "corpus.csv")
    parser.add_argument("--quick", action="store_true", help="few runs and resamples, for a test")
    options = parser.parse_args()
    rows = _kept(options.judgements) or list(_judged(options))
    if options.judgements:
        _keep(rows, options.judgements)
    found = list(figures(rows, rate=RATE, n_resamples=50 if options.quick else 500))
    stamp = {
        "false_alarm_rate": RATE,
        "data": "+".join(options.part) if options.corpus else "simulated",
        **versions(),
        **{name: _version(name) for name in ("pyod", "dowhy")},
    }
    write(found, options.out, stamp)
    print(show(found))


def _judged(options: argparse.Namespace) -> Iterable[Row]:
    limits = Limits(tuple(options.methods), slow_cases=3 if options.quick else 40, rate=RATE)
    for bench in _benches(options):
        yield from judge(bench, limits)


def _benches(options: argparse.Namespace) -> Iterable[Bench]:
    if options.corpus:
        return from_corpus(options.corpus, options.part, options.pipelines)
    if options.quick:
        return simulated(2, n_history=20, n_healthy=5)
    return simulated()


def _kept(path: Path | None) -> list[Row]:
    if path is None or not path.exists():
        return []
    note(f"taking the judgements of {path}; remove it to judge again")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _keep(rows: Iterable[Row], path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
