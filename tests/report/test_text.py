import re

from hypothesis import given, settings

from lineage_stats import DataRef, Operation, Trace
from lineage_stats.report import build_report, render_html, render_text
from lineage_stats.report._sections import evidence_rows
from tests import strategies as st
from tests.strategies import MERGE, make_trace


def test_the_answer_comes_first(bad_report):
    lines = render_text(bad_report).splitlines()
    assert lines[0] == bad_report["verdict"]["sentence"]
    assert lines[1] == bad_report["verdict"]["cause"]


def test_shares_and_operations_are_listed(bad_report):
    text = render_text(bad_report)
    shares, operations = text.index("is worse by"), text.index("abnormal operations")
    assert shares < text.index(MERGE, shares) < text.index("unexplained", shares) < operations
    assert MERGE in text[operations:].splitlines()[1]


@settings(deadline=None, max_examples=40)
@given(st.traces())
def test_any_trace_has_a_text(trace):
    text = render_text(build_report(trace))
    assert text.endswith("\n")
    assert "None" not in text.splitlines()[0]


def test_what_appeared_from_nowhere_is_counted():
    fit = Operation("fit#1", "Ridge.fit", "fit", inputs=(DataRef("d1", "array", 9),))
    report = build_report(Trace("r1", "churn", (fit,)))
    assert report["run"]["n_unknown_inputs"] == 1
    assert "\n1 input appeared from nowhere\n" in render_text(report)
    assert "1 input appeared from nowhere" in render_html(report)


def test_the_evidence_is_that_of_the_page(full_report):
    lines = render_text(full_report).splitlines()
    at = lines.index("evidence:")
    for i, (label, text, _) in enumerate(evidence_rows(full_report), start=at + 1):
        assert re.split(r" {2,}", lines[i].strip(), maxsplit=1) == [label, text]
    assert "  +2  \u22121  churn.py" in lines[at:]


def test_a_healthy_run_has_no_evidence(detector):
    run = make_trace(31)
    report = build_report(run, score=detector.score(run))
    assert report["verdict"]["state"] == "healthy"
    assert "evidence:" not in render_text(report)
