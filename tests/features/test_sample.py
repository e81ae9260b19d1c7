import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.features._sample import sample_positions


@given(st.integers(1, 10**9), st.integers(1, 2000))
def test_sample_positions_increase_within_the_data(n_rows, sample_rows):
    positions = sample_positions(n_rows, sample_rows)
    if positions is None:
        assert n_rows <= sample_rows
    else:
        assert len(positions) == sample_rows
        assert positions[0] >= 0
        assert positions[-1] < n_rows
        assert (np.diff(positions) > 0).all()


def test_sample_positions_are_the_same_everywhere():
    assert sample_positions(10**6, 5).tolist() == [176662, 286305, 405286, 794176, 821269]
