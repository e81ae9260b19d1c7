"""Rules are broken by what breaks them, and a clean run breaks none."""

from dataclasses import replace

import pytest

from lineage_stats.gate import AUDITS, RULES, audit_trace
from lineage_stats.trace import DataRef, Operation, Trace
from tests.strategies import METRIC, make_trace

KNOWN = {"git_commit": "ab" * 20, "git_dirty": "false"}


@pytest.fixture
def clean():
    return replace(make_trace(0), environment=KNOWN)


def broken(trace):
    return [finding.rule for finding in audit_trace(trace)]


def test_a_clean_run_breaks_no_rule(clean):
    assert audit_trace(clean) == ()


def test_a_run_without_a_commit_or_with_changed_files(clean):
    assert broken(replace(clean, environment={})) == ["commit-known"]
    (finding,) = audit_trace(replace(clean, environment={**KNOWN, "git_dirty": "true"}))
    assert (finding.rule, finding.level) == ("commit-clean", "note")


def test_a_run_that_did_not_end_well_names_the_operation(clean):
    bad = Operation("f/a#1", "a", status="failed", error="KeyError", file="a.py", line=4)
    trace = replace(clean, status="failed", operations=(*clean.operations, bad))
    (finding,) = audit_trace(trace)
    assert (finding.rule, finding.location) == ("run-ended", "a.py:4")
    assert "f/a#1: KeyError" in finding.message


def test_an_incomplete_run_says_what_is_missing(clean):
    (finding,) = audit_trace(replace(clean, complete=False, problems=("5 records lost",)))
    assert (finding.rule, finding.level) == ("run-complete", "warning")
    assert "5 records lost" in finding.message


def test_a_metric_needs_a_source_above_it(clean):
    without = tuple(op for op in clean if op.kind != "source")
    (finding,) = audit_trace(replace(clean, operations=without))
    assert (finding.rule, finding.operation) == ("metric-has-source", METRIC)


def test_each_metric_is_asked(clean):
    lone = Operation("f/auc#1", "auc", "metric", metric="auc", features={"metric_value": 1.0},
                     inputs=(DataRef("nowhere"),))  # fmt: skip
    (finding,) = audit_trace(replace(clean, operations=(*clean.operations, lone)))
    assert finding.operation == "f/auc#1"


def test_findings_come_in_the_order_of_the_rules(clean):
    without = tuple(op for op in clean if op.kind != "source")
    found = broken(replace(clean, operations=without, environment={}, status="failed"))
    assert found == ["run-ended", "metric-has-source", "commit-known"]


def test_every_rule_says_what_to_do():
    assert set(AUDITS) < set(RULES)
    assert all(rule.help.endswith(".") and rule.title for rule in RULES.values())


def test_an_empty_run_is_judged_too():
    assert broken(Trace("r", "p", environment=KNOWN)) == []
