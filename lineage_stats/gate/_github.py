"""The verdict of a gate for GitHub Actions: notes beside lines, and a summary of the step."""

from __future__ import annotations

from lineage_stats.gate._check import CheckResult
from lineage_stats.gate._finding import RULES, Finding

MOST_ANNOTATIONS = 5  # GitHub shows about ten of a kind per step; the first ones matter
MOST_BYTES = 1_000_000  # a summary may hold 1 MiB
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github_annotations(result: CheckResult, *, most: int = MOST_ANNOTATIONS) -> tuple[str, ...]:
    """Return the worst findings as workflow commands, a line each.

    Parameters
    ----------
    result : CheckResult
        The verdict.
    most : int, default=5
        Most findings; all others are in the summary.

    Returns
    -------
    tuple of str
        Lines to print.

    Examples
    --------
    >>> from lineage_stats.gate import CheckedRun, CheckResult, Finding, github_annotations
    >>> from lineage_stats.trace import Trace
    >>> finding = Finding("commit-known", "No commit.", "churn", "r1", file="churn.py", line=3)
    >>> print(*github_annotations(CheckResult((CheckedRun(Trace("r1", "churn"), (finding,)),))))
    ::error file=churn.py,line=3,title=The commit is not known::No commit.
    """
    return tuple(_annotation(finding) for finding in result.findings[:most])


def github_summary(result: CheckResult) -> str:
    """Return the verdict as Markdown for the summary of a step.

    Parameters
    ----------
    result : CheckResult
        The verdict.

    Returns
    -------
    str
        A table of all findings, cut where it would be longer than GitHub takes.
    """
    head = [
        f"### Lineage check: {'passed' if result.passed else 'failed'}",
        "",
        f"{len(result)} runs, {len(result.findings)} findings.",
        "",
    ]
    if not result.findings:
        return "\n".join(head)
    lines = [*head, "| level | where | what | run |", "| --- | --- | --- | --- |"]
    size = sum(len(line.encode()) + 1 for line in lines)
    for i, finding in enumerate(result.findings):
        row = "| " + " | ".join(map(_cell, _row(finding))) + " |"
        size += len(row.encode()) + 1
        if size > MOST_BYTES:
            lines += ["", f"and {len(result.findings) - i} more"]
            break
        lines.append(row)
    return "\n".join([*lines, ""])


def _annotation(finding: Finding) -> str:
    place = {
        "file": finding.file,
        "line": str(finding.line) if finding.file and finding.line else None,
        "title": RULES[finding.rule].title,
    }
    named = ",".join(f"{name}={_property(value)}" for name, value in place.items() if value)
    return f"::{_COMMANDS[finding.level]} {named}::{_data(finding.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _row(finding: Finding) -> tuple[str, ...]:
    where = finding.location or finding.operation
    return finding.level, where, f"{finding.message} ({finding.rule})", finding.run_id


def _cell(text: str) -> str:
    plain = " ".join(text.split())
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), ("|", "&#124;"), ("`", "&#96;")):
        plain = plain.replace(character, entity)
    return plain
