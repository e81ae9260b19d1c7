"""Drawings hold every operation and every edge, whatever the names."""

import re

import pytest
from hypothesis import given

from lineage_stats.trace import DataRef, Operation, Trace
from tests.strategies import make_trace, traces


@given(traces())
def test_every_operation_is_one_line_of_the_tree(trace):
    lines = trace.draw("tree").split("\n") if len(trace) else []
    numbers = [int(re.match(r"[ │├─]*(\d+) ", line)[1]) for line in lines]
    assert sorted(numbers) == list(range(1, len(trace) + 1))


@given(traces())
def test_mermaid_and_dot_hold_all_nodes_and_edges(trace):
    mermaid, dot = trace.draw("mermaid"), trace.draw("dot")
    assert len(re.findall(r"^  n\d+[(\[]", mermaid, re.MULTILINE)) == len(trace)
    assert len(re.findall(r"^  n\d+ --> n\d+$", mermaid, re.MULTILINE)) == len(trace.edges)
    assert len(re.findall(r"^  n\d+ \[label=", dot, re.MULTILINE)) == len(trace)
    assert len(re.findall(r"^  n\d+ -> n\d+;$", dot, re.MULTILINE)) == len(trace.edges)
    for line in dot.split("\n"):  # every quote is closed
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0


def test_names_cannot_break_out_of_a_label():
    op = Operation('a"b', 'say("hi") <b> `x` #1', file='c:\\new "x".py', line=1)
    trace = Trace("r", "p", (op,))
    assert "<b>" not in trace.draw("mermaid")
    assert trace.draw("mermaid").count('"') == 2
    assert "c:#92;new #quot;x#quot;.py:1" in trace.draw("mermaid")
    entity = Trace("r", "p", (Operation("f/a#1", "a&lt;b"),))
    assert '"a&amp;lt;b"' in entity.draw("dot")
    assert '"a#amp;lt;b"' in entity.draw("mermaid")
    assert 'c:\\\\new \\"x\\".py:1' in trace.draw("dot")


def test_the_tree_tells_a_reader_what_happened():
    tree = make_trace(0).draw()
    merge = next(line for line in tree.split("\n") if "clean/DataFrame.merge#1" in line)
    assert merge.split("  ")[0].strip() == "3 clean/DataFrame.merge#1"
    assert "+ 1" in merge  # its other input
    assert "f1_score = 0." in tree


@pytest.mark.slow
def test_a_long_chain_stays_at_the_left():
    refs = [DataRef(f"d{i}") for i in range(3000)]
    operations = [
        Operation(f"f/a#{i}", "a", inputs=(refs[i - 1],) if i else (), outputs=(refs[i],))
        for i in range(3000)
    ]
    lines = Trace("r", "p", tuple(operations)).draw().split("\n")
    assert lines[-1].startswith("3000 f/a#2999")


def test_a_failed_operation_is_marked_everywhere():
    trace = Trace("r", "p", (Operation("f/a#1", "a", status="failed", error="KeyError"),))
    assert "failed: KeyError" in trace.draw()
    assert "class n1 failed" in trace.draw("mermaid")
    assert "penwidth=3" in trace.draw("dot")


def test_an_unknown_form_is_refused():
    with pytest.raises(ValueError, match="Got 'ascii' instead"):
        make_trace(0).draw("ascii")
