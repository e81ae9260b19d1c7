"""The verdict of a gate as JUnit's XML, which every CI system reads."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from lineage_stats.gate._check import CheckedRun, CheckResult
from lineage_stats.gate._finding import AUDITS, RULES, STATISTICS, Finding

# What XML 1.0 cannot hold, not even escaped.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def junit_xml(result: CheckResult) -> str:
    """Return a verdict as JUnit's XML.

    Parameters
    ----------
    result : CheckResult
        The verdict.

    Returns
    -------
    str
        The document: a suite for each run and a case for each rule; a rule that is broken several
        times has a case for each finding. Only errors are failures. Rules that the run was not
        held to are skipped.

    Examples
    --------
    >>> from lineage_stats.gate import CheckedRun, CheckResult, junit_xml
    >>> from lineage_stats.trace import Trace
    >>> text = junit_xml(CheckResult((CheckedRun(Trace("r1", "churn"), ()),)))
    >>> 'testsuite name="churn r1"' in text
    True
    """
    root = ET.Element("testsuites", name="lineage-stats")
    for run in result.runs:
        root.append(_suite(run))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, 0)) for suite in root)))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(run: CheckedRun) -> ET.Element:
    cases = [case for rule in (*AUDITS, *STATISTICS) for case in _cases(run, rule)]
    trace = run.trace
    suite = ET.Element(
        "testsuite",
        name=_text(f"{trace.pipeline} {trace.run_id}"),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors="0",
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
        time=f"{trace.duration:.3f}",
        timestamp=trace.start.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    suite.extend(cases)
    return suite


def _cases(run: CheckedRun, rule: str) -> list[ET.Element]:
    found = [finding for finding in run.findings if finding.rule == rule]
    if found:
        return [_broken(run, finding) for finding in found]
    case = _case(run, rule)
    if rule not in run.rules:
        why = "no healthy runs to compare with" if rule in STATISTICS else "not asked for"
        ET.SubElement(case, "skipped", message=f"Not looked at: {why}.")
    return [case]


def _case(run: CheckedRun, name: str) -> ET.Element:
    return ET.Element(
        "testcase", classname=_text(f"lineage.{run.trace.pipeline}"), name=_text(name), time="0"
    )


def _broken(run: CheckedRun, finding: Finding) -> ET.Element:
    where = f" {finding.operation}" if finding.operation else ""
    case = _case(run, f"{finding.rule}{where}")
    if finding.file:
        case.set("file", _text(finding.file))
        if finding.line:
            case.set("line", str(finding.line))
    text = _text(f"{finding}\n{RULES[finding.rule].help}")
    if finding.level == "error":
        failure = ET.SubElement(case, "failure", message=_text(finding.message), type=finding.rule)
        failure.text = text
    else:
        ET.SubElement(case, "system-out").text = text
    return case


def _text(text: str) -> str:
    return _ILLEGAL.sub("?", text)
