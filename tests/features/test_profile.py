import threading
import tracemalloc
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from lineage_stats.features import FEATURES, parse_feature, profile_data
from tests.odd_data import AwkwardFrame, odd_frames, state_of

GENERATOR = np.random.default_rng(7)
FRAME = pd.DataFrame(
    {
        "price": GENERATOR.normal(1e9, 1.0, 500),
        "count": GENERATOR.integers(0, 9, 500),
        "member": GENERATOR.random(500) < 0.3,
        "when": pd.date_range("2024-02-03", periods=500, freq="h"),
        "took": pd.to_timedelta(GENERATOR.integers(0, 999, 500), unit="s"),
        "city": GENERATOR.choice(["rome", "oslo", "bern"], 500),
        "level": pd.Categorical(GENERATOR.choice(["low", "high"], 500)),
        "maybe": pd.array(GENERATOR.integers(0, 5, 500), dtype="Int64"),
    }
)
FRAME.loc[::7, "price"] = np.nan
FRAME.loc[::5, "city"] = None
FRAME.loc[::11, "maybe"] = pd.NA
FRAME.loc[::50, "when"] = pd.NaT
FRAME.loc[::3, "level"] = None


def seconds(column):
    if column.dtype.kind == "M":
        return (column - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
    return column / pd.Timedelta(seconds=1) if column.dtype.kind == "m" else column


@pytest.mark.parametrize("name", ["price", "count", "when", "took", "maybe"])
def test_numbers_agree_with_pandas(name):
    found, column = profile_data(FRAME), seconds(FRAME[name]).astype("Float64")
    expected = {
        "nulls": FRAME[name].isna().mean(), "mean": column.mean(), "sd": column.std(),
        "min": column.min(), "q25": column.quantile(0.25), "q50": column.median(),
        "q75": column.quantile(0.75), "max": column.max(),
    }  # fmt: skip
    got = {statistic: found[f"{statistic}[{name}]"] for statistic in expected}
    assert got == pytest.approx(expected, rel=1e-12)


def test_booleans_have_a_share_and_nothing_else():
    found = profile_data(FRAME)
    assert found["mean[member]"] == FRAME["member"].mean()
    assert {key for key in found if "[member]" in key} == {"nulls[member]", "mean[member]"}
    maybe = pd.DataFrame({"b": pd.array([True, False, True, None], dtype="boolean")})
    assert profile_data(maybe) == {"nulls[b]": 0.25, "mean[b]": 2 / 3, "null_share": 0.25}


@pytest.mark.parametrize("name", ["city", "level"])
@pytest.mark.parametrize("dtype", [None, object, "string", "category"])
def test_other_columns_agree_with_pandas(name, dtype):
    column = FRAME[name] if dtype is None else FRAME[name].astype(dtype)
    texts = column.dropna().astype(object)
    assert profile_data(column) == pytest.approx(
        {
            f"length[{name}]": texts.str.len().mean(),
            f"char_code[{name}]": np.mean([ord(c) for text in texts for c in text]),
            f"nulls[{name}]": column.isna().mean(),
            f"distinct[{name}]": column.nunique(),
            f"top_share[{name}]": column.value_counts(normalize=True).iloc[0],
            "null_share": column.isna().mean(),
        }
    )


def test_the_share_of_nulls_is_over_all_cells():
    assert profile_data(FRAME)["null_share"] == pytest.approx(FRAME.isna().to_numpy().mean())


def test_infinite_values_count_as_missing():
    found = profile_data(pd.Series([np.inf, 1.0, 3.0, -np.inf], name="x"))
    assert (found["nulls[x]"], found["mean[x]"], found["max[x]"]) == (0.5, 2.0, 3.0)


def test_a_constant_has_no_spread_at_all():
    found = profile_data(pd.DataFrame({"x": np.full(999, 0.1), "y": np.r_[np.nan, [0.7] * 998]}))
    assert (found["sd[x]"], found["mean[x]"]) == (0.0, 0.1)
    assert (found["sd[y]"], found["mean[y]"]) == (0.0, 0.7)


def test_what_is_not_defined_is_left_out():
    found = profile_data(pd.DataFrame({"one": [1.0], "none": [np.nan], "text": pd.Series([None])}))
    assert "sd[one]" not in found
    assert found["mean[one]"] == 1.0
    assert {key for key in found if "[none]" in key} == {"nulls[none]"}
    assert {key for key in found if "[text]" in key} == {"nulls[text]", "distinct[text]"}


def test_arrays_are_profiled_by_position():
    array = GENERATOR.normal(size=(50, 3))
    frame = pd.DataFrame(array, columns=["0", "1", "2"])
    assert profile_data(array) == profile_data(np.asfortranarray(array)) == profile_data(frame)
    assert profile_data(array[:, 0]) == profile_data(frame["0"])
    assert profile_data(pd.Series(array[:, 0])) == profile_data(array[:, 0])
    labels = np.array(["a", "b", "b"])
    assert profile_data(labels)["top_share[0]"] == 2 / 3
    days = np.array(["1970-01-02", "NaT"], dtype="M8[D]")
    assert profile_data(days)["mean[0]"] == 86400.0


def test_sparse_rows_are_profiled_as_dense_ones():
    dense = (GENERATOR.random((3000, 5)) < 0.2).astype(float)
    assert profile_data(scipy.sparse.csr_array(dense)) == profile_data(dense)
    assert profile_data(scipy.sparse.csc_array(dense)) == {}


@pytest.mark.parametrize(
    "obj",
    [None, 3, "a", [1.0], np.array(1.0), np.zeros((2, 2, 2)), np.zeros((0, 3)), np.zeros((3, 0)),
     np.ma.masked_array([1.0], [True]), np.zeros(2, dtype="f8,i4"), pd.DataFrame(),
     pd.DataFrame(index=[1, 2]), FRAME.iloc[:0], FRAME.groupby("city"), LinearRegression(),
     pd.MultiIndex.from_product([[1], [2]])],
    ids=lambda x: type(x).__name__,
)  # fmt: skip
def test_nothing_is_measured_where_there_is_nothing(obj):
    assert profile_data(obj) == {}


def test_only_a_bounded_part_is_looked_at():
    found = profile_data(np.zeros((10, 500)), max_columns=7)
    assert {parse_feature(name).column for name in found} == {None, *"0123456"}
    mixed = pd.concat([FRAME, FRAME.add_suffix("_2")], axis=1)
    found = profile_data(mixed, max_columns=10)
    assert {parse_feature(name).column for name in found} == {None, *mixed.columns[:10]}


def test_the_rows_of_a_wide_frame_are_not_copied():
    frame = pd.DataFrame(np.zeros((100_000, 150)))
    profile_data(frame)
    tracemalloc.start()
    profile_data(frame)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6  # its first hundred columns are 80 MB


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_rows_of_an_array_are_not_copied(order):
    array = np.zeros((300_000, 20), order=order)
    profile_data(array)
    tracemalloc.start()
    profile_data(array)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6  # the whole is 48 MB


def test_a_sample_comes_close_to_the_whole():
    data = pd.DataFrame(
        {"x": GENERATOR.normal(5, 2, 100_000), "g": GENERATOR.random(100_000) < 0.3}
    )
    found = profile_data(data)
    assert found["mean[x]"] == pytest.approx(5, abs=0.3)
    assert found["sd[x]"] == pytest.approx(2, abs=0.2)
    assert found["mean[g]"] == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize("period", [2, 7, 10, 24, 100, 1000])
def test_the_sample_sees_all_of_a_period(period):
    cycle = np.arange(100 * 1000) % period
    assert profile_data(cycle)["mean[0]"] == pytest.approx((period - 1) / 2, rel=0.15)


@given(odd_frames(), st.integers(1, 6), st.integers(0, 9))
def test_any_frame_is_profiled_without_a_trace(frame, sample_rows, max_columns):
    before = state_of(frame)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = profile_data(frame, sample_rows=sample_rows, max_columns=max_columns)
    assert state_of(frame) == before
    assert len(found) <= 8 * min(max_columns, frame.shape[1]) + 1
    assert all(type(value) is float and np.isfinite(value) for value in found.values())
    assert {parse_feature(name).statistic for name in found} <= set(FEATURES)
    assert found == profile_data(frame, sample_rows=sample_rows, max_columns=max_columns)
    assert found == profile_data(
        AwkwardFrame(frame), sample_rows=sample_rows, max_columns=max_columns
    )


@given(odd_frames())
def test_no_text_of_the_data_is_kept(frame):
    frame.columns = range(frame.shape[1])
    assert {parse_feature(name).column for name in profile_data(frame)} <= {
        None, *map(str, frame.columns),
    }  # fmt: skip


def test_objects_of_the_users_are_not_compared():
    class Spy:
        def __eq__(self, other):
            raise AssertionError

        def __hash__(self):
            raise AssertionError

    assert profile_data(pd.Series([Spy(), None, Spy(), Spy()])) == {
        "nulls[0]": 0.25, "null_share": 0.25,
    }  # fmt: skip


def test_what_cannot_be_hashed_is_left_out():
    assert profile_data(pd.Series([Decimal("sNaN")] * 3)) == {}


def test_long_texts_are_not_compared():
    texts = pd.Series(["x" * 600_000, "y" * 600_000, None])
    for column in (texts, texts.astype(object)):
        assert set(profile_data(column)) == {"nulls[0]", "null_share"}


def test_threads_agree():
    expected = profile_data(FRAME)
    found = []

    def work():
        found.extend(profile_data(FRAME) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert all(one == expected for one in found)
