"""The spread of many numbers in constant memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.trace._spread import Spread, merged_spread

NUMBERS = st.lists(st.integers(0, 10**12), min_size=1, max_size=30)


def spread_of(numbers):
    spread = Spread()
    for number in numbers:
        spread.add(number)
    return spread


@given(NUMBERS)
def test_it_agrees_with_numpy(numbers):
    found = spread_of(numbers).features("x", scale=1000)
    values = np.array(numbers, dtype=float) / 1000
    assert found == {
        "x_mean": pytest.approx(values.mean()),
        "x_sd": pytest.approx(values.std(), abs=1e-6 * (1 + values.max())),
        "x_min": values.min(),
        "x_max": values.max(),
    }


@given(NUMBERS)
def test_the_order_does_not_matter(numbers):
    assert spread_of(numbers).features("x") == spread_of(numbers[::-1]).features("x")


@given(NUMBERS, NUMBERS)
def test_two_sets_together_are_as_one(first, second):
    parts = [spread_of(numbers) for numbers in (first, second)]
    merged = merged_spread(
        "x", parts[0].features("x"), len(first), parts[1].features("x"), len(second)
    )
    whole = spread_of(first + second).features("x")
    assert merged == pytest.approx(whole, abs=1e-6 * (1 + whole["x_max"]))


def test_without_numbers_there_is_nothing():
    assert Spread().features("x") == {}
    assert merged_spread("x", {}, 0, spread_of([1]).features("x"), 1) == {}
