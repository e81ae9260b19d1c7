"""From the records of the runs to labels: what is wrong with a run, where, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from corpus.cases import HARMFUL, HISTORY, Effect, Job
from corpus.catalogue import Entry
from corpus.interface import KINDS, Fault
from corpus.shares import shares, versions

Record = Mapping[str, Any]
Version = tuple[int, frozenset[str]]


class Measured:
    """The metrics of one pipeline: per day and version, and how much they vary between days."""

    def __init__(self, entry: Entry, jobs: Iterable[Job], records: Mapping[str, Record]) -> None:
        self.entry = entry
        self.jobs = {job.run_id: job for job in jobs}
        self.runs = {key: records[key] for key in self.jobs if key in records}
        self._metrics: dict[Version, float] = {}
        for run_id, record in self.runs.items():
            job = self.jobs[run_id]
            changes = job.case.changes if job.case else ()
            self._put(job.day, changes, record["metric"])
        for record in records.values():
            if record["type"] == "replay":
                self._put(record["day"], record["changes"], record["metric"])
        self.center, self.sd = self._spread()

    def _put(self, day: int, changes: Iterable[str], metric: float | None) -> None:
        value = math.nan if metric is None else metric
        self._metrics.setdefault((day, frozenset(changes)), value)

    def _spread(self) -> tuple[float, float]:
        """Return median and scale of the metric over the healthy history."""
        values = [
            self.metric(job.day, ())
            for run_id, job in self.jobs.items()
            if job.role == HISTORY and run_id in self.runs
        ]
        center = float(np.median(values))
        sd = 1.4826 * float(np.median(np.abs(np.asarray(values) - center)))
        return center, sd or float(np.std(values)) or math.nan

    def metric(self, day: int, changes: Iterable[str]) -> float:
        """Return the metric of a version; NaN where it broke down."""
        return self._metrics[day, frozenset(changes)]

    def knows(self, day: int, changes: Iterable[str]) -> bool:
        """Return whether a version has been run."""
        return (day, frozenset(changes)) in self._metrics

    def worse(self, day: int, changes: Iterable[str]) -> float:
        """Return by how much the metric is worse than on the same day without the changes."""
        change = self.metric(day, ()) - self.metric(day, changes)
        return change if self.entry.pipeline.greater_is_better else -change

    def effects(self) -> dict[str, Effect]:
        """Return what each single change does, of those whose runs all came to an end."""
        found: dict[str, list[float]] = {}
        for run_id in self.runs:
            job = self.jobs[run_id]
            if job.case is not None and len(job.case.changes) == 1 and job.case.cls in SINGLE:
                name = job.case.changes[0]
                found.setdefault(name, []).append(self.worse(job.day, (name,)) / self.sd)
        return {
            name: Effect(float(np.median(values)), float(np.max(np.abs(values))))
            for name, values in found.items()
            if np.all(np.isfinite(values))
        }


SINGLE = ("C1", "C5", "none")


def missing_versions(measured: Measured, job: Job) -> list[tuple[str, ...]]:
    """Return the versions of a case that have not been run on its day."""
    changes = job.case.changes if job.case else ()
    return [
        version
        for version in versions(changes)
        if version != tuple(changes) and not measured.knows(job.day, version)
    ]


def label(measured: Measured, job: Job, record: Record) -> dict[str, Any]:
    """Return the label of a run."""
    entry = measured.entry
    known: dict[str, Any] = {
        "run_id": job.run_id,
        "pipeline": job.pipeline,
        "task": entry.pipeline.task,
        "role": job.role,
        "day": job.day,
        "metric": entry.pipeline.metric,
        "greater_is_better": entry.pipeline.greater_is_better,
        "metric_before": _number(measured.metric(job.day, ())),
        "metric_after": record["metric"],
        "status": record["status"],
        "n_operations": record["n_operations"],
    }
    if job.case is None:
        return {**known, "class": "healthy", "drop": 0.0, "drop_in_sd": 0.0, "harmful": False}
    changes = [entry.fault(name) for name in job.case.changes]
    drop = measured.worse(job.day, job.case.changes)
    return {
        **known,
        "class": job.case.cls,
        "case": job.case.name,
        "seed": job.seed,
        **_main(changes),
        "drop": _number(drop),
        "drop_in_sd": _number(drop / measured.sd),
        "harmful": bool(job.case.cls != "none" and drop >= HARMFUL * measured.sd),
        **_truth(record, changes),
        "changes": _changes(measured, job, record, changes),
    }


def _main(changes: Sequence[Fault]) -> dict[str, str]:
    """Return kind, family and severity of the change that gives a case its name."""
    if not changes:
        return {"kind": "machine_slower", "family": "harmless", "severity": "clear"}
    first = changes[0]
    return {"kind": first.kind, "family": first.family, "severity": first.severity}


def _truth(record: Record, changes: Sequence[Fault]) -> dict[str, Any]:
    """Return the operations to be blamed: those of all changes that are faults."""
    to_blame = {change.name for change in changes if change.cls != "none"}
    truths = [truth for truth in record["truths"] if truth["change"] in to_blame]
    return {
        "truth": list(dict.fromkeys(key for truth in truths for key in truth["keys"])),
        "truth_lines": list(dict.fromkeys(line for truth in truths for line in truth["lines"])),
    }


def _changes(
    measured: Measured, job: Job, record: Record, changes: Sequence[Fault]
) -> list[dict[str, Any]]:
    names = [change.name for change in changes]
    worse = {
        frozenset(version): measured.worse(job.day, version)
        for version in versions(names)
        if measured.knows(job.day, version)
    }
    complete = len(worse) == 2 ** len(names) and all(map(math.isfinite, worse.values()))
    shared = shares(names, worse) if complete else dict.fromkeys(names, math.nan)
    where = {truth["change"]: truth for truth in record["truths"]}
    return [
        {
            "name": change.name,
            "kind": change.kind,
            "family": KINDS[change.kind].family,
            "severity": change.severity,
            "to_blame": change.cls != "none",
            "by": _by(change),
            "truth": where[change.name]["keys"],
            "alone": _number(worse.get(frozenset((change.name,)), math.nan)),
            "share": _number(shared[change.name]),
        }
        for change in changes
    ]


def _number(value: float) -> float | None:
    """Return a number that JSON can hold; None where a run broke down."""
    return value + 0.0 if math.isfinite(value) else None  # no -0.0


def _by(change: Fault) -> str:
    """Return what was changed: code, data, configuration."""
    ways = {"code": change.edits, "data": change.data, "config": change.config}
    return "+".join(name for name, used in ways.items() if used)
