from hypothesis import given, settings

from lineage_stats import DataRef, Operation, Trace
from lineage_stats.report import build_report, render_html, render_text
from tests import strategies as st
from tests.strategies import MERGE


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
