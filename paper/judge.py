"""Let every method judge every run: is it flagged, and where does the true line stand.

A *verdict* is (method, run, flagged or None, place or None). The place is that of the true line
among the distinct lines of the script that a method names, best first; None where it does not
name it. ``flagged`` is None for methods that only rank.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jobs import FAULTY, FIT, Job

import lineage_stats
from lineage_stats import detectors
from lineage_stats.attribution import MechanismBaseline
from lineage_stats.exceptions import MetricNotWorseError
from lineage_stats.features import as_run_matrix
from lineage_stats.trace import Trace

DETECTORS = tuple(
    name for name in detectors.__all__ if name.endswith("Detector") and name != "BaseDetector"
)
CONTROL_LIMIT = 3.0


@dataclass(frozen=True)
class Verdict:
    """What one method says about one run."""

    method: str
    run: str
    flagged: bool | None
    place: int | None


class Bench:
    """All runs of one pipeline under lineage_stats, and what is known about them."""

    def __init__(self, jobs: Sequence[Job], traces: Iterable[Trace], rate: float) -> None:
        by_run = {trace.tags["run"]: trace for trace in traces}
        self.jobs = {job.run: job for job in jobs}
        self.traces = {job.run: by_run[job.run] for job in jobs}
        self.healthy = [self.traces[job.run] for job in jobs if job.role == FIT]
        self.rate = rate
        self.metric = metric_name(self.healthy[0], jobs[0].metric)
        values = np.array([trace.metrics[self.metric] for trace in self.healthy])
        self.center, self.spread = float(values.mean()), float(values.std(ddof=1))

    @property
    def judged(self) -> Iterator[tuple[Job, Trace]]:
        """Runs that were not used for fitting."""
        for run, job in self.jobs.items():
            if job.role != FIT:
                yield job, self.traces[run]

    def z(self, trace: Trace) -> float:
        """How many healthy standard deviations the metric lies above its healthy mean."""
        value = trace.metrics.get(self.metric, math.nan)
        return (value - self.center) / self.spread

    def line(self, trace: Trace, key: str) -> int | None:
        """Line of an operation; of one that is missing in the run, its line in healthy runs."""
        for run in (trace, self.healthy[-1]):
            if key in run.keys:
                return run.operation(key).line
        return None

    def is_harmful(self, job: Job) -> bool:
        """Return whether the fault made the metric worse by more than 3 sd (or made it NaN)."""
        return job.role == FAULTY and not self.z(self.traces[job.run]) >= -CONTROL_LIMIT


def metric_name(trace: Trace, wanted: str) -> str:
    return next(name for name in trace.metrics if name.startswith(wanted))


def place_of(truth: Sequence[int], lines: Iterable[int | None]) -> int | None:
    """Return the place (from 1) of a true line among distinct lines, or None."""
    distinct = [line for line in dict.fromkeys(lines) if line is not None]
    hits = [place for place, line in enumerate(distinct, start=1) if line in set(truth)]
    return hits[0] if hits else None


def judge_detectors(bench: Bench) -> Iterator[Verdict]:
    """Fit each detector on the healthy runs and score all others."""
    for name in DETECTORS:
        detector = getattr(detectors, name)(false_alarm_rate=bench.rate).fit(bench.healthy)
        for job, trace in bench.judged:
            score = detector.score(trace)
            lines = (bench.line(trace, key) for key in score.operations.index)
            place = place_of(job.lines, lines) if job.lines else None
            yield Verdict(name, job.run, score.flagged, place)


def judge_attribution(bench: Bench, *, source: bool = True) -> Iterator[Verdict]:
    """Divide the drop of every run; without ``source``, hide code and parameters.

    Flagged are runs in which an operation is named at all.
    """
    method = "attribution" if source else "attribution, numbers only"
    hide = (lambda trace: trace) if source else without_facts
    baseline = MechanismBaseline.from_traces([hide(trace) for trace in bench.healthy])
    for job, trace in bench.judged:
        try:
            result = lineage_stats.attribute_root_cause(
                hide(trace), bench.metric, baseline=baseline
            )
            named = [c for c in result if c.share > 0]
        except MetricNotWorseError:
            named = []
        keys = (c.operation if c.operation in trace.keys else c.canonical for c in named)
        lines = [bench.line(trace, key) for key in keys]
        place = place_of(job.lines, lines) if job.lines else None
        yield Verdict(method, job.run, bool(named), place)


def judge_controls(bench: Bench) -> Iterator[Verdict]:
    """Judge by the metric alone (3 sd), and by the largest |z| over all numbers (3 sd)."""
    matrix = as_run_matrix(bench.healthy)
    numeric = np.isin(matrix.kinds, ("category", "presence"), invert=True)
    cells = [cell for cell, keep in zip(matrix.cells, numeric, strict=True) if keep]
    values = matrix.values[:, numeric]
    with np.errstate(all="ignore"):
        center, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0, ddof=1)
    for job, trace in bench.judged:
        yield Verdict("control: metric 3 sd", job.run, bool(abs(bench.z(trace)) > 3), None)
        row = as_run_matrix([trace], cells=cells, reference=bench.healthy[-1]).values[0]
        change = np.abs(row - center)
        z = np.divide(change, spread, out=np.where(change > 0, np.inf, 0.0), where=spread > 0)
        z = np.nan_to_num(z, nan=0.0, posinf=1e12)
        order = np.argsort(-z, kind="stable")
        lines = (bench.line(trace, cells[j].operation) for j in order if z[j] > CONTROL_LIMIT)
        place = place_of(job.lines, lines) if job.lines else None
        yield Verdict("control: largest |z|", job.run, bool(z.max() > CONTROL_LIMIT), place)


def judge_autolineage(jobs: Sequence[Job], answers: Iterable[Mapping[str, Any]]) -> list[Verdict]:
    """Read what AutoLineage's analyser said; one verdict per baseline."""
    truth = {job.run: job.lines for job in jobs}
    verdicts = []
    for answer in answers:
        run = answer["run"]
        for said in answer["verdicts"]:
            severities = set(said["severities"])
            for naming, lines in said["ranked"].items():
                place = place_of(truth[run], lines) if truth[run] else None
                method = f"AutoLineage 0.7.1, cause, {naming}"
                verdicts.append(Verdict(method, run, bool(lines), place))
            warned = bool(severities & {"warning", "critical"})
            verdicts.append(Verdict("AutoLineage 0.7.1, warnings", run, warned, None))
            critical = "critical" in severities
            verdicts.append(Verdict("AutoLineage 0.7.1, critical only", run, critical, None))
    return verdicts


def without_facts(trace: Trace) -> Trace:
    """Return the trace without digests of source and code, and without parameters."""
    return replace(trace, operations=tuple(replace(op, facts={}) for op in trace))
