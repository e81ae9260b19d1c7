"""The waterfall."""

from __future__ import annotations

import subprocess
import sys

import pytest
from matplotlib.figure import Figure

from tests.attribution.test_attribution import CLEAR, ROWS, contribution, make


def bars(ax):
    return [
        (patch.get_x(), patch.get_width()) for patch in ax.patches if 0.6 < patch.get_height() < 0.8
    ]


def test_bars_lead_from_the_healthy_centre_to_the_value_of_the_run():
    ax = CLEAR.plot()
    drawn = bars(ax)
    assert drawn[0] == pytest.approx((0.8, -0.18))
    assert sum(drawn[-1]) == pytest.approx(CLEAR.value)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["clean/merge#1", "unexplained"]


def test_a_metric_that_is_better_when_lower_climbs():
    found = make(contribution("a#1", 0.18, 0.9, ROWS), value=1.0, drop=0.2, greater_is_better=False)
    assert bars(found.plot())[0] == pytest.approx((0.8, 0.18))


def test_small_shares_are_summed_up():
    found = make(*(contribution(f"op{i}#1", 0.02, 0.1, ROWS) for i in range(9)))
    ax = found.plot(max_operations=3)
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels == ["op0#1", "op1#1", "op2#1", "6 others", "unexplained"]
    assert bars(ax)[3][1] == pytest.approx(-0.12)


def test_it_draws_where_it_is_told():
    ax = Figure().add_subplot()
    assert CLEAR.plot(ax=ax) is ax


def test_matplotlib_is_only_imported_to_draw():
    code = "import sys, lineage_stats.attribution; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
