"""From signs to probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lineage_stats.attribution._ranking import rank, weights
from lineage_stats.attribution._signs import Signs

NAMES = tuple(weights()[0])


def signs(values):
    keys = tuple(f"op#{i}" for i in range(len(values)))
    return Signs(keys, NAMES, np.asarray(values, dtype=np.float64))


@given(hnp.arrays(np.float64, (4, len(NAMES)), elements=st.floats(0, 1)))
def test_probabilities_are_a_distribution(values):
    found = rank(signs(values))
    assert (found.probability >= 0).all()
    assert found.probability.sum() + found.nothing == pytest.approx(1.0)


@given(hnp.arrays(np.float64, (3, len(NAMES)), elements=st.floats(0, 1)))
def test_equal_operations_are_equally_likely(values):
    values[2] = values[0]
    found = rank(signs(values)).probability
    assert found[0] == pytest.approx(found[2])


def test_an_operation_without_a_sign_is_impossible():
    values = np.zeros((2, len(NAMES)))
    values[1, NAMES.index("held")] = 1.0  # what it is, and no sign of a change
    found = rank(signs(values))
    assert found.probability.tolist() == [0.0, 0.0]
    assert found.nothing == 1.0


def test_more_of_a_sign_of_change_is_more_likely():
    values = np.zeros((2, len(NAMES)))
    values[:, NAMES.index("edited_suspicion")] = (0.2, 0.9)
    low, high = rank(signs(values)).probability
    assert high > low > 0
