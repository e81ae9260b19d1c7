"""From signs to probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lineage_stats.attribution._ranking import ANOTHER, rank, weights
from lineage_stats.attribution._scoring import strength
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


def test_where_it_stands_is_no_sign_of_a_change():
    values = np.zeros((1, len(NAMES)))
    for name in ("source_downstream", "free_downstream", "source_alone", "is_source"):
        values[0, NAMES.index(name)] = 1.0
    assert rank(signs(values)).nothing == 1.0


def test_what_chance_makes_is_no_sign_of_a_change():
    values = np.zeros((2, len(NAMES)))
    values[:, NAMES.index("free_first")] = (float(strength(2.0)), float(strength(3.0)))
    usual, unusual = rank(signs(values)).probability
    assert usual == 0.0
    assert unusual > 0.0


@given(hnp.arrays(np.float64, (4, len(NAMES)), elements=st.floats(0, 1)))
def test_only_edited_operations_are_further_causes(values):
    values[:2, NAMES.index("only_edit")] = 0.0
    found = rank(signs(values))
    np.testing.assert_array_equal(found.involvement[:2], found.probability[:2])
    assert (found.involvement >= found.probability).all()
    # A further cause needs a first one.
    further = (found.involvement - found.probability).sum()
    assert further <= ANOTHER * found.probability[2:].sum() + 1e-12


def test_the_second_of_two_edits_is_involved_if_it_beats_none():
    values = np.zeros((2, len(NAMES)))
    values[:, NAMES.index("only_edit")] = 0.5
    values[:, NAMES.index("edited_suspicion")] = (1.0, 0.8)
    found = rank(signs(values))
    alone = rank(signs(values[1:]))
    first = found.probability[0]
    assert found.involvement[1] == pytest.approx(
        found.probability[1] + ANOTHER * first * alone.probability[0]
    )


def test_more_of_a_sign_of_change_is_more_likely():
    values = np.zeros((2, len(NAMES)))
    values[:, NAMES.index("edited_suspicion")] = (0.2, 0.9)
    low, high = rank(signs(values)).probability
    assert high > low > 0
