"""The verdict of a gate as SARIF 2.1.0, which code hosts show beside the lines it names."""

from __future__ import annotations

import os
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any, Final
from urllib.parse import quote

import lineage_stats
from lineage_stats.gate._check import CheckResult
from lineage_stats.gate._finding import RULES, Finding

SARIF_VERSION: Final = "2.1.0"
SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

Record = dict[str, Any]


def sarif_log(result: CheckResult, *, root: str | os.PathLike[str] | None = None) -> Record:
    """Return a verdict as a log in the Static Analysis Results Interchange Format.

    Parameters
    ----------
    result : CheckResult
        The verdict.
    root : path-like, default=None
        Folder of the checkout: files below it are named relative to it. None takes the current
        one.

    Returns
    -------
    dict
        The log; JSON can hold it.

    References
    ----------
    OASIS (2020). Static Analysis Results Interchange Format (SARIF) Version 2.1.0.

    Examples
    --------
    >>> from lineage_stats.gate import CheckResult, sarif_log
    >>> sarif_log(CheckResult(()))["version"]
    '2.1.0'
    """
    top = Path.cwd() if root is None else Path(root).absolute()
    driver = {
        "name": "lineage-stats",
        "version": lineage_stats.__version__,
        "rules": [_rule(name) for name in RULES],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"uri": top.as_uri().rstrip("/") + "/"}},
        "results": [_result(finding, top) for finding in result.findings],
    }
    return {"$schema": SARIF_SCHEMA, "version": SARIF_VERSION, "runs": [run]}


def _rule(name: str) -> Record:
    rule = RULES[name]
    return {
        "id": rule.name,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.title}. {rule.help}"},
        "help": {"text": rule.help},
        "defaultConfiguration": {"level": rule.level},
    }


def _result(finding: Finding, top: Path) -> Record:
    location: Record = {}
    if finding.file:
        physical: Record = {"artifactLocation": _artifact(finding.file, top)}
        if finding.line and finding.line > 0:
            physical["region"] = {"startLine": finding.line}
        location["physicalLocation"] = physical
    if finding.operation:
        location["logicalLocations"] = [
            {"fullyQualifiedName": finding.operation, "kind": "function"}
        ]
    result: Record = {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": finding.level,
        "message": {"text": finding.message},
        "partialFingerprints": {"lineageStats/v1": finding.fingerprint},
        "properties": {"run_id": finding.run_id, "pipeline": finding.pipeline},
    }
    if location:
        result["locations"] = [location]
    return result


def _artifact(file: str, top: Path) -> Record:
    """Return a file as a reference: relative to the checkout where it is in it."""
    path = PureWindowsPath(file) if "\\" in file or file[1:2] == ":" else PurePath(file)
    if path.is_absolute() and path.is_relative_to(top):
        path = path.relative_to(top)
    if path.is_absolute():
        return {"uri": _file_uri(path)}
    return {"uri": quote(path.as_posix()), "uriBaseId": "SRCROOT"}


def _file_uri(path: PurePath) -> str:
    """Return an absolute path of this system or another as a URI."""
    drive = path.drive.replace("\\", "/")
    rest = quote(os.fsencode(path.as_posix()[len(drive) :]))
    if drive.startswith("//"):  # of a server
        return f"file:{drive}{rest}"
    return f"file:///{drive}{rest}" if drive else f"file://{rest}"
