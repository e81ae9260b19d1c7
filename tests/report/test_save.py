import json

import pytest

from lineage_stats.report import build_report, render_html, render_text, save_report
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
