"""Shares and their intervals."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lineage_stats.evaluation import Rate

counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None, max_examples=60)
@given(counts, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_intervals_are_those_of_scipy(count, confidence):
    test = stats.binomtest(*count)
    rate = Rate(*count)
    exact = test.proportion_ci(confidence, method="exact")
    wilson = test.proportion_ci(confidence, method="wilson")
    assert rate.clopper_pearson_interval(confidence) == pytest.approx(tuple(exact), abs=1e-9)
    assert rate.wilson_interval(confidence) == pytest.approx(tuple(wilson), abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(counts)
def test_intervals_hold_the_share(count):
    rate = Rate(*count)
    for low, high in (rate.wilson_interval(), rate.clopper_pearson_interval()):
        assert 0 <= low <= high <= 1
        assert low - 1e-12 <= float(rate) <= high + 1e-12


def test_no_rounding_leaves_the_share_outside():
    for n in range(1, 200):
        assert Rate(0, n).wilson_interval()[0] == 0.0
        assert Rate(n, n).wilson_interval()[1] == 1.0


def test_an_expected_count_lies_between_its_neighbours():
    ends = [Rate(k, 20).clopper_pearson_interval() for k in (3, 3.5, 4)]
    assert ends == sorted(ends)
    assert ends[0] < ends[1] < ends[2]
    assert repr(Rate(3.5, 20)).startswith("<Rate 3.5/20 = 0.175")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: Rate(0, 0), "no run of the wanted label"),
        (lambda: Rate(3, 2), "got 3 of 2"),
        (lambda: Rate(1, 2).wilson_interval(1.0), "'confidence'"),
        (lambda: Rate(1, 2).clopper_pearson_interval(95), "Got 95"),
    ],
)
def test_errors_say_what_is_wrong(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()
