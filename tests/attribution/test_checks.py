"""Checks of parameters that several functions have."""

import pytest

from lineage_stats.attribution._checks import check_rate


@pytest.mark.parametrize("rate", [0, 0.5, -0.1, float("nan"), "0.1", None])
def test_a_rate_out_of_range_is_refused_in_the_name_of_who_was_called(rate):
    with pytest.raises(ValueError, match=r"'false_alarm_rate' parameter of find_it must be a flo"):
        check_rate(rate, "find_it")


@pytest.mark.parametrize("rate", [0.01, 0.499])
def test_a_rate_in_range_passes(rate):
    check_rate(rate, "find_it")
