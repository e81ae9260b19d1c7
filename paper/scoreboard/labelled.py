"""Runs with their labels, from the corpus or simulated."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lineage_stats import load_traces
from lineage_stats.datasets import FAULTS, Fault, load_faulty_pipelines, make_runs
from lineage_stats.storage import stream_traces
from lineage_stats.trace import Trace

PARTS = ("development", "validation", "test")
HISTORY, HEALTHY, CASE = "history", "present", "case"
HARMLESS = "none"  # the class of changes for which nothing is to be blamed
LABELS = "labels.jsonl"


@dataclass(frozen=True)
class Change:
    """One change of a case: where it sits, and its true share of the harm (None if unknown)."""

    truth: tuple[str, ...]
    share: float | None


@dataclass(frozen=True)
class Labelled:
    """A run to be judged and what is known about it."""

    trace: Trace
    role: str
    cls: str = "healthy"
    kind: str = ""
    family: str = ""
    severity: str = ""
    harmful: bool = False
    truth: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Bench:
    """One pipeline: healthy runs to learn from, and runs to judge."""

    pipeline: str
    metric: str
    greater_is_better: bool
    history: Sequence[Trace]
    runs: Sequence[Labelled]
    besides: Sequence[Trace] = ()
    bytes_per_run: float = field(default=float("nan"))


def pipelines_of(folder: Path) -> tuple[str, ...]:
    """Return the names of all pipelines of the corpus."""
    return tuple(sorted(_labels(folder)))


def from_corpus(folder: Path, parts: Sequence[str], pipelines: Sequence[str]) -> Iterator[Bench]:
    """Yield these pipelines of the corpus with those runs that belong to the parts.

    Healthy runs to learn from are taken from wherever they are: a development pipeline has cases of
    the test part, for kinds of faults that are reserved for it, and its healthy days are those of
    the development part. No run of another part is judged.
    """
    labels = _labels(folder)
    for pipeline, rows in sorted(labels.items()):
        if pipeline not in pipelines:
            continue
        judged = [row for row in rows if row["role"] != HISTORY and row["part"] in parts]
        if any(row["role"] == CASE for row in judged):
            yield _bench(folder, pipeline, rows, judged)


def _labels(folder: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for part in PARTS:
        path = folder / part / LABELS
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for row in map(json.loads, lines):
            found[row["pipeline"]].append({**row, "part": part})
    if not found:
        raise SystemExit(f"{folder} holds no {LABELS}: record the corpus with record_corpus.py.")
    return found


def _bench(
    folder: Path, pipeline: str, rows: list[dict[str, Any]], judged: list[dict[str, Any]]
) -> Bench:
    history = [row for row in rows if row["role"] == HISTORY]
    days = {row["day"] for row in judged if row["role"] == HEALTHY}
    besides = [row for row in rows if row["role"] == HEALTHY and row["day"] not in days]
    used = (*history, *besides, *judged)
    wanted = {row["run_id"] for row in used}
    parts = {row["part"] for row in used}
    traces = {
        trace.run_id: trace
        for part in parts
        for trace in load_traces(folder / part, pipeline=pipeline)
        if trace.run_id in wanted
    }
    files = [p for part in parts for p in (folder / part).glob(f"{pipeline}/*.parquet")]
    learnt = [traces[row["run_id"]] for row in sorted(history, key=lambda row: row["day"])]
    return Bench(
        pipeline,
        metric_name(learnt[-1], history[0]["metric"]),
        bool(history[0]["greater_is_better"]),
        learnt,
        [_labelled(traces[row["run_id"]], row) for row in judged],
        [traces[row["run_id"]] for row in besides],
        sum(p.stat().st_size for p in files) / max(len(files), 1),
    )


def healthy_days(folder: Path, pipelines: Sequence[str]) -> Iterator[tuple[str, list[Trace]]]:
    """Yield the healthy runs of each pipeline of the corpus, in the order of days."""
    for pipeline, rows in sorted(_labels(folder).items()):
        wanted = {row["run_id"]: row for row in rows if row["role"] in (HISTORY, HEALTHY)}
        if pipelines and pipeline not in pipelines:
            continue
        # A development pipeline has days of the test part as well, the same ones.
        traces = {
            trace.tags["day"]: trace
            for part in {row["part"] for row in wanted.values()}
            for trace in stream_traces(folder / part / pipeline)
            if trace.run_id in wanted
        }
        yield pipeline, sorted(traces.values(), key=_day)


def bundled(pipelines: Sequence[str] = ()) -> Iterator[Bench]:
    """Yield the pipelines of the selection that comes with the package; too few runs to report."""
    found = load_faulty_pipelines()
    traces = {trace.run_id: trace for trace in found.traces}
    for pipeline in pipelines or sorted(found.manifest["pipelines"]):
        rows = [row for row in found.labels if row["pipeline"] == pipeline]
        history = sorted((r for r in rows if r["role"] == HISTORY), key=lambda row: row["day"])
        learnt = [traces[row["run_id"]] for row in history]
        yield Bench(
            pipeline,
            metric_name(learnt[-1], history[0]["metric"]),
            bool(history[0]["greater_is_better"]),
            learnt,
            [_labelled(traces[row["run_id"]], row) for row in rows if row["role"] != HISTORY],
        )


def _labelled(trace: Trace, row: Mapping[str, Any]) -> Labelled:
    changes = tuple(
        Change(tuple(change["truth"]), change["share"])
        for change in row.get("changes", ())
        if change["to_blame"]
    )
    return Labelled(
        trace, row["role"], row["class"], row.get("kind", ""), row.get("family", ""),
        row.get("severity", ""), bool(row["harmful"]), tuple(row.get("truth", ())), changes,
    )  # fmt: skip


def metric_name(trace: Trace, function: str) -> str:
    """Return the name of the last metric that a function computed."""
    names = [name for name in trace.metrics if name.partition("#")[0] == function]
    return names[-1]


def recent(bench: Bench, n_healthy: int = 40, every: int = 10) -> Iterator[Bench]:
    """Split the runs into blocks of days, each with the healthy runs just before it.

    That is what a user has who fits anew from time to time. Runs without days stay together.
    """
    if any("day" not in trace.tags for trace in bench.history):
        yield replace(bench, history=bench.history[-n_healthy:])
        return
    present = [run.trace for run in bench.runs if run.role == HEALTHY]
    healthy = sorted([*bench.history, *present, *bench.besides], key=_day)
    first = _day(bench.history[-1]) + 1
    blocks: dict[int, list[Labelled]] = defaultdict(list)
    for run in bench.runs:
        blocks[first + every * ((_day(run.trace) - first) // every)].append(run)
    for start, runs in sorted(blocks.items()):
        known = [trace for trace in healthy if _day(trace) < start]
        yield replace(bench, history=known[-n_healthy:], runs=runs)


def _day(trace: Trace) -> int:
    return int(trace.tags["day"])


def simulated(n_pipelines: int = 3, n_history: int = 40, n_healthy: int = 40) -> Iterator[Bench]:
    """Yield simulated pipelines with one fault of each kind at three severities.

    A try of the tables, no finding: the simulation is made to be clear.
    """
    for number in range(n_pipelines):
        options = {"random_state": number, "n_extra_operations": number, "n_extra_columns": number}
        healthy = make_runs(n_history + n_healthy, pipeline=f"churn_{number}", **options).traces
        runs = [Labelled(trace, HEALTHY) for trace in healthy[n_history:]]
        day = n_history + n_healthy
        for severity, factor in (("glaring", 1.0), ("clear", 0.5), ("subtle", 0.1)):
            faults = [_weakened(fault, factor) for fault in FAULTS]
            made = make_runs(
                len(faults), fault=faults, first=day, pipeline=f"churn_{number}", **options
            )
            day += len(faults)
            for trace, fault in zip(made.traces, faults, strict=True):
                truth = (fault.target,)
                changes = (Change(truth, fault.metric_drop),)
                harmful = fault.metric_drop > 0.04
                runs.append(
                    Labelled(
                        trace, CASE, "C1", fault.kind, fault.kind.partition("_")[0], severity,
                        harmful, truth, changes,
                    )
                )  # fmt: skip
        yield Bench(f"churn_{number}", "f1_score", True, healthy[:n_history], runs)


def _weakened(fault: Fault, factor: float) -> Fault:
    severity = fault.severity * factor
    if fault.kind == "mean_shifted":
        severity = fault.severity**factor
    return Fault(
        fault.kind, fault.operation, severity, round(fault.metric_drop * factor, 4), fault.column
    )
