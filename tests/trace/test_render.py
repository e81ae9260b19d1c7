"""Traces as text and HTML."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given

from lineage_stats.trace import DataRef, Operation, Trace, TraceSet
from lineage_stats.trace._render import seconds
from tests.strategies import MERGE, METRIC, make_trace, make_traces, traces


class Cells(HTMLParser):
    """Collects the text of every cell, row by row."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def test_summary_of_a_run() -> None:
    trace = replace(make_trace(0), tags={"status": "healthy", "site": "a"}, problems=("x lost",))
    lines = trace.summary().splitlines()
    assert lines[0] == "Trace run-0-00000 of 'churn'"
    assert re.fullmatch(r"2024-01-01 00:00:\d\d UTC, [\d.]+ ms, ok", lines[1])
    assert f"metrics: f1_score={trace.metrics['f1_score']:.4g}" in lines
    assert "tags: status=healthy, site=a" in lines
    assert "commit: 000000000000" in lines
    assert "problems: x lost" in lines
    assert lines[-12].split()[:3] == ["1", "load/read_csv#1", "source"]


def test_line_of_an_operation_shows_parents_rows_time_and_place() -> None:
    trace = make_trace(0)
    line = next(line for line in trace.summary().splitlines() if MERGE in line)
    rows_in = " + ".join(f"{ref.rows:,}" for ref in trace.operation(MERGE).inputs)
    rows_out = f"{trace.operation(MERGE).outputs[0].rows:,}"
    cells = re.split(r"\s{2,}", line.strip())
    assert cells[:6] == ["3", MERGE, "join", "1, 2", rows_in, rows_out]
    assert cells[-1] == "churn.py:16"


def test_failed_operation_shows_its_error() -> None:
    failed = Operation("a", "n", status="failed", error="KeyError")
    nameless = Operation("b", "n", status="failed")
    text = Trace("r", "p", (failed, nameless)).summary()
    assert "failed: KeyError" in text
    assert text.splitlines()[-1].endswith("failed")


def test_columns_without_entries_are_left_out() -> None:
    text = Trace("r", "p", (Operation("a", "n"),)).summary()
    assert "location" not in text
    assert "rows in" not in text


def test_incomplete_and_empty_runs() -> None:
    text = Trace("r", "p", complete=False, status="running").summary()
    assert text.splitlines()[1].endswith("running, incomplete")
    assert "operation" not in text


def test_long_runs_are_cut_and_say_so() -> None:
    trace = Trace("r", "p", tuple(Operation(f"k{i}", "n") for i in range(250)))
    assert trace.summary().splitlines()[-1] == "... and 50 more operations"
    assert "50 operations not shown" in trace._repr_html_()
    assert len(Cells(trace._repr_html_()).rows) == 201


@given(traces())
def test_summary_has_one_line_per_operation_whatever_the_names(trace: Trace) -> None:
    lines = trace.summary().splitlines()
    assert sum(bool(re.match(r" *\d+  ", line)) for line in lines) >= len(trace)
    assert len(lines) <= len(trace) + 9
    assert all(line.isprintable() for line in lines)


@given(traces(max_operations=3))
def test_html_holds_every_cell_and_no_markup_of_the_user(trace: Trace) -> None:
    cells = Cells(trace._repr_html_())
    assert cells.tags == {"table", "caption", "thead", "tbody", "tr", "th"} | (
        {"td"} if len(trace) else set()
    )
    assert len(cells.rows) == len(trace) + 1
    assert {len(row) for row in cells.rows} == {9}


def test_html_escapes() -> None:
    trace = Trace("r", "<script>", (Operation("<b>&", "n", file='"x"'),), tags={"<i>": "<i>"})
    for html in (trace._repr_html_(), TraceSet([trace])._repr_html_()):
        assert "<script>" not in html
        assert "<b>" not in html
        assert "<i>" not in html
    assert "&lt;b&gt;&amp;" in trace._repr_html_()


def test_summary_of_a_set_has_one_line_per_run() -> None:
    runs = make_traces(3)
    lines = runs.summary().splitlines()
    assert lines[0] == "TraceSet: 3 runs of churn, 2024-01-01 to 2024-01-03"
    assert [line.split()[2] for line in lines[3:]] == [t.run_id for t in runs]
    assert f"f1_score={runs[1].metrics['f1_score']:.4g}" in lines[4]
    assert "status=healthy" in lines[4]


def test_summary_of_a_set_names_unreadable_files() -> None:
    text = TraceSet(problems={"a.parquet": "torn"}).summary()
    assert text.splitlines()[-2:] == ["Files that could not be read:", "  a.parquet: torn"]
    assert TraceSet().summary() == "TraceSet: no runs"


def test_html_of_a_large_set_shows_the_latest() -> None:
    runs = make_traces(25)
    html = TraceSet(runs, problems={"x": "torn"})._repr_html_()
    rows = Cells(html).rows
    assert [row[1] for row in rows[1:]] == [t.run_id for t in runs[-20:]]
    assert "the latest 20 are shown" in html
    assert "1 unreadable files" in html


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 ms"), (0.00001234, "0.0123 ms"), (0.9994, "999 ms"), (0.9999, "1 s"),
        (1.5, "1.5 s"), (59.4, "59.4 s"), (60, "1 min 0 s"), (3599.9, "1 h 0 min"),
        (7260, "2 h 1 min"),
    ],
)  # fmt: skip
def test_times_have_a_unit_that_suits(value: float, text: str) -> None:
    assert seconds(value) == text


def test_a_metric_without_operation_of_its_own_is_not_lost() -> None:
    op = Operation(
        "k", "f1_score", "metric", inputs=(DataRef("d", rows=1_000_000),),
        features={"metric_value": float("nan")}, metric="f1",
    )  # fmt: skip
    text = Trace("r", "p", (op,)).summary()
    assert "f1=nan" in text
    assert "1,000,000" in text


def test_metric_of_the_churn_pipeline_is_shown_at_its_operation(trace: Trace) -> None:
    line = next(line for line in trace.summary().splitlines() if METRIC in line)
    assert f"f1_score={trace.metrics['f1_score']:.4g}" in line
