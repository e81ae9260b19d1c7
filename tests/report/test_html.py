import base64
import hashlib
import html
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from lineage_stats.report import build_report, render_html
from lineage_stats.report._history import MAX_RUNS
from lineage_stats.trace import Operation, Trace
from tests import strategies as st
from tests.report.pages import evil_trace, long_trace
from tests.strategies import MERGE

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """Collects tags and checks that they are balanced."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(full_report):
    return render_html(full_report)


def without_script(page):
    """Return the page as it is without what it runs and how it looks."""
    return re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)


def test_the_verdict_comes_first_with_cause_evidence_and_metric(page, full_report):
    seen = without_script(page)
    end = seen.index("</section>")
    first = html.unescape(seen[:end])
    assert full_report["verdict"]["sentence"] in first
    assert full_report["verdict"]["cause"] in first
    assert f"{MERGE}</dd>" in first
    assert "churn.py:16" in first
    assert "from 30 runs" in first
    assert "1 file, +2 \u22121 lines" in first
    assert first.count("<svg") == 1


def test_everything_has_its_section(page):
    titles = re.findall(r"<h2[^>]*>([^<]*)</h2>", without_script(page))
    assert titles[0] == "\u26a0 Anomalous"
    assert titles[1].startswith("Where 0.")
    assert titles[2:] == [
        "Lineage", "Abnormal operations", "History", "What differs from the last healthy run",
        "This run",
    ]  # fmt: skip
    for needle in ('class="way"', 'class="noise"', 'class="unexplained"', 'class="change"', "<dd>"):
        assert needle in page


def test_it_loads_nothing(page):
    parsed = Page(without_script(page))
    assert not {"link", "img", "iframe", "object", "form", "base"} & set(parsed.tags)
    assert not [v for name, v in parsed.attributes if name in ("src", "href", "srcset", "action")]
    assert not [name for name, _ in parsed.attributes if name.startswith("on") or name == "style"]
    # The one address is the name of a vocabulary, which nobody loads.
    assert set(re.findall(r"https?:[^\"']*", page)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|innerHTML|eval\(", page)


def test_only_its_own_script_and_style_are_let_in(page):
    policy = html.unescape(re.search(r'Policy" content="([^"]*)"', page)[1])
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


def test_it_is_made_for_phones_dark_rooms_and_readers_of_screens(page):
    attributes = Page(without_script(page)).attributes
    assert 'name="viewport"' in page
    assert "prefers-color-scheme: dark" in page
    assert ("lang", "en") in attributes
    drawings = without_script(page).count("<svg")
    named = sum(value in ("img", "group") for name, value in attributes if name == "role")
    assert named >= drawings
    assert [v for n, v in attributes if n == "aria-label"]


def test_the_dictionary_may_come_from_json(page, full_report):
    assert render_html(json.loads(json.dumps(full_report))) == page


def test_hostile_names_are_shown_and_not_run():
    page = render_html(build_report(evil_trace()))
    assert "<img" not in page
    assert page.count("</script>") == 2
    assert "&lt;/script&gt;&lt;img src=x" in page
    assert "onerror=" in re.search(r'id="data">(.*?)</script>', page)[1]
    Page(without_script(page))


@settings(deadline=None, max_examples=25)
@given(st.traces())
def test_any_trace_has_a_well_formed_page(trace):
    page = render_html(build_report(trace, history=[trace]))
    assert page.startswith("<!doctype html>")
    Page(page)


def daily(n_runs, *names):
    """Return runs of a pipeline with these metrics, one a day."""
    day = 86_400_000_000_000
    return [
        Trace(
            f"r{i}",
            "p",
            tuple(
                Operation(
                    f"f/{name}#1", name, "metric", metric=name, features={"metric_value": 0.5}
                )
                for name in names
            ),
            start_ns=i * day,
            end_ns=i * day + 1,
        )
        for i in range(n_runs)
    ]


def test_what_is_drawn_of_many_runs_is_said():
    runs = daily(MAX_RUNS + 10, "f1_score", "recall_score")
    report = build_report(runs[-1], history=runs)
    assert report["history"]["n_runs"] == len(runs)
    assert len(report["history"]["runs"]) == MAX_RUNS
    first = report["history"]["runs"][0]
    assert first["run_id"] == "r10"
    text = render_html(report)
    assert f"<span>{first['start'][:10]}</span>" in text  # the axis begins where the line does
    assert "<span>1970-01-01</span>" not in text
    assert "Of 310 runs the last 300 are drawn." in text
    assert text.count("309 earlier runs, the last 299 drawn") == 2
    assert " drawn" not in without_script(render_html(build_report(runs[20], history=runs)))


def test_many_operations_are_folded():
    page = render_html(build_report(long_trace(40)))
    assert page.index('id="view-functions"') < page.index('id="view-steps"')
    assert page.count("12 steps") >= 3
    assert re.search(r'id="view-steps"[^>]* hidden', page)


@pytest.mark.parametrize("n_columns", [20, 120])
def test_two_hundred_operations_are_less_than_500_kb(n_columns):
    page = render_html(build_report(long_trace(200, n_columns=n_columns)))
    assert len(page.encode()) < 500_000


def test_the_same_report_gives_the_same_bytes_in_another_process(page, full_report, tmp_path):
    (tmp_path / "report.json").write_text(json.dumps(full_report))
    script = (
        "import json, sys; from lineage_stats.report import render_html; "
        "sys.stdout.buffer.write(render_html(json.load(open(sys.argv[1]))).encode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "report.json")],
        check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "7"},
    )  # fmt: skip
    assert done.stdout == page.encode()
