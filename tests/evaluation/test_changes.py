"""Delays of alarms, and segments."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.evaluation import Delays, Rate, covering, detection_delays

some_changes = st.sets(st.integers(1, 29), max_size=4)


def test_the_first_alarm_after_a_change_counts():
    found = detection_delays([5, 3, 12, 13, 30], changes=[10, 20, 30])
    assert found == Delays((2.0, math.inf, 0.0), n_false=2)
    assert found.detected == Rate(2, 3)
    assert found.mean == 1


def test_an_alarm_may_come_too_late():
    assert detection_delays([15], changes=[10], within=5).runs == (5.0,)
    assert detection_delays([16], changes=[10], within=5).runs == (math.inf,)
    assert math.isnan(detection_delays([], changes=[10]).mean)


@settings(deadline=None, max_examples=60)
@given(some_changes, some_changes)
def test_covering_is_one_for_the_same_segments_only(changes, found):
    value = covering(changes, found, n_runs=30)
    assert 0 < value <= 1
    assert (value == pytest.approx(1)) == (changes == found)


def test_covering_by_hand():
    # 10 of 12 runs in common with the first segment, 18 of 20 with the second
    assert covering([10], [12], 30) == pytest.approx((10 * 10 / 12 + 20 * 18 / 20) / 30)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ValueError, match="no change"):
        detection_delays([1], changes=[])
    with pytest.raises(ValueError, match="n_runs >= 1"):
        covering([], [], 0)
