"""Which of many p-values to believe."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from lineage_stats.detectors._discovery import discoveries

PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(PROBABILITIES)
def test_it_selects_what_scipy_adjusts_to_the_rate(p):
    adjusted = false_discovery_control(p)
    found = discoveries(np.array(p), 0.1)
    clear = np.abs(adjusted - 0.1) > 1e-9  # rounding decides the rest
    np.testing.assert_array_equal(found[clear], adjusted[clear] <= 0.1)


@given(PROBABILITIES)
def test_what_is_missing_is_never_selected_and_changes_nothing(p):
    found = discoveries(np.array([np.nan, *p]), 0.1)
    assert not found[0]
    np.testing.assert_array_equal(found[1:], discoveries(np.array(p), 0.1))


def test_among_nothing_nothing_is_found():
    assert discoveries(np.empty(0), 0.1).tolist() == []
