"""Which runs are the healthy ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lineage_stats.trace._trace import Trace
from lineage_stats.trace._traceset import TraceSet

_TAGGED = {"status": "healthy"}


def healthy_runs(
    runs: Iterable[Trace],
    *,
    before: Trace | None = None,
    tags: Mapping[str, str] | None = None,
) -> TraceSet:
    """Return the healthy ones among runs.

    Parameters
    ----------
    runs : iterable of Trace
        The runs.
    before : Trace, default=None
        Only runs of the same pipeline that started before this one. The run itself never counts,
        neither do its tags.
    tags : mapping of str to str, default=None
        Tags that all healthy runs bear. Without any, the healthy runs are those tagged
        ``status=healthy`` where any run bears a tag ``status``, else those that ended well and
        were recorded completely. A run that goes on or was killed is never healthy: tags are
        mostly given before anybody knows.

    Returns
    -------
    TraceSet
        The healthy runs, oldest first.

    Notes
    -----
    A run whose tag ``baseline`` is ``flagged`` or ``quarantined`` is not healthy, whatever else is
    said of it. Without tags given, one whose tag ``baseline`` is ``accepted`` is healthy. A
    `TraceStore` gives these tags to the runs that were decided on.

    Examples
    --------
    >>> from lineage_stats.trace import Trace, healthy_runs
    >>> runs = [Trace(f"r{i}", "churn", start_ns=i, status="ok") for i in range(4)]
    >>> [run.run_id for run in healthy_runs(runs, before=runs[2])]
    ['r0', 'r1']
    """
    others = [run for run in runs if before is None or _is_other(run, before)]
    if not tags and any("status" in run.tags for run in others):
        tags = _TAGGED
    return TraceSet(
        run
        for run in others
        if (before is None or run.start_ns < before.start_ns) and _is_healthy(run, tags)
    )


def distinct_runs(runs: Iterable[Trace]) -> list[Trace]:
    """Return runs in their order, each once: one that comes twice is no further evidence."""
    found: dict[str, list[Trace]] = {}
    kept = []
    for run in runs:
        alike = found.setdefault(run.run_id, [])
        if run not in alike:
            alike.append(run)
            kept.append(run)
    return kept


def _is_other(run: Trace, before: Trace) -> bool:
    return run.pipeline == before.pipeline and run.run_id != before.run_id


def _is_healthy(run: Trace, tags: Mapping[str, str] | None) -> bool:
    verdict = run.tags.get("baseline")
    if run.status in ("running", "killed") or verdict in ("flagged", "quarantined"):
        return False
    if verdict == "accepted" and (not tags or tags is _TAGGED):
        return True
    if tags:
        return all(run.tags.get(name) == value for name, value in tags.items())
    return run.status == "ok" and run.complete
