"""The verdict of a gate on runs: what audits find, and what differs from healthy runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lineage_stats.exceptions import BaselineError, MetricNotWorseError, UnknownMetricError
from lineage_stats.gate._audit import audit_trace
from lineage_stats.gate._finding import AUDITS, LEVELS, STATISTICS, Finding, split_location
from lineage_stats.trace import Trace
from lineage_stats.trace._render import printable

if TYPE_CHECKING:
    from lineage_stats.attribution import Attribution
    from lineage_stats.detectors import BaseDetector, TraceScore


@dataclass(frozen=True)
class CheckedRun:
    """What a gate says of one run.

    Attributes
    ----------
    trace : Trace
        The run.
    findings : tuple of Finding
        What is wrong with it: at most one for each cause.
    score : TraceScore or None
        How abnormal it is; None where there is no baseline.
    attribution : Attribution or None
        What divides the drop of its worst metric; None without a drop.
    rules : tuple of str
        Names of the rules that it was held to.
    """

    trace: Trace
    findings: tuple[Finding, ...]
    score: TraceScore | None = None
    attribution: Attribution | None = None
    rules: tuple[str, ...] = AUDITS

    @property
    def is_anomalous(self) -> bool:
        """Whether it differs from healthy runs by an error, whatever the audits say."""
        return any(f.level == "error" and f.rule in STATISTICS for f in self.findings)


@dataclass(frozen=True)
class CheckResult:
    """What a gate says of several runs.

    Attributes
    ----------
    runs : tuple of CheckedRun
        The runs, oldest first.

    Examples
    --------
    >>> from lineage_stats.gate import CheckResult
    >>> CheckResult(()).passed
    True
    """

    runs: tuple[CheckedRun, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, errors first."""
        found = [finding for run in self.runs for finding in run.findings]
        return tuple(sorted(found, key=lambda finding: LEVELS.index(finding.level)))

    @property
    def passed(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.level == "error" for finding in self.findings)

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[CheckedRun]:
        return iter(self.runs)

    def __repr__(self) -> str:
        verdict = "passed" if self.passed else "failed"
        return f"<CheckResult: {verdict}, {len(self)} runs, {len(self.findings)} findings>"

    def summary(self) -> str:
        """Return the verdict as text: a line for each finding."""
        scored = sum(run.score is not None for run in self.runs)
        levels = Counter(finding.level for finding in self.findings)
        counts = ", ".join(_count(n, level) for level, n in levels.items()) or "no finding"
        compared = f", {scored or 'not'} compared with healthy runs"
        verdict = "passed" if self.passed else "FAILED"
        lines = [f"Check {verdict}: {_count(len(self), 'run')}{compared}, {counts}."]
        lines += [f"  {finding}" for finding in self.findings]
        return "\n".join(map(printable, lines))

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain data that JSON can hold."""
        return {
            "passed": self.passed,
            "findings": [finding.to_dict() for finding in self.findings],
            "runs": [
                {
                    "run_id": run.trace.run_id,
                    "pipeline": run.trace.pipeline,
                    "anomalous": run.is_anomalous,
                    "rules": list(run.rules),
                    "n_findings": len(run.findings),
                    "score": None if run.score is None else run.score.to_dict(),
                    "attribution": None if run.attribution is None else run.attribution.to_dict(),
                }
                for run in self.runs
            ],
        }


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def check_run(
    trace: Trace,
    *,
    detector: BaseDetector | None = None,
    healthy: Sequence[Trace] | None = None,
    audit: bool = True,
) -> CheckedRun:
    """Hold one run to the audits and to a baseline.

    Parameters
    ----------
    trace : Trace
        The run.
    detector : BaseDetector, default=None
        Fitted on healthy runs; None passes over what only a baseline can tell.
    healthy : sequence of Trace, default=None
        The healthy runs, to find out which operation a drop of a metric comes from; None passes
        over that.
    audit : bool, default=True
        Whether to hold it to `lineage_stats.gate.AUDITS`.

    Returns
    -------
    CheckedRun
        What was found.

    Raises
    ------
    BaselineError
        If the detector was fitted on runs of another pipeline.
    """
    score = None if detector is None else detector.score(trace)
    attribution = None if healthy is None else _worst_drop(trace, healthy)
    found = list(audit_trace(trace)) if audit else []
    if score is not None or attribution is not None:
        found += _statistics(trace, score, attribution)
    rules = (
        *(AUDITS if audit else ()),
        *(() if detector is None else ("anomalous-operation", "anomalous-run")),
        *(() if healthy is None else ("metric-drop",)),
    )
    return CheckedRun(trace, tuple(found), score, attribution, rules)


def check_runs(runs: Iterable[CheckedRun]) -> CheckResult:
    """Bring runs that were checked into one verdict.

    Parameters
    ----------
    runs : iterable of CheckedRun
        The runs.

    Returns
    -------
    CheckResult
        The verdict, the oldest run first.
    """
    return CheckResult(tuple(sorted(runs, key=lambda r: (r.trace.start_ns, r.trace.run_id))))


def _worst_drop(trace: Trace, healthy: Sequence[Trace]) -> Attribution | None:
    """Divide the drop of the metric that is worst off, if chance alone does not make it."""
    from lineage_stats.attribution import attribute_worst_metric
    from lineage_stats.attribution._attribute import is_drop_possible

    if not any(is_drop_possible(trace, metric, healthy) for metric in trace.metrics):
        return None  # learning takes long, and most runs are healthy
    try:
        found = attribute_worst_metric(trace, baseline=healthy)
    except (UnknownMetricError, MetricNotWorseError, BaselineError):
        return None  # no metric that can be compared is worse
    return found if found.is_worse else None


def _statistics(
    trace: Trace, score: TraceScore | None, attribution: Attribution | None
) -> Iterator[Finding]:
    """Yield one finding for each cause: an operation downstream of another one is none."""
    accepted = trace.tags.get("baseline") == "accepted"
    for finding in (*_drops(trace, score, attribution), *_anomalies(trace, score, attribution)):
        yield replace(finding, level="note") if accepted else finding


def _drops(
    trace: Trace, score: TraceScore | None, attribution: Attribution | None
) -> Iterator[Finding]:
    """Yield the drop of the worst metric."""
    if attribution is None:
        return
    top = attribution.top
    finding = _at(
        trace, "metric-drop", attribution.verdict, "" if top is None else top.operation,
        "" if top is None else top.location, detail=attribution.metric,
    )  # fmt: skip
    certain = score is None or score.flagged or _is_certain(trace, score, attribution.metric)
    yield finding if certain else replace(finding, level="warning")


def _is_certain(trace: Trace, score: TraceScore, metric: str) -> bool:
    """Return whether one of the metrics of so few healthy runs is as far out as the rate allows."""
    cells = score.cells
    cells = cells[cells["kind"] == "metric"]
    own = cells[cells["operation"] == trace.metric_operation(metric).key]
    # Healthy runs may know its operation by another key.
    p = (own if len(own) else cells)["p_value"].min()
    return not p * len(trace.metrics) >= score.false_alarm_rate  # NaN: it is not judged by itself


def _anomalies(
    trace: Trace, score: TraceScore | None, attribution: Attribution | None
) -> Iterator[Finding]:
    """Yield the operations in which a flagged run differs, those told already left out."""
    if score is None or not score.flagged:
        return
    top = None if attribution is None else attribution.top
    table = score.operations
    origins = table[table["flagged"] & table["origin"]]
    sure = set(origins.index[origins["p_value"] < score.false_alarm_rate])
    metrics = {trace.metric_operation(name).key for name in trace.metrics}
    for key, row in origins.iterrows():
        is_metric = key in metrics or row["feature"] == "metric_value"
        if top is not None and (key == top.canonical or is_metric):
            continue  # is told already
        text = f"{key} is {_oddity(row)} (p = {row['p_value']:.2g})."
        found = _at(trace, "anomalous-operation", text, str(key), row["location"], row["feature"])
        # What is only likely beside others does not break a build by itself.
        yield found if not sure or key in sure else replace(found, level="warning")
    if not len(origins) and attribution is None:
        text = f"Run {trace.run_id} is abnormal: a healthy run is with p = {score.p_value:.2g}."
        yield _at(trace, "anomalous-run", text)


def _oddity(row: Any) -> str:
    if row["feature"] == "present":
        missing = row["observed"] == "missing"
        return "missing: healthy runs have it" if missing else "new: no healthy run has it"
    return f"abnormal: {row['feature']} is {row['observed']}, expected {row['expected']}"


def _at(
    trace: Trace, rule: str, text: str, operation: str = "", location: str = "", detail: str = ""
) -> Finding:
    file, line = split_location(location)
    return Finding(rule, text, trace.pipeline, trace.run_id, "error", operation, file, line, detail)
