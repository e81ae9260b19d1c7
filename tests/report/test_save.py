import json

import pytest

from lineage_stats.report import build_report, render_html, render_text, save_report
from lineage_stats.trace import Operation, Trace
from tests.strategies import make_trace


@pytest.mark.parametrize("name", ["page.html", "page.HTML", "page"])
def test_html_is_the_default(tmp_path, name):
    trace = make_trace(0)
    path = save_report(trace, tmp_path / name)
    assert path.read_text(encoding="utf-8") == render_html(build_report(trace))


def test_the_ending_chooses_the_form(tmp_path):
    trace = make_trace(0)
    report = build_report(trace)
    assert save_report(trace, tmp_path / "r.txt").read_text(encoding="utf-8") == render_text(report)
    assert json.loads(save_report(trace, tmp_path / "r.json").read_text()) == report


def test_folders_are_made(tmp_path):
    assert save_report(make_trace(0), str(tmp_path / "a" / "b" / "r.html")).is_file()


def test_half_a_surrogate_pair_in_a_name_leaves_a_whole_report(tmp_path):
    trace = Trace("r", "p\udc80", (Operation("a", "a\udc80"),))
    for ending in ("html", "txt", "json"):
        assert save_report(trace, tmp_path / f"r.{ending}").stat().st_size > 0
