"""The waterfall."""

from __future__ import annotations

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from lineage_stats.plots import AttributionDisplay
from lineage_stats.plots._style import GREEN, GREY, VERMILLION
from tests.attribution.test_attribution import CLEAR, ROWS, contribution, make
from tests.plots.conftest import MERGE, extent


def spans(display):
    """Return begin and length of each bar."""
    return [(bar.get_x(), bar.get_width()) for bar in display.bars_]


def names(display):
    return [text.get_text() for text in display.ax_.get_yticklabels()]


def test_bars_lead_from_the_healthy_centre_to_the_value_of_the_run():
    display = AttributionDisplay(CLEAR).plot()
    assert spans(display)[0] == pytest.approx((0.8, -0.18))
    assert sum(spans(display)[-1]) == pytest.approx(CLEAR.value)
    assert names(display) == ["clean/merge#1\na.py:3", "unexplained", "noise from run to run"]
    assert [to_hex(bar.get_facecolor()).upper() for bar in display.bars_] == [VERMILLION, GREY]


def test_each_bar_begins_where_the_one_before_ends(attribution):
    drawn = spans(AttributionDisplay.from_attribution(attribution))
    ends = [attribution.center, *(sum(span) for span in drawn)]
    assert ends[:-1] == pytest.approx([start for start, _ in drawn])
    assert ends[-1] == pytest.approx(attribution.value)


def test_a_metric_that_is_better_when_lower_climbs():
    found = make(contribution("a#1", 0.18, 0.9, ROWS), value=1.0, drop=0.2, greater_is_better=False)
    assert spans(AttributionDisplay(found).plot())[0] == pytest.approx((0.8, 0.18))


def test_an_operation_that_helped_goes_the_other_way_in_another_colour():
    found = make(contribution("a#1", 0.2, 0.9, ROWS), contribution("b#1", -0.02, 0.1, ROWS))
    display = AttributionDisplay(found).plot()
    assert spans(display)[1] == pytest.approx((0.6, 0.02))
    assert to_hex(display.bars_[1].get_facecolor()).upper() == GREEN


def test_small_shares_are_summed_up():
    found = make(*(contribution(f"op{i}#1", 0.02, 0.1, ROWS, location="") for i in range(9)))
    display = AttributionDisplay.from_attribution(found, max_operations=3)
    expected = ["op0#1", "op1#1", "op2#1", "6 others", "unexplained", "noise from run to run"]
    assert names(display) == expected
    assert spans(display)[3][1] == pytest.approx(-0.12)
    assert len(display.errors_) == 4


def test_errors_noise_and_band_are_those_of_the_result():
    display = AttributionDisplay(CLEAR).plot()
    (bars,) = display.errors_[0].lines[2]
    assert bars.get_segments()[0][:, 0] == pytest.approx([0.62 - 0.02, 0.62 + 0.02])
    (noise,) = display.noise_.lines[2]
    assert noise.get_segments()[0][:, 0] == pytest.approx([0.79, 0.81])
    assert extent(display.band_)[:2] == pytest.approx((CLEAR.lower, CLEAR.upper))
    assert display.value_line_.get_xdata()[0] == CLEAR.value
    assert display.healthy_line_.get_xdata()[0] == CLEAR.center
    shown = [text.get_text() for text in display.texts_]
    assert shown == ["\u22120.180 ± 0.020", "\u22120.020 ± 0.015", "± 0.010"]


def test_the_unit_is_named():
    assert AttributionDisplay(CLEAR).plot().ax_.get_xlabel() == "f1_score (points)"
    slow = make(
        contribution("a#1", 3.0, 0.9), metric="duration", value=9.0, greater_is_better=False
    )
    assert AttributionDisplay(slow).plot().ax_.get_xlabel() == "duration (seconds)"


def test_it_draws_where_it_is_told_and_keeps_the_place():
    ax = Figure().add_subplot()
    display = AttributionDisplay.from_attribution(CLEAR, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert CLEAR.plot(ax=ax) is ax


def test_a_trace_is_attributed_and_drawn(bad, learned):
    display = AttributionDisplay.from_trace(bad, "f1_score", baseline=learned)
    assert display.attribution.run_id == bad.run_id
    assert names(display)[0].startswith(MERGE)
    assert display.bars_[0].get_width() == pytest.approx(-display.attribution.top.share)


def test_names_are_not_taken_for_formulas():
    odd = make(contribution("f/DataFrame[$x_1$]#1", 0.18, 0.9), metric="$f_1$")
    display = AttributionDisplay(odd).plot()
    display.figure_.draw_without_rendering()
    texts = [*display.ax_.get_yticklabels(), display.ax_.xaxis.label, *display.texts_]
    assert not any(text.get_parse_math() for text in texts)
