"""What is written is JUnit's XML as CI systems read it."""

from xml.etree import ElementTree as ET

from lineage_stats.gate import AUDITS, STATISTICS, CheckedRun, CheckResult, Finding, junit_xml
from lineage_stats.trace import Trace


def test_counts_agree_with_the_cases(result):
    root = ET.fromstring(junit_xml(result))
    assert root.tag == "testsuites"
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == ["churn r1", "churn r2"]
    for part in (root, *suites):
        cases = list(part.iter("testcase"))
        assert int(part.get("tests")) == len(cases)
        assert int(part.get("failures")) == sum(c.find("failure") is not None for c in cases)
        assert int(part.get("skipped")) == sum(c.find("skipped") is not None for c in cases)
    assert root.get("failures") == "2"


def test_every_rule_is_a_case_and_only_errors_fail(result):
    suite = ET.fromstring(junit_xml(result)).find("testsuite")
    names = [case.get("name").partition(" ")[0] for case in suite.iter("testcase")]
    assert names == [*AUDITS, *STATISTICS]
    cases = {case.get("name").partition(" ")[0]: case for case in suite.iter("testcase")}
    assert cases["metric-drop"].find("failure").get("message") == "f1 fell."
    assert (cases["metric-drop"].get("file"), cases["metric-drop"].get("line")) == (
        "src/a b.py",
        "12",
    )
    assert cases["commit-clean"].find("failure") is None
    assert "Files <differ>" in cases["commit-clean"].find("system-out").text
    assert cases["anomalous-run"].find("skipped") is not None


def test_what_xml_cannot_hold_is_replaced():
    finding = Finding("metric-drop", "a\x00b\x1b[0m \ud800", "p\x07", "r", operation="\ufffe")
    text = junit_xml(CheckResult((CheckedRun(Trace("r", "p\x07"), (finding,)),)))
    assert ET.fromstring(text).find(".//failure").get("message") == "a?b?[0m ?"


def test_a_rule_that_nobody_asked_for_is_no_pass():
    run = CheckedRun(Trace("r", "p"), (), rules=STATISTICS)
    cases = ET.fromstring(junit_xml(CheckResult((run,)))).iter("testcase")
    skipped = [case.get("name") for case in cases if case.find("skipped") is not None]
    assert skipped == list(AUDITS)
