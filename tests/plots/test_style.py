"""Names and numbers that fit, and axes that are axes."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from lineage_stats.plots import (
    AttributionDisplay,
    BaselineDisplay,
    LineageDisplay,
    TraceScoreDisplay,
)
from lineage_stats.plots._style import axes_for, labels_of, number, p_text, short_key, shorten
from tests.attribution.test_attribution import CLEAR


@given(st.text(max_size=80), st.integers(8, 40))
def test_what_is_shortened_fits_and_keeps_both_ends(text, length):
    short = shorten(text, length)
    assert len(short) <= length
    assert short.isprintable()
    if text.isprintable() and len(text) > length:
        assert text.startswith(short.partition("…")[0])
        assert text.endswith(short.rpartition("…")[2])


@given(st.text(max_size=40), st.text(min_size=1, max_size=60), st.integers(12, 48))
def test_keys_fit(scope, name, length):
    assert len(short_key(f"{scope}/{name}", length)) <= length


def test_the_name_of_an_operation_outlives_its_function():
    key = "a_function_with_a_very_long_name/DataFrame.merge#12"
    assert short_key(key, 26) == "a_func…/DataFrame.merge#12"
    assert short_key("f/DataFrame.merge#1", 26) == "f/DataFrame.merge#1"
    assert short_key("HistGradientBoostingClassifier.fit#1", 20) == "HistGradie…ier.fit#1"


def test_a_label_has_the_file_without_its_folders():
    assert labels_of("f/a#1", "work/jobs/train.py:34", 30) == "f/a#1\ntrain.py:34"
    assert labels_of("f/a#1", "", 30) == "f/a#1"


def test_numbers_have_few_digits():
    shown = [number(x) for x in (0.0, 0.00012345, 1234.5, -3.14159, float("nan"), -np.inf)]
    assert shown == ["0", "0.000123", "1,234", "\u22123.14", "\u2013", "\u2212inf"]
    assert p_text(0.5) == "p = 0.5"


def test_axes_are_checked():
    axes = Figure().subplots(1, 2)
    with pytest.raises(ValueError, match=r"'ax' parameter of AttributionDisplay\.plot must be one"):
        AttributionDisplay(CLEAR).plot(axes)
    assert axes_for(CLEAR, axes[0], width=1, height=1) is axes[0]


def test_a_new_figure_has_the_size_that_it_needs():
    assert axes_for(CLEAR, None, width=5, height=3).figure.get_size_inches().tolist() == [5, 3]


@pytest.mark.parametrize("package", ["plots", "attribution"])
def test_matplotlib_is_only_imported_to_draw(package):
    code = f"import sys, lineage_stats.{package}; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_displays_print_in_one_line(bad, score, attribution):
    displays = [
        AttributionDisplay(attribution),
        TraceScoreDisplay(score),
        BaselineDisplay("f/a#1", "mean[x\n]", [1.0], 2.0),
        LineageDisplay(bad),
    ]
    assert [repr(display) for display in displays] == [
        f"<AttributionDisplay of f1_score in {bad.run_id}>",
        f"<TraceScoreDisplay of {bad.run_id}>",
        "<BaselineDisplay of mean[x\\n] at f/a#1>",
        f"<LineageDisplay of {bad.run_id}>",
    ]


def test_something_has_to_be_drawn(score, attribution):
    for display in (TraceScoreDisplay(score), AttributionDisplay(attribution)):
        with pytest.raises(
            ValueError, match="'max_operations' parameter of plot must be an int > 0"
        ):
            display.plot(max_operations=0)


def test_in_a_figure_of_several_nothing_is_written_over_each_other(
    bad, score, attribution, detector
):
    figure = Figure(figsize=(10, 7), layout="constrained")
    axes = figure.subplots(2, 2)
    scores = TraceScoreDisplay.from_score(score, ax=axes[0, 0])
    history = BaselineDisplay.from_trace(bad, detector, ax=axes[0, 1])
    shares = AttributionDisplay.from_attribution(attribution, ax=axes[1, 0])
    LineageDisplay.from_trace(bad, ax=axes[1, 1])
    figure.draw_without_rendering()

    def boxes(texts):
        return [text.get_window_extent() for text in texts if text.get_text()]

    for ax, labels in (
        (scores.ax_, scores.ax_.get_yticklabels()),
        (shares.ax_, shares.ax_.get_yticklabels()),
        (history.change_ax_, history.change_ax_.get_xticklabels()),
    ):
        found = [*boxes(labels), *boxes([ax.title, ax.xaxis.label])]
        found.append(ax.get_legend().get_window_extent())
        assert len(found) > 3
        for one, other in itertools.combinations(found, 2):
            assert not one.overlaps(other)
        for box in found:
            assert 0 <= box.x0 < box.x1 <= figure.bbox.width
