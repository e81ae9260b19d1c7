import datetime as dt

import numpy as np
import pandas as pd
import pytest

from lineage_stats.features._categories import (
    Categories,
    are_atomic,
    count_categories,
    is_missing,
)
from tests.odd_data import Awkward


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a", "b", "a", None], dtype=object),
        pd.array(["a", "b", "a", None], dtype="string"),
        pd.Categorical(["a", "b", "a", None]),
        pd.Categorical(["a", "b", "a", None], categories=["unused", "b", "a"]),
        np.array([1, "b", 1, np.nan], dtype=object),
        pd.PeriodIndex(["2024-01", "2024-02", "2024-01", None], freq="M").array,
    ],
    ids=lambda array: type(array).__name__,
)
def test_counts_are_the_same_for_every_sort_of_array(array):
    assert count_categories(array) == Categories(nulls=1, distinct=2, top=2)


def test_nothing_is_counted_in_nothing():
    assert count_categories(np.array([], dtype=object)) == Categories(0, 0, 0)
    assert count_categories(pd.Categorical([])) == Categories(0, 0, 0)


def test_objects_that_hold_others_are_not_compared():
    for odd in ([1], (1,), {"a": 1}, {1}, np.zeros(1), Awkward(), np.void(b"x")):
        assert not are_atomic([1, odd])
    assert are_atomic([1, "a", None, 2.5, b"x", dt.date(2024, 1, 1), pd.Timestamp(0), np.int8(1)])


@pytest.mark.parametrize("value", [None, float("nan"), np.nan, pd.NA, pd.NaT, np.float64("nan")])
def test_missing_values(value):
    assert is_missing(value)


@pytest.mark.parametrize("value", [0, "", False, Awkward(), float("inf"), "nan"])
def test_values_that_are_there(value):
    assert not is_missing(value)
