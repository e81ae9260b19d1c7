"""How the differences of two runs are shown."""

import math

import pytest

from lineage_stats.features import Change, RunDiff, diff_runs
from lineage_stats.trace import Operation, Trace


def run(name, features):
    made = Operation("f/a#1", "a", scope="f", features=features)
    return Trace(name, "p", (made, Operation("f/b#1", "b", scope="f", facts={"code": name})))


def test_the_largest_numbers_are_shown_behind_all_else():
    features = {f"mean[x{i}]": 0.0 for i in range(30)} | {f"sd[x{i}]": 1.0 for i in range(30)}
    moved = {name: v + (i + 1) * (v == 0) for i, (name, v) in enumerate(features.items())}
    diff = diff_runs(run("1", features), run("2", moved))
    lines = diff.summary().splitlines()
    assert lines[1].split()[0] == "code"
    assert "mean[x29]" in lines[2]
    assert lines[-1] == "  and 20 further changes of numbers"
    assert len(diff.summary(max_numbers=None).splitlines()) == 32
    with pytest.raises(ValueError, match="max_numbers"):
        diff.summary(max_numbers=-1)


def test_a_difference_is_text_data_and_a_table():
    change = Change("rows", "f/a#1", "", "100", "50", "f.py:3", n_more=2)
    diff = RunDiff("1", "2", (change,), 4)
    assert str(change) == "rows        f/a#1: 100 -> 50  (f.py:3)  [and 2 more]"
    assert (len(diff), list(diff), diff.of("metric")) == (1, [change], ())
    assert diff.to_dict()["changes"][0]["size"] is None
    assert diff.to_frame()[["operation", "n_more", "size"]].to_numpy().tolist() == [
        ["f/a#1", 2, math.inf]
    ]
    assert list(RunDiff("1", "2").to_frame()) == list(diff.to_frame())
