"""A feature over the runs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.figure import Figure

from lineage_stats.detectors import RobustMADDetector, detect_changes
from lineage_stats.exceptions import UnknownOperationError
from lineage_stats.features import as_run_matrix
from lineage_stats.plots import BaselineDisplay
from tests.plots.conftest import MERGE, extent


def test_points_band_and_run_are_those_of_the_detector(bad, detector, learned, score):
    display = BaselineDisplay.from_trace(bad, detector, MERGE, "rows_out")
    expected = as_run_matrix(learned).to_frame()[(MERGE, "rows_out")]
    assert display.points_.get_ydata() == pytest.approx(expected.to_numpy())
    cell = score.explain(MERGE).loc["rows_out"]
    assert display.value_point_.get_xydata().tolist() == [[40.0, cell["value"]]]
    assert extent(display.band_)[2:] == pytest.approx((cell["lower"], cell["upper"]))
    assert display.centre_line_.get_ydata()[0] == pytest.approx(cell["centre"])
    assert display.ax_.get_ylabel() == "rows_out (rows)"
    assert display.ax_.get_title(loc="left") == MERGE


def test_by_default_it_shows_what_is_most_abnormal(bad, detector, score):
    display = BaselineDisplay.from_trace(bad, detector)
    assert display.operation == score.operations.index[0]
    cells = score.explain(display.operation)
    numbers = cells[~cells["kind"].isin(["category", "presence", "notice"])]
    assert display.feature == numbers.index[0]


def test_derived_features_have_a_history_too(bad, detector, score):
    table = score.cells
    derived = table[table["feature"].str.startswith("wasserstein")].iloc[0]
    display = BaselineDisplay.from_trace(bad, detector, derived["operation"], derived["feature"])
    assert np.isfinite(display.points_.get_ydata()).all()
    assert display.unit == "sd"


def test_below_stands_the_probability_of_changes(bad, detector):
    display = BaselineDisplay.from_trace(bad, detector, MERGE, "rows_out")
    expected = detect_changes(display.values).probability
    assert [bar.get_height() for bar in display.change_bars_] == pytest.approx(expected)
    assert display.change_ax_.get_ylim() == (0, 1)
    assert display.change_ax_.get_shared_x_axes().joined(display.ax_, display.change_ax_)
    assert not any(t.label1.get_visible() for t in display.ax_.xaxis.get_major_ticks())


def test_a_change_is_seen_where_it_is():
    values = np.r_[np.random.default_rng(0).normal(size=30), np.full(30, 9.0)]
    probability = detect_changes(values).probability
    display = BaselineDisplay("a#1", "mean[x]", values, 9.0, change_probability=probability).plot()
    heights = [bar.get_height() for bar in display.change_bars_]
    assert int(np.argmax(heights)) == 30
    assert display.change_bars_[30].get_x() == pytest.approx(29.55)


def test_dates_are_those_of_the_runs(bad, detector):
    display = BaselineDisplay.from_trace(bad, detector, MERGE, "rows_out")
    labels = [t.get_text() for t in display.change_ax_.get_xticklabels()]
    assert labels[-1] == f"{bad.start:%Y-%m-%d}"
    assert len(labels) <= 6
    assert display.change_ax_.get_xlabel() == "begin of the run (UTC)"


def test_runs_of_one_day_have_times_and_runs_without_are_numbered():
    times = [20_000 + i / 24 for i in range(4)]
    display = BaselineDisplay("a#1", "calls", [1, 2, 3], 4, times=times).plot()
    labels = [t.get_text() for t in display.ax_.get_xticklabels()]
    assert labels == ["00:00:00", "01:00:00", "02:00:00", "03:00:00"]
    display = BaselineDisplay("a#1", "calls", [1, 2, 3], 4, times=[1, math.nan, 2, 3]).plot()
    assert display.ax_.get_xlabel() == "number of the run"


def test_what_is_not_known_is_not_drawn():
    display = BaselineDisplay("a#1", "calls", [1, 2, 3], 4).plot()
    assert display.band_ is None
    assert display.centre_line_ is None
    assert display.change_ax_ is None
    assert display.change_bars_ == []
    assert display.ax_.get_ylabel() == "calls"


def test_categories_cannot_be_drawn(bad, detector):
    with pytest.raises(ValueError, match=r"has no number 'schema' to draw. It has: .*rows_out"):
        BaselineDisplay.from_trace(bad, detector, MERGE, "schema")
    with pytest.raises(UnknownOperationError, match="nowhere"):
        BaselineDisplay.from_trace(bad, detector, "nowhere#1")


def test_a_run_that_was_learned_from_is_held_against_the_others(learned):
    known = RobustMADDetector(false_alarm_rate=0.05).fit(learned)
    with pytest.warns(UserWarning, match="was judged by the others"):
        display = BaselineDisplay.from_trace(learned[5], known, MERGE, "rows_out")
    assert len(display.values) == 39


@pytest.mark.parametrize("is_grid", [True, False])
def test_it_draws_where_it_is_told(bad, detector, is_grid):
    figure = Figure()
    ax = figure.add_subplot(1, 2, 2) if is_grid else figure.add_axes((0.1, 0.2, 0.6, 0.5))
    whole = ax.get_position()
    display = BaselineDisplay.from_trace(bad, detector, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    upper, lower = ax.get_position(), display.change_ax_.get_position()
    assert lower.y1 < upper.y0
    assert (lower.x0, lower.x1, lower.y0, upper.y1) == pytest.approx(
        (whole.x0, whole.x1, whole.y0, whole.y1)
    )
