import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lineage_stats.features._statistics import (
    NUMBER_STATISTICS,
    flag_statistics,
    number_statistics,
    statistics_of_many,
)

SOME = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([np.nan, np.inf, -np.inf]))


@given(arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=SOME))
def test_agrees_with_pandas_on_the_finite_values(values):
    found = pd.DataFrame(number_statistics(values), columns=NUMBER_STATISTICS)
    rows = pd.DataFrame(values).where(np.isfinite(values)).T
    expected = pd.DataFrame({
        "nulls": rows.isna().mean(), "mean": rows.mean(), "sd": rows.std(), "min": rows.min(),
        "q25": rows.quantile(0.25), "q50": rows.quantile(0.5), "q75": rows.quantile(0.75),
        "max": rows.max(),
    })  # fmt: skip
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-6)


@given(st.lists(arrays(float, array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9),
                       elements=SOME), max_size=6))  # fmt: skip
def test_many_tables_are_measured_as_one_by_one(tables):
    tables = [table for table in tables if table.shape[1]]
    for together, alone in zip(statistics_of_many(tables), tables, strict=True):
        np.testing.assert_array_equal(together, number_statistics(alone))


@pytest.mark.parametrize("n_rows", [2, 9, 100, 1000])
def test_the_order_of_values_in_memory_changes_no_bit(n_rows):
    generator = np.random.default_rng(n_rows)
    tables = [np.asfortranarray(generator.normal(0.7, 0.3, (n, n_rows))) for n in (1, 2, 2, 3)]
    for together, alone in zip(statistics_of_many(tables), tables, strict=True):
        np.testing.assert_array_equal(together, number_statistics(np.ascontiguousarray(alone)))


@pytest.mark.parametrize("n_rows", [1, 2, 7, 8, 9, 31, 100, 1000])
def test_many_long_tables_are_measured_as_one_by_one_to_the_last_bit(n_rows):
    generator = np.random.default_rng(n_rows)
    tables = [generator.normal(1e3, 1.0, size=(k, n_rows)) for k in (1, 9, 30, 2, 1)]
    tables[1][3, 0] = np.nan
    tables.append(np.asfortranarray(generator.normal(size=(5, n_rows))))
    for together, alone in zip(statistics_of_many(tables), tables, strict=True):
        np.testing.assert_array_equal(together, number_statistics(alone))


def test_complete_and_incomplete_columns_are_measured_alike():
    values = np.random.default_rng(0).normal(1e8, 1, size=(3, 40))
    with_gap = np.c_[values, np.full(3, np.nan)]
    alone, together = number_statistics(values), number_statistics(with_gap)
    np.testing.assert_allclose(alone[:, 1:], together[:, 1:], rtol=1e-12)
    assert together[:, 0] == pytest.approx(1 / 41)


def test_flags():
    assert flag_statistics(np.array([[True, False], [True, True]])) == ([0.0, 0.0], [0.5, 1.0])
    nulls, shares = flag_statistics(np.array([[1.0, np.nan], [np.nan, np.nan]]))
    assert nulls == [0.5, 1.0]
    assert shares[0] == 1.0
    assert np.isnan(shares[1])
