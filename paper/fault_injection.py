"""Measure on planted faults who notices, who is quiet on healthy runs, and who names the line.

Run it with: python paper/fault_injection.py [--quick] [--out fault_injection.csv]

Six pipelines, five of them on real data, 112 faults, ten seeds each, recorded by lineage_stats and,
where it is installed, by AutoLineage 0.7.1, each in processes of its own. See README.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import tally
from csv_file import write_csv
from jobs import FULL, QUICK, Size, load, prepare, save
from judge import (
    Bench,
    Verdict,
    judge_attribution,
    judge_autolineage,
    judge_controls,
    judge_detectors,
)
from provenance import HERE, has_autolineage, single_threaded, versions

from lineage_stats import load_traces
from lineage_stats.exceptions import FewRunsWarning

RATE = 0.01
N_BASELINES = 3
# Days below were looked at while detectors and attribution were developed; see README.md.
FIRST_SEED = 1_200_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few faults, few runs, for a test")
    parser.add_argument("--out", type=Path, default=HERE / "fault_injection.csv")
    parser.add_argument("--cache", type=Path, help="keep days, scripts and traces in this folder")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED, help="take other days")
    parser.add_argument("--reuse", action="store_true", help="judge again what --cache holds")
    options = parser.parse_args()
    if options.reuse and not options.cache:
        parser.error("--reuse needs --cache")
    size = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory(prefix="lineage_stats_paper_") as temporary:
        root = options.cache or Path(temporary)
        if not options.reuse:
            for pipeline in size.pipelines:
                record_pipeline(root, pipeline, size, options.first_seed)
        judged = [one for pipeline in size.pipelines for one in judge_pipeline(root, pipeline)]
    flags = {one.verdict.method for one in judged if one.verdict.flagged is not None}
    ranks = {one.verdict.method for one in judged if one.verdict.place is not None}
    found = list(tally.rates(judged, flags=flags, ranks=ranks))
    stamp = {
        "false_alarm_rate": RATE,
        "n_fit": size.n_fit,
        "n_healthy": size.n_healthy,
        "n_seeds": size.n_seeds,
        "first_seed": options.first_seed,
        **versions(),
    }
    write_csv(map(asdict, found), options.out, stamp, floats=".4f")
    print(tally.show(found))


def record_pipeline(root: Path, pipeline: str, size: Size, first_seed: int) -> None:
    """Run everything of one pipeline under every tool."""
    jobs = prepare(root, pipeline, size, first_seed)
    save(jobs, root / f"{pipeline}.json")
    note(f"{pipeline}: {len(jobs)} runs")
    with ThreadPoolExecutor() as pool:
        tasks = [pool.submit(record, root, pipeline)]
        if has_autolineage():
            tasks.append(pool.submit(ask_autolineage, root, pipeline))
        for task in tasks:
            task.result()


def judge_pipeline(root: Path, pipeline: str) -> list[tally.Judged]:
    """Judge everything of one pipeline by every method."""
    jobs = load(root / f"{pipeline}.json")
    answers = root / f"{pipeline}.jsonl"
    said = answers.read_text(encoding="utf-8").splitlines() if answers.exists() else []
    bench = Bench(jobs, load_traces(root / "traces", pipeline=pipeline), RATE)
    note(f"{pipeline}: healthy {bench.metric} {bench.center:.3f}, sd {bench.spread:.3f}; judging")
    by_run = bench.jobs
    return [
        tally.Judged(by_run[verdict.run], bench.is_harmful(by_run[verdict.run]), verdict)
        for verdict in [*verdicts(bench), *judge_autolineage(jobs, map(json.loads, said))]
    ]


def verdicts(bench: Bench) -> Iterator[Verdict]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewRunsWarning)
        yield from judge_detectors(bench)
        yield from judge_attribution(bench)
        yield from judge_attribution(bench, source=False)
        yield from judge_controls(bench)


def record(root: Path, pipeline: str) -> None:
    run_script("record_with_lineage_stats.py", [root / f"{pipeline}.json", root / "traces"])


def ask_autolineage(root: Path, pipeline: str) -> None:
    arguments = [root / f"{pipeline}.json", root / f"{pipeline}.jsonl", N_BASELINES]
    run_script("record_with_autolineage.py", arguments)


def run_script(name: str, arguments: Sequence[object]) -> None:
    command = [sys.executable, str(HERE / name), *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=single_threaded()
    )
    if done.returncode != 0:
        raise SystemExit(f"{name} failed:\n{done.stderr[-4000:]}")


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
