from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.features import _samples, profile_data
from lineage_stats.features._samples import profile_samples, size_of
from lineage_stats.features._shape import take_outline
from tests.odd_data import AwkwardFrame, odd_frames


def take_sample(obj, **options):
    outline = take_outline(obj)
    return None if outline is None else _samples.take_sample(obj, outline, **options)


def later(*objects, **options):
    """Return the profiles of samples that were taken before the data was changed."""
    samples = [take_sample(obj, **options) for obj in objects]
    return profile_samples([sample for sample in samples if sample is not None])


@given(st.lists(odd_frames(), max_size=4), st.integers(1, 6), st.integers(0, 9))
def test_samples_are_measured_as_the_data_is_at_once(frames, sample_rows, max_columns):
    bounds = {"sample_rows": sample_rows, "max_columns": max_columns}
    frames += [AwkwardFrame(frame) for frame in frames]
    assert later(*frames, **bounds) == [profile_data(frame, **bounds) for frame in frames]


@pytest.mark.parametrize("n_rows", [10, 5000])
def test_columns_and_arrays_are_measured_as_at_once(n_rows):
    numbers = np.random.default_rng(0).normal(size=(n_rows, 3))
    table = pd.DataFrame(numbers, columns=list("abc")).assign(t="x", d=pd.Timestamp("2024-01-01"))
    data = [
        numbers, numbers[:, 0], numbers > 0, table, table["a"], table["t"], table["d"], table.index,
        scipy.sparse.csr_array(numbers), table["t"].astype(object), table["t"].astype("category"),
    ]  # fmt: skip
    assert later(*data) == [profile_data(one) for one in data]
    assert all(later(*data))


@pytest.mark.parametrize("max_columns", [100, 2, 0])
def test_arrays_of_any_layout_are_measured_as_at_once(max_columns):
    numbers = np.random.default_rng(0).normal(size=(100, 3))
    arrays = [
        numbers.T, numbers[::-2], numbers[:, :0], np.asfortranarray(numbers), numbers.astype("U"),
        numbers.astype(complex), numbers.astype(object), numbers.astype("int8"), numbers[:0],
        (numbers * 1e9).astype("M8[s]"), numbers.astype("m8[D]"), numbers[None],
        numbers.view([("a", float), ("b", float), ("c", float)]), np.ma.masked_less(numbers, 0),
    ]  # fmt: skip
    expected = [profile_data(array, max_columns=max_columns) for array in arrays]
    samples = [take_sample(array, max_columns=max_columns) for array in arrays]
    found = [{} if sample is None else profile_samples([sample])[0] for sample in samples]
    assert found == expected


@pytest.mark.parametrize("n_rows", [10, 5000])
def test_what_happens_to_the_data_afterwards_does_not_count(n_rows):
    def change(table):
        for name, value in {"a": 7.0, "i": 7, "f": False, "t": "z", "o": "z", "d": None}.items():
            table.loc[:, name] = value

    table = pd.DataFrame({
        "a": np.arange(n_rows) / 3, "i": range(n_rows), "f": True, "t": "x",
        "o": pd.Series(["u", "v"] * (n_rows // 2), dtype=object), "d": pd.Timestamp("2024-01-01"),
    })  # fmt: skip
    array = table[["a", "i"]].to_numpy().copy()
    expected = [profile_data(table), profile_data(array), profile_data(table["a"])]
    samples = [take_sample(table), take_sample(array), take_sample(table["a"])]
    change(table)
    array[:] = 0
    assert profile_samples(samples) == expected


def test_objects_that_may_change_are_counted_at_once():
    value = [1]
    table = pd.DataFrame({"x": pd.Series([value, None, value], dtype=object), "y": 1.0})
    expected = profile_data(table)
    sample = take_sample(table)
    del table, value
    assert profile_samples([sample]) == [expected]
    assert profile_samples([take_sample(pd.Series([Decimal("sNaN")]))]) == [{}]


def test_no_frame_and_no_block_is_kept_alive():
    import gc
    import weakref

    table = pd.DataFrame({"a": [1.0], "t": ["x"]})
    held = [weakref.ref(table), *map(weakref.ref, table._mgr.blocks)]
    sample = take_sample(table)
    del table
    gc.collect()
    assert [ref() for ref in held] == [None] * len(held)
    assert size_of(sample) == 2


def test_what_is_no_data_has_no_sample():
    assert take_sample([1.0]) is None
    assert take_sample(np.array(1.0)) is None
    assert profile_samples([]) == []
    assert later(np.zeros((0, 3)), np.zeros((2, 0)), pd.DataFrame()) == [{}, {}, {}]
