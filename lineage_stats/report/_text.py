"""A report as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lineage_stats.report._format import (
    format_healthy,
    format_number,
    format_observed,
    format_p_value,
    format_range,
    format_with_error,
    group_anomalies,
)
from lineage_stats.report._sections import MAX_FILES, evidence_rows

MAX_ROWS = 12


def render_text(report: Mapping[str, Any]) -> str:
    """Return a report as plain text.

    Parameters
    ----------
    report : mapping
        What `build_report` returned, or the same read back from JSON.

    Returns
    -------
    str
        Lines of at most about 100 characters, where the names are not longer.

    Examples
    --------
    >>> from lineage_stats.report import build_report, render_text
    >>> from lineage_stats.trace import Trace
    >>> print(render_text(build_report(Trace("r1", "churn"))))
    0 operations of churn were recorded.
    run r1 of churn, 1970-01-01 00:00 UTC, ok
    <BLANKLINE>
    """
    run = report["run"]
    state = run["status"] if run["complete"] else f"{run['status']}, incomplete"
    start = run["start"][:16].replace("T", " ")
    blocks = [
        [
            report["verdict"]["sentence"],
            *([report["verdict"]["cause"]] if report["verdict"]["cause"] else []),
            f"run {run['run_id']} of {run['pipeline']}, {start} UTC, {state}",
            *(f"not recorded: {problem}" for problem in run["problems"]),
            *([run["coverage"]] if run.get("n_unknown_inputs") else []),
        ],
        _evidence(report),
        _columns([_metric_row(metric) for metric in report["metrics"]]),
        _attribution(report["attribution"]),
        _anomalies(report["anomalies"]),
        [f"new: {key}" for key in report["changes"]["new"]]
        + [f"did not run: {key}" for key in report["changes"]["missing"]],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _evidence(report: Mapping[str, Any]) -> list[str]:
    rows = evidence_rows(report)
    if not rows:
        return []
    code = report["verdict"]["evidence"]["code"]
    files = (code and code["files"]) or []
    more = code["n_files"] - len(files[:MAX_FILES]) if files else 0
    return [
        "evidence:",
        *_columns([(label, text) for label, text, _ in rows]),
        *_columns([_file_row(file) for file in files[:MAX_FILES]]),
        *([f"  and {more} more files"] if more > 0 else []),
    ]


def _file_row(file: Mapping[str, Any]) -> list[str]:
    added, removed = format_number(file["added"]), format_number(file["removed"])
    return [f"+{added}", f"\u2212{removed}", file["path"]]


def _metric_row(metric: Mapping[str, Any]) -> list[str]:
    band = metric["band"]
    healthy = f"healthy {format_range(band['low'], band['high'])}" if band else ""
    return [metric["name"], format_number(metric["value"]), healthy]


def _attribution(attribution: Mapping[str, Any] | None) -> list[str]:
    if attribution is None:
        return []
    rows = [
        [
            format_with_error(share["value"], share["standard_error"]),
            share["operation"],
            share["location"],
        ]
        for share in attribution["shares"]
    ]
    rest = format_with_error(attribution["unexplained"], attribution["unexplained_error"])
    rows.append([rest, "unexplained", ""])
    title = f"{attribution['metric']} is worse by {format_number(attribution['drop'])}:"
    return [title, *_columns(rows)]


def _anomalies(anomalies: Sequence[Mapping[str, Any]]) -> list[str]:
    if not anomalies:
        return []
    groups = group_anomalies(anomalies)
    rows = [
        [
            row["operation"],
            row["feature"] + (f" (+{len(row['also'])})" if row["also"] else ""),
            format_observed(row),
            f"healthy {format_healthy(row)}",
            format_p_value(row["p_value"], named=True),
            row["location"],
        ]
        for row in groups[:MAX_ROWS]
    ]
    more = len(groups) - MAX_ROWS
    return [
        "abnormal operations, origins first:",
        *_columns(rows),
        *([f"  and {more} more"] if more > 0 else []),
    ]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Pad the cells of each column to one width."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        ("  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]
