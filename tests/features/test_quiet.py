"""Objects that were asked are as they were."""

import pickle

import numpy as np
import pandas as pd
import pytest

from lineage_stats.features._quiet import Untouched, dtype_of, own, quietly


def fresh():
    return pd.array([1, 2, None], dtype="Int64")


def test_what_is_asked_is_not_kept():
    array = fresh()
    before = pickle.dumps(array)
    assert quietly(array, "dtype") == "Int64"
    for _ in range(2):
        assert dtype_of(array) == "Int64"
        assert dtype_of(np.ones(2)) == "float64"
    assert quietly(dtype_of(array), "kind") == "i"
    assert "_cache" not in vars(array)
    assert pickle.dumps(array) == before


def test_what_was_kept_before_stays():
    array = fresh()
    assert array.dtype is array.dtype
    with Untouched(array):
        array._cache["more"] = 1
    assert list(array._cache) == ["dtype"]
    assert quietly(array, "dtype") is array.dtype


def test_other_attributes_are_simply_read():
    assert quietly(pd.Series([1.0]), "size") == 1
    with pytest.raises(AttributeError):
        quietly(fresh(), "no_such_attribute")
    with Untouched(3):
        pass


def test_a_series_is_not_asked_for_what_no_series_has():
    series = pd.Series([1.0], index=["nlevels"])
    assert own(series, "nlevels", 1) == 1  # not the value of that label
    assert own(series, "size") == 1
    assert quietly(np.dtype("f8"), "no_such_attribute", "") == ""
