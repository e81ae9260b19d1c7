"""Windows of time, counted whatever the seconds since 1970 are rounded to."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.datasets._measured import window_numbers


@given(
    origin=st.integers(0, 4 * 10**12),
    length=st.sampled_from([1, 10, 100, 300, 1000, 60_000]),
    numbers=st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=20),
)
def test_a_row_at_the_begin_of_a_window_belongs_to_it(origin, length, numbers):
    times = pd.Series([(origin + k * length) / 1000 for k in numbers])
    found = window_numbers(times, origin / 1000, length / 1000)
    assert found.tolist() == numbers


@given(st.integers(1, 10**6), st.sampled_from([0.1, 1.0, 60.0]))
def test_a_row_before_the_next_window_belongs_to_this_one(number, window):
    times = pd.Series([1_700_000_000 + (number + 0.999) * window])
    assert window_numbers(times, 1_700_000_000, window).tolist() == [number]
