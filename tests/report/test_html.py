import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from lineage_stats.report import build_report, render_html
from lineage_stats.trace import DataRef, Operation, Trace
from tests import strategies as st
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
def page(bad_report):
    return render_html(bad_report)


def test_the_page_shows_verdict_causes_operations_and_graph(page, bad_report):
    tags = Page(page).tags
    assert tags.count("svg") == 3
    assert "table" in tags
    assert bad_report["verdict"]["sentence"] in page
    assert MERGE in page
    assert "churn.py:16" in page
    assert 'class="way"' in page


def test_it_loads_nothing(page):
    parsed = Page(page)
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(parsed.tags)
    assert not [v for name, v in parsed.attributes if name in ("src", "href", "srcset", "action")]
    assert not re.search(r"url\(|@import|https?:", page)
    assert "default-src 'none'" in page


def test_it_is_made_for_phones_dark_rooms_and_readers_of_screens(page):
    attributes = Page(page).attributes
    assert 'name="viewport"' in page
    assert "prefers-color-scheme: dark" in page
    assert ("lang", "en") in attributes
    assert sum(1 for name, value in attributes if (name, value) == ("role", "img")) == 3
    assert [v for n, v in attributes if n == "aria-label"]


def test_the_dictionary_may_come_from_json(page, bad_report):
    assert render_html(json.loads(json.dumps(bad_report))) == page


def test_hostile_names_are_shown_and_not_run():
    evil = "<script>alert(1)</script>\"'&"
    table = DataRef("d", "table", rows=1)
    trace = Trace(
        evil,
        evil,
        (Operation(evil, evil, scope=evil, outputs=(table,), file=evil, line=1),),
        tags={evil: evil},
        environment={evil: evil},
        problems=(evil,),
    )
    page = render_html(build_report(trace))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    Page(page)


@settings(deadline=None, max_examples=40)
@given(st.traces())
def test_any_trace_has_a_well_formed_page(trace):
    page = render_html(build_report(trace, history=[trace]))
    assert page.startswith("<!doctype html>")
    Page(page)


def test_many_operations_are_folded():
    ref = [DataRef(f"d{i}", "table", rows=10) for i in range(41)]
    steps = tuple(
        Operation(f"f/step#{i}", "step", scope="f", inputs=(ref[i],), outputs=(ref[i + 1],))
        for i in range(40)
    )
    page = render_html(build_report(Trace("r", "p", steps)))
    assert "40 more steps" in page
    assert page.count("<rect ") == 1
