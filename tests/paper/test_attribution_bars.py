"""What an attribution costs, and how far one healthy run moves it."""

import attribution_bars
from scoreboard.labelled import bundled


def test_shares_of_bundled_runs_hardly_move_without_one_healthy_run():
    (row,) = attribution_bars.steadiness(bundled(["parcels"]), 5)
    assert row["what"] == "parcels"
    assert row["n"] > 0
    assert row["figure"] > 0.8


def test_the_first_of_several_tasks_is_not_counted():
    seen = []
    row = attribution_bars._timed("g", "w", ["a", "b", "c"], seen.append)
    assert seen == ["a", "b", "c"]
    assert row["n"] == 2
    assert row["figure"] >= 0
