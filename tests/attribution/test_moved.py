"""Whether a target moved, or columns did."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.attribution._moved import target_moved

USUAL = np.array([9.0, 12.0, 7.0, 30.0, 5.0])


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
def test_where_all_columns_lose_the_same_share_the_target_moved(share):
    assert target_moved(USUAL, share * USUAL) == pytest.approx(share * np.sqrt(USUAL @ USUAL))


def test_shares_need_not_be_the_same_to_the_last_digit():
    shares = np.array([0.45, 0.6, 0.55, 0.4, 0.5])
    assert target_moved(USUAL, shares * USUAL) > 10


@pytest.mark.parametrize("kept", range(4))
def test_where_a_column_keeps_all_of_it_the_others_moved(kept):
    lost = 0.8 * USUAL
    lost[kept] = 0.0
    assert target_moved(USUAL, lost) == 0.0


def test_many_small_losses_are_more_than_one():
    assert target_moved(USUAL, np.array([2.0, 2.5, 1.5, 4.5, 1.0])) > 4.5


def test_one_column_tells_nothing_and_none_neither():
    assert target_moved(np.array([20.0]), np.array([19.0])) == 0.0
    assert target_moved(np.array([]), np.array([])) == 0.0


def test_what_goes_better_with_its_target_has_lost_nothing():
    assert target_moved(USUAL, -0.5 * USUAL) == 0.0


def test_labels_turned_round_moved_as_well():
    assert target_moved(USUAL, 2 * USUAL) > 20


@given(
    st.lists(
        st.tuples(st.floats(3.0, 1e3), st.floats(-1e3, 1e3)),
        max_size=8,
    )
)
def test_it_is_no_more_than_all_there_was(bonds):
    usual, lost = np.array(bonds).reshape(-1, 2).T
    found = target_moved(usual, lost)
    assert 0.0 <= found <= np.sqrt(usual @ usual) + np.sqrt(len(bonds)) + 1e-9
