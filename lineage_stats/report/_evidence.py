"""The evidence card: what about the operation is odd, since when, and what changed in the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage_stats.attribution import Attribution

Record = Mapping[str, Any]

MAX_CHANGES = 6
_PROGRAM = ("added", "removed", "moved", "parents", "parameter", "code", "schema", "status")


def evidence_record(
    anomalies: Sequence[Record],
    attribution: Attribution | None,
    *,
    n_runs: int | None,
    changes: Sequence[Record] = (),
    code: Record | None = None,
) -> dict[str, Any] | None:
    """Return the evidence against the operation that is named.

    Parameters
    ----------
    anomalies : sequence of mapping
        The ``anomalies`` of a report.
    attribution : Attribution or None
        Division of the metric's drop.
    n_runs : int or None
        Healthy runs behind the score.
    changes : sequence of mapping, default=()
        The ``changes`` of a report's ``diff``.
    code : mapping, default=None
        What `code_record` returned.

    Returns
    -------
    dict or None
        The ``evidence`` of a report's ``verdict``; None where no operation is named.
    """
    top = attribution.top if attribution is not None and attribution.is_worse else None
    named = anomalies[0]["operation"] if anomalies else None
    operation = top.operation if top is not None else named
    if operation is None:
        return None
    # Of an operation whose key is another one in the healthy runs, all else is told under that.
    known_as = top.canonical if top is not None and top.canonical else operation
    cells = [a for a in anomalies if a["operation"] == known_as]
    location = top.location if top is not None else anomalies[0]["location"]
    record: dict[str, Any] = {
        "operation": operation,
        "location": location,
        "reason": top.reason if top is not None else "",
        "share": None if top is None else top.share,
        "standard_error": None if top is None else top.standard_error,
        "n_runs": n_runs,
        "changed": [
            {name: change[name] for name in ("kind", "name", "before", "after")}
            for change in changes
            if change["kind"] in _PROGRAM and _is_of(change, known_as, location)
        ][:MAX_CHANGES],
        "code": code,
    }
    if attribution is not None and top is not None and n_runs is None:
        record["n_runs"] = attribution.n_runs
    measured = _measured(cells, None if top is None else top.evidence)
    names = ("feature", "value", "observed", "expected", "low", "high", "since")
    return {**record, **{name: measured[name] if measured else None for name in names}}


def _is_of(change: Record, operation: str, location: str) -> bool:
    """Return whether a change is of an operation, or of all calls of its line."""
    is_of_line = change["kind"] in ("parameter", "code") and change.get("n_more", 0) > 0
    at_line = location != "" and change.get("location") == location
    return bool(change["operation"] == operation or (is_of_line and at_line))


def _measured(cells: Sequence[Record], evidence: Sequence[Any] | None) -> Record | None:
    """Return the number that convinces most: the most abnormal one outside of its range.

    Where a division of the drop names the operation, one inside of its range convinces nobody.
    """
    numbers = [*(cell for cell in cells if cell["value"] is not None), *map(_cell, evidence or ())]
    outside = [cell for cell in numbers if cell["value"] is not None and not _is_inside(cell)]
    others = cells if evidence is None else [cell for cell in cells if cell["value"] is None]
    return next(iter([*outside, *others]), None)


def _is_inside(cell: Record) -> bool:
    low, high = cell["low"], cell["high"]
    above = low is None or cell["value"] >= low
    return above and (high is None or cell["value"] <= high)


def _cell(found: Any) -> dict[str, Any]:
    """Return evidence of an attribution in the form of an anomaly."""
    return {
        "feature": found.feature, "value": found.value,
        "observed": "" if found.value is None else f"{found.value:.6g}",
        "expected": "" if found.expected is None else f"{found.expected:.6g}",
        "low": found.lower, "high": found.upper, "since": None,
    }  # fmt: skip
