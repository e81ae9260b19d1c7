import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lineage_stats.evaluation import (
    Rate,
    false_alarm_rate,
    hit_at_k,
    recall,
)

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


def test_rates_of_labels():
    flagged = np.array([1, 1, 0, 0, 1])
    faulty = np.array([1, 0, 0, 1, 1])
    assert false_alarm_rate(flagged, faulty) == Rate(1, 2)
    assert recall(flagged, faulty) == Rate(2, 3)


def test_hits():
    rankings = [["a", "b", "c"], ["b", "a", "c"], []]
    truths = ["a", ("c", "a"), "a"]
    assert hit_at_k(rankings, truths, k=1) == Rate(1, 3)
    assert hit_at_k(rankings, truths, k=2) == Rate(2, 3)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: Rate(0, 0), "no run of the wanted label"),
        (lambda: Rate(3, 2), "got 3 of 2"),
        (lambda: recall([1, 0], [0, 0]), "got 0 of 0"),
        (lambda: recall([1, 0], [1]), "shapes (2,) and (1,)"),
        (lambda: recall([1, -1], [1, 0]), "'flagged' must hold"),
        (lambda: hit_at_k([["a"]], ["a"], k=0), "k = 0"),
        (lambda: hit_at_k([["a"]], []), "1 rankings and 0 truths"),
        (lambda: Rate(1, 2).wilson_interval(1.0), "'confidence'"),
        (lambda: Rate(1, 2).clopper_pearson_interval(95), "Got 95"),
    ],
)
def test_errors_say_what_is_wrong(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()
