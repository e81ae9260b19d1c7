"""Replay the suspects of faulty runs: how often the culprit is named, and at what cost.

Run it with: python paper/replay.py --corpus FOLDER [--part development validation] [--cases 3]
[--pipelines NAMES] [--out replay.csv] [--quick]

For each pipeline and class of the corpus some harmful runs are taken. The trace alone names
operations; a replay reverts operations, that is what was changed in them, on the day of the run
(with common seeds) and on another day. Versions in which the same changes are reverted are run
once; their number is the number of pipeline runs that a replay costs. Shares are held against the
exact ones of the corpus, relative to the harm of all changes. Without a corpus, simulated runs
whose faults add up are replayed, as a try.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus.running import ENVIRONMENT
from csv_file import write_csv
from provenance import HERE, versions

if __name__ == "__main__" and any(os.environ.get(k) != v for k, v in ENVIRONMENT.items()):
    # The order of sets is fixed when the interpreter starts.
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ENVIRONMENT})

import numpy as np
from corpus.cases import HISTORY, PRESENT
from corpus.catalogue import load
from corpus.recording import Workplace
from corpus.running import run_for_metric
from scoreboard.labelled import metric_name, simulated

from lineage_stats import attribute_root_cause, load_traces
from lineage_stats.attribution import Attribution, MechanismBaseline, Replay
from lineage_stats.attribution.replay import attribute_by_replay
from lineage_stats.exceptions import LineageStatsError
from lineage_stats.trace import Trace

N_HISTORY = 40
N_SUSPECTS = 3
CLASSES = ("C1", "C2", "C3", "C4", "C5", "C6")
SAME, OTHER = "same batch", "another batch"
METHODS = ("trace only", "replay of 3", "replay, widened")
Version = frozenset[str]


@dataclass(frozen=True)
class Change:
    """One change of a run: the operations it sits at, and its true share of the harm."""

    name: str
    keys: tuple[str, ...]
    share: float | None
    to_blame: bool


@dataclass
class Case:
    """A faulty run, and what gives the metric of a version of it by batch."""

    pipeline: str
    cls: str
    trace: Trace
    changes: tuple[Change, ...]
    batches: Mapping[str, Callable[[Version], float]]
    known: dict[tuple[str, Version], float] = field(default_factory=dict)

    def metric(self, batch: str, version: Version) -> float:
        """Run a version once; NaN where it breaks down."""
        if (batch, version) not in self.known:
            try:
                self.known[batch, version] = self.batches[batch](version)
            except Exception:  # noqa: BLE001  # a faulty version may raise anything
                self.known[batch, version] = float("nan")
        return self.known[batch, version]


@dataclass(frozen=True)
class Bench:
    """A pipeline: healthy runs to learn from, and faulty runs."""

    metric: str
    greater_is_better: bool
    history: Sequence[Trace]
    cases: Iterable[Case]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, help="folder of the corpus (default: simulated)")
    parser.add_argument("--part", nargs="+", default=["development", "validation"])
    parser.add_argument("--pipelines", nargs="+", default=[], help="only these")
    parser.add_argument("--cases", type=int, default=3, help="runs of each class and pipeline")
    parser.add_argument("--out", type=Path, default=HERE / "replay.csv")
    parser.add_argument("--quick", action="store_true", help="few runs, for a test")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="replay_") as place:
        for bench in _benches(options, Path(place)):
            learnt = MechanismBaseline.from_traces(bench.history[-N_HISTORY:])
            for case in bench.cases:
                rows = list(_judge(bench, learnt, case))
                found += rows
                print(_line(case, rows), flush=True)
            _write(found, options)
    print(_show(list(_table(found))))


def _write(found: Sequence[Mapping[str, Any]], options: argparse.Namespace) -> None:
    """Write what is known so far."""
    data = "+".join(options.part) if options.corpus else "simulated"
    write_csv(_table(found), options.out, {"data": data, **versions()})


def _judge(bench: Bench, learnt: MechanismBaseline, case: Case) -> Iterator[dict[str, Any]]:
    """Judge a case by every method, on every batch."""
    given = {"baseline": learnt, "greater_is_better": bench.greater_is_better}
    metric = metric_name(case.trace, bench.metric)
    try:
        prior = attribute_root_cause(case.trace, metric, **given)
    except LineageStatsError:
        return  # by chance no worse than on other days
    yield {**_figures(prior, case), "method": METHODS[0], "batch": "", "runs": 0}
    ranked = [(c.operation, c.canonical) for c in prior.contributions]
    for batch, (method, suspects) in itertools.product(
        case.batches, ((METHODS[1], ranked[:N_SUSPECTS]), (METHODS[2], ranked))
    ):
        run = Reverting(case, batch, dict(suspects))
        replay = Replay(run=run, suspects=[*dict(suspects)], n_suspects=N_SUSPECTS)
        found = attribute_by_replay(case.trace, prior, replay)
        yield {**_figures(found, case), "method": method, "batch": batch, "runs": len(run.tried)}


class Reverting:
    """Runs a case with some operations reverted, and with them what was changed there.

    Suspects are keys of the run, with those of the healthy runs, which labels of changes have.
    """

    def __init__(self, case: Case, batch: str, suspects: Mapping[str, str]) -> None:
        self._case, self._batch, self._suspects = case, batch, suspects
        self.tried: set[Version] = set()

    def __call__(self, coalition: Version) -> float:
        """Return the metric with all others reverted."""
        reverted = {key for name, key in self._suspects.items() if name not in coalition}
        kept = (c.name for c in self._case.changes if not reverted.intersection(c.keys))
        version = frozenset(kept)
        self.tried.add(version)
        return self._case.metric(self._batch, version)


def _figures(found: Attribution, case: Case) -> dict[str, Any]:
    blamed = [change for change in case.changes if change.to_blame]
    top = found.top.canonical if found.top else ""
    largest = max(blamed, key=lambda change: change.share or 0.0)
    return {
        "pipeline": case.pipeline,
        "class": case.cls,
        "hit@1": any(top in change.keys for change in blamed),
        "hit@1, largest": top in largest.keys,
        "l1": _l1(found, blamed),
        "verified": bool(getattr(found, "cure", ())),
    }


def _l1(found: Attribution, blamed: Sequence[Change]) -> float | None:
    """Return how far shares are from the true ones, relative to the harm of all."""
    if any(change.share is None for change in blamed):
        return None
    harm = sum(change.share or 0.0 for change in blamed)
    at = {key: change.name for change in blamed for key in change.keys}
    given: dict[str, float] = defaultdict(float)
    for c in found.contributions:
        given[at.get(c.canonical, c.canonical)] += c.share
    truth = {change.name: change.share or 0.0 for change in blamed}
    names = {*given, *truth}
    return sum(abs(given[name] - truth.get(name, 0.0)) for name in names) / abs(harm)


# -- the corpus --------------------------------------------------------------------------------


def _benches(options: argparse.Namespace, place: Path) -> Iterator[Bench]:
    if options.corpus is None:
        yield from _simulated(options.quick)
        return
    n_cases = 1 if options.quick else options.cases
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for part in options.part:
        path = options.corpus / part / "labels.jsonl"
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                rows[row["pipeline"]].append({**row, "folder": path.parent})
    for pipeline in sorted(options.pipelines or rows):
        if any(row["role"] == HISTORY for row in rows[pipeline]):
            yield _bench(pipeline, rows[pipeline], n_cases, place)


def _bench(pipeline: str, rows: list[dict[str, Any]], n_cases: int, place: Path) -> Bench:
    chosen = _chosen(rows, n_cases)
    history = sorted((r for r in rows if r["role"] == HISTORY), key=lambda r: r["day"])
    history = history[-N_HISTORY:]
    manifests = {row["folder"]: _manifest(row["folder"]) for row in (*history, *chosen)}
    loaded = {
        row["run_id"]: load_traces(row["folder"] / manifests[row["folder"]][row["run_id"]])[0]
        for row in (*history, *chosen)
    }
    days = sorted(row["day"] for row in rows if row["role"] == PRESENT)
    cases = (
        _case(row, loaded[row["run_id"]], days[(days.index(row["day"]) + 7) % len(days)], place)
        for row in chosen
    )
    learnt = [loaded[row["run_id"]] for row in history]
    return Bench(history[0]["metric"], bool(history[0]["greater_is_better"]), learnt, cases)


def _manifest(folder: Path) -> dict[str, str]:
    """Return the file of each run."""
    runs = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["runs"]
    return {run_id: run["file"] for run_id, run in runs.items()}


def _chosen(rows: Sequence[Mapping[str, Any]], n_cases: int) -> list[Mapping[str, Any]]:
    """Return some harmful runs of each class, of as many different cases as there are."""
    rng = np.random.default_rng(0)
    chosen = []
    for cls in CLASSES:
        harmful = [r for r in rows if r["class"] == cls and r["harmful"] and r["truth"]]
        by_case: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for i in rng.permutation(len(harmful)):
            by_case[harmful[i]["case"]].append(harmful[i])
        rounds = itertools.zip_longest(*by_case.values())
        chosen += [row for row in itertools.chain(*rounds) if row is not None][:n_cases]
    return chosen


def _case(row: Mapping[str, Any], trace: Trace, other_day: int, place: Path) -> Case:
    entry = load(row["pipeline"])
    days = {SAME: row["day"], OTHER: other_day}
    batches = {}
    for batch, day in days.items():
        root = Path(tempfile.mkdtemp(dir=place))
        workplace = Workplace(entry, day, root, root)
        batches[batch] = lambda version, workplace=workplace: _run(workplace, row, version)
    changes = tuple(
        Change(c["name"], tuple(c["truth"]), c["share"], c["to_blame"]) for c in row["changes"]
    )
    return Case(row["pipeline"], row["class"], trace, changes, batches)


def _run(workplace: Workplace, row: Mapping[str, Any], version: Version) -> float:
    names = [change["name"] for change in row["changes"] if change["name"] in version]
    changes = [workplace.entry.fault(name) for name in names]
    with workplace.folder(changes) as folder:
        return run_for_metric(workplace.sources(changes), folder, workplace.entry.pipeline.metric)


def _simulated(quick: bool) -> Iterator[Bench]:
    """Yield simulated runs; a version that reverts the fault has the metric without its harm."""
    for bench in simulated(1 if quick else 3, n_history=20, n_healthy=4):
        runs = [run for run in bench.runs if run.harmful]
        yield Bench(
            bench.metric,
            bench.greater_is_better,
            bench.history,
            [
                _simulated_case(bench.pipeline, bench.metric, run)
                for run in runs[: 6 if quick else None]
            ],
        )


def _simulated_case(pipeline: str, metric: str, run: Any) -> Case:
    changes = tuple(
        Change(change.truth[0], change.truth, change.share, True) for change in run.changes
    )
    harm = {change.name: change.share or 0.0 for change in changes}
    healthy = run.trace.metrics[metric] + sum(harm.values())

    def value(version: Version, moved: float = 0.0) -> float:
        return healthy + moved - sum(harm[name] for name in version)

    batches = {SAME: value, OTHER: lambda version: value(version, 0.004)}
    return Case(pipeline, run.cls, run.trace, changes, batches)


# -- the table ---------------------------------------------------------------------------------


def _table(found: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield a row for each method and batch: pooled, by pipeline, and by class."""
    pipelines = ["all", *sorted({row["pipeline"] for row in found})]
    classes = ["all", *sorted({row["class"] for row in found})]
    ways = sorted({(METHODS.index(r["method"]), r["batch"]) for r in found})
    for pipeline, cls, (i, batch) in itertools.product(pipelines, classes, ways):
        rows = [
            r
            for r in found
            if (r["method"], r["batch"]) == (METHODS[i], batch)
            and pipeline in ("all", r["pipeline"])
            and cls in ("all", r["class"])
        ]
        if rows:
            yield {
                "pipeline": pipeline,
                "class": cls,
                "method": METHODS[i],
                "batch": batch,
                "n": len(rows),
                **_rates(rows),
            }


def _rates(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    hits = np.array([row["hit@1"] for row in rows], dtype=float)
    low, high = _interval(rows)
    runs = [row["runs"] for row in rows]
    errors = [row["l1"] for row in rows if row["l1"] is not None]
    return {
        "hit@1": round(hits.mean(), 4),
        "low": low,
        "high": high,
        "hit@1, largest": round(float(np.mean([row["hit@1, largest"] for row in rows])), 4),
        "verified": round(float(np.mean([row["verified"] for row in rows])), 4),
        "mean runs": round(float(np.mean(runs)), 2),
        "most runs": max(runs),
        "median l1": round(float(np.median(errors)), 4) if errors else "",
        "mean l1": round(float(np.mean(errors)), 4) if errors else "",
    }


def _interval(rows: Sequence[Mapping[str, Any]], n_resamples: int = 1000) -> tuple[float, float]:
    """Return a 95 % interval of hit@1, by a bootstrap over pipelines, or runs of one."""
    hits: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        hits[row["pipeline"]].append(float(row["hit@1"]))
    clusters = list(hits.values())
    if len(clusters) == 1:
        clusters = [[hit] for hit in clusters[0]]
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(clusters), (n_resamples, len(clusters)))
    means = [np.mean([hit for i in pick for hit in clusters[i]]) for pick in picks]
    low, high = np.quantile(means, [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


def _line(case: Case, rows: Sequence[Mapping[str, Any]]) -> str:
    hits = ", ".join(
        f"{row['method']}{' ' + row['batch'] if row['batch'] else ''}: "
        f"{'hit' if row['hit@1'] else 'miss'}"
        for row in rows
    )
    return f"{case.pipeline} {case.trace.run_id}: {hits or 'no drop'}"


def _show(rows: Sequence[Mapping[str, Any]]) -> str:
    names = (
        "pipeline", "class", "method", "batch", "n", "hit@1", "low", "high", "verified",
        "mean runs", "most runs", "median l1",
    )  # fmt: skip
    shown = [row for row in rows if "all" in (row["pipeline"], row["class"])]
    lines = [[*names], *([str(row[name]) for name in names] for row in shown)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


if __name__ == "__main__":
    main()
