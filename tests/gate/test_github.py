"""What is printed is what GitHub's runner parses."""

import re

from lineage_stats.gate import CheckedRun, CheckResult, Finding, github_annotations, github_summary
from lineage_stats.gate._github import MOST_BYTES
from lineage_stats.trace import Trace

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def many(n, text="odd"):
    findings = tuple(Finding("metric-drop", text, "p", "r", operation=str(i)) for i in range(n))
    return CheckResult((CheckedRun(Trace("r", "p"), findings),))


def test_five_are_annotated_and_all_are_in_the_summary():
    assert len(github_annotations(many(9))) == 5
    assert github_summary(many(9)).count("(metric-drop)") == 9


def test_each_is_one_command(result):
    lines = github_annotations(result)
    assert [COMMAND.fullmatch(line)[1] for line in lines] == ["error", "error", "warning", "notice"]
    assert lines[0].startswith("::error file=src/a b.py,line=12,title=A metric is worse than")
    assert lines[2].endswith("::50 %25 lost%0Ain two lines")


def test_nothing_breaks_out_of_a_property():
    finding = Finding("metric-drop", "::error::x", "p", "r", file="a,b:c%\n.py", line=1)
    (line,) = github_annotations(CheckResult((CheckedRun(Trace("r", "p"), (finding,)),)))
    assert "file=a%2Cb%3Ac%25%0A.py,line=1," in line
    assert "\n" not in line


def test_a_cell_is_a_cell(result):
    text = github_summary(result)
    rows = [line for line in text.split("\n") if line.startswith("| ")]
    assert {row.count("|") for row in rows} == {5}
    assert "Files &lt;differ> &amp; more." in text
    assert text.startswith("### Lineage check: failed\n")


def test_a_long_summary_is_cut_and_says_so():
    text = github_summary(many(3000, "x" * 500))
    assert len(text.encode()) < MOST_BYTES + 1000
    assert re.search(r"and \d+ more", text)


def test_nothing_found_is_a_short_summary():
    assert github_summary(many(0)) == "### Lineage check: passed\n\n1 runs, 0 findings.\n"
