"""What can be asked of the graph of one run, without any other run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lineage_stats.gate._finding import RULES, Finding
from lineage_stats.gate._leaks import find_leaks
from lineage_stats.trace import Operation, Trace


def audit_trace(trace: Trace) -> tuple[Finding, ...]:
    """Hold a run to what every run should keep, whatever it computes.

    Parameters
    ----------
    trace : Trace
        The run.

    Returns
    -------
    tuple of Finding
        What is wrong, in the order of `lineage_stats.gate.AUDITS`; nothing for a clean run.

    Notes
    -----
    A fit is a leak where the rows that it learned from are among those that a metric was computed
    on, as far as a split tells them apart; what was done without a split is not judged.

    Examples
    --------
    >>> from lineage_stats.gate import audit_trace
    >>> from lineage_stats.trace import Operation, Trace
    >>> score = Operation("f/f1_score#1", "f1_score", "metric", metric="f1_score",
    ...                   features={"metric_value": 0.9})
    >>> trace = Trace("r1", "churn", (score,), environment={"git_commit": "ab" * 20})
    >>> print(*audit_trace(trace))
    error: Metric f1_score of f/f1_score#1 comes from no data source. [metric-has-source]
    """
    return tuple(finding for look in _LOOKS for finding in look(trace))


def _ended(trace: Trace) -> Iterator[Finding]:
    if trace.status != "ok":
        failed = next((op for op in reversed(trace.operations) if op.status == "failed"), None)
        cause = f" ({failed.key}: {failed.error or 'failed'})" if failed is not None else ""
        text = f"Run {trace.run_id} has the status {trace.status}{cause}."
        yield _finding("run-ended", trace, text, failed)


def _complete(trace: Trace) -> Iterator[Finding]:
    if not trace.complete and trace.status != "running":
        why = "; ".join(trace.problems[:3]) or "its process did not end by itself"
        yield _finding("run-complete", trace, f"Run {trace.run_id} is not complete: {why}.")


def _has_source(trace: Trace) -> Iterator[Finding]:
    sources = {op.key for op in trace if op.kind == "source"}
    for name in trace.metrics:
        op = trace.metric_operation(name)
        if not sources.intersection(trace.ancestors(op.key)):
            text = f"Metric {name} of {op.key} comes from no data source."
            yield _finding("metric-has-source", trace, text, op)


def _commit_known(trace: Trace) -> Iterator[Finding]:
    if not trace.environment.get("git_commit"):
        yield _finding("commit-known", trace, f"The commit of run {trace.run_id} is not known.")


def _commit_clean(trace: Trace) -> Iterator[Finding]:
    if trace.environment.get("git_dirty") == "true":
        commit = trace.environment.get("git_commit", "")[:12]
        text = f"Run {trace.run_id} ran files that differ from commit {commit}."
        yield _finding("commit-clean", trace, text)


def _leaks(trace: Trace) -> Iterator[Finding]:
    for leak in sorted(find_leaks(trace), key=lambda leak: leak.before_split):
        metric = leak.metric.metric or leak.metric.key
        if leak.before_split:
            rule = "fit-before-split"
            text = f"all rows before {leak.split.key} held some of them out for {metric}."
        else:
            rule = "fit-on-test-rows"
            text = f"test rows of {leak.split.key}, on which {metric} is computed."
        level = "warning" if leak.is_weak else None
        yield _finding(rule, trace, f"{leak.fit.key} learned from {text}", leak.fit, level)


def _finding(
    rule: str, trace: Trace, text: str, op: Operation | None = None, level: str | None = None
) -> Finding:
    return Finding(
        rule=rule,
        message=text,
        pipeline=trace.pipeline,
        run_id=trace.run_id,
        level=level or RULES[rule].level,
        operation="" if op is None else op.key,
        file=None if op is None else op.file,
        line=None if op is None else op.line,
    )


# In the order of `AUDITS`.
_LOOKS: tuple[Callable[[Trace], Iterator[Finding]], ...] = (
    _ended,
    _complete,
    _has_source,
    _commit_known,
    _commit_clean,
    _leaks,
)
