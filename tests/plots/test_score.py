"""The bars of a score."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from lineage_stats.datasets import Fault, make_runs
from lineage_stats.detectors import ZScoreDetector
from lineage_stats.plots import TraceScoreDisplay
from lineage_stats.plots._style import GREY, ORANGE, VERMILLION
from tests.plots.conftest import MERGE


def test_a_bar_per_operation_in_order(score):
    display = TraceScoreDisplay.from_score(score)
    table = score.operations
    assert [bar.get_width() for bar in display.bars_] == pytest.approx(list(table["score"]))
    labels = [text.get_text().partition("\n")[0] for text in display.ax_.get_yticklabels()]
    assert labels == list(table.index)
    assert labels[0] == MERGE


def test_colours_tell_where_it_began(score):
    display = TraceScoreDisplay(score).plot()
    expected = [
        GREY if not row.flagged else VERMILLION if row.origin else ORANGE
        for row in score.operations.itertuples()
    ]
    assert [to_hex(bar.get_facecolor()).upper() for bar in display.bars_] == expected
    assert {VERMILLION, ORANGE} <= set(expected)


def test_the_threshold_is_the_rate(score):
    display = TraceScoreDisplay(score).plot()
    assert display.threshold_line_.get_xdata()[0] == pytest.approx(-math.log10(0.05))
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend[-1] == "flagged beyond (5 % of healthy runs)"
    assert 0 < display.threshold_line_.get_xdata()[0] < display.ax_.get_xlim()[1]


def test_beside_each_bar_stands_what_is_odd(score):
    display = TraceScoreDisplay(score).plot(max_operations=3)
    first = score.operations.iloc[0]
    assert len(display.texts_) == len(display.bars_) == 3
    text = display.texts_[0].get_text()
    assert text.startswith(f"{first.feature}: ")
    assert ", healthy " in text


def test_what_is_missing_or_new_says_so(detector):
    gone = make_runs(1, first=40, fault=Fault("operation_missing", "clean/DataFrame.dropna#1"))
    score = detector.score(gone.traces[0])
    texts = [text.get_text() for text in TraceScoreDisplay(score).plot().texts_]
    assert "missing" in texts


def test_a_healthy_run_has_no_colours(detector):
    score = detector.score(make_runs(1, first=41).traces[0])
    display = TraceScoreDisplay.from_score(score)
    assert {to_hex(bar.get_facecolor()).upper() for bar in display.bars_} == {GREY}
    assert ": healthy, p = " in display.ax_.get_title(loc="left")


@pytest.mark.parametrize("n_extra", [0, 48])
def test_it_works_for_few_and_for_many_operations(n_extra):
    runs = make_runs(21, n_extra_operations=n_extra).traces
    score = ZScoreDetector(false_alarm_rate=0.1).fit(runs[:-1]).score(runs[-1])
    display = TraceScoreDisplay.from_score(score, max_operations=60)
    assert len(display.bars_) == 12 + n_extra
    display.figure_.draw_without_rendering()
    ends = [t.get_window_extent() for t in display.ax_.get_yticklabels()]
    assert all(a.y0 >= b.y1 - 1 for a, b in itertools.pairwise(ends)), "labels overlap"


def test_low_scores_are_on_a_linear_scale(score):
    low = {**score._operations, "score": score._operations["score"] * 0 + 1.0}
    display = TraceScoreDisplay(replace(score, _operations=low)).plot()
    assert display.ax_.get_xscale() == "linear"
    high = {**score._operations, "score": score._operations["score"] * 0 + 200.0}
    display = TraceScoreDisplay(replace(score, _operations=high)).plot()
    assert display.ax_.get_xscale() == "symlog"
    assert max(display.ax_.get_xticks()) == 200


def test_a_trace_is_scored_and_drawn(bad, detector):
    ax = Figure().add_subplot()
    display = TraceScoreDisplay.from_trace(bad, detector, ax=ax, max_operations=4)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert display.score.run_id == bad.run_id
    assert len(display.bars_) == 4
