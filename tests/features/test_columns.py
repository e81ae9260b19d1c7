import numpy as np
import pandas as pd

from lineage_stats.features._columns import sample_columns

FRAME = pd.DataFrame(
    {"a": [1, 2, 3], "t": ["x", "y", "z"], "b": [0.5, np.nan, 1.5], "f": [True, False, True]}
)


def test_columns_are_sorted_by_what_can_be_measured():
    columns = sample_columns(FRAME, 1000, 100)
    assert (columns.n_total, columns.n_rows, columns.n_columns) == (3, 3, 4)
    assert sorted(name for names, _ in columns.numbers for name in names) == ["a", "b"]
    assert [list(names) for names, _ in columns.flags] == [["f"]]
    assert [name for name, _ in columns.others] == ["t"]


def test_the_matrix_holds_numbers_and_flags():
    names, values = sample_columns(FRAME, 1000, 100).matrix()
    expected = FRAME[list(names)].to_numpy(dtype=float).T
    np.testing.assert_array_equal(values, expected)
    assert sample_columns(FRAME[["t"]], 1000, 100).matrix()[1].shape == (0, 3)


def test_only_the_first_columns_and_some_rows_are_taken():
    columns = sample_columns(FRAME, 2, 3)
    assert (columns.n_total, columns.n_rows, columns.n_columns) == (3, 2, 3)
    assert columns.flags == []


def test_times_are_seconds_whatever_their_unit():
    for unit in ("s", "ms", "us", "ns", "D", "h"):
        times = np.array(["1970-01-02", "NaT"], dtype=f"M8[{unit}]")
        (_, values), *_ = sample_columns(times, 1000, 100).numbers
        np.testing.assert_array_equal(values, [[86400.0, np.nan]])


def test_what_is_no_data_has_no_columns():
    assert sample_columns([1, 2], 1000, 100) is None


def test_columns_of_a_frame_that_pandas_put_together_wrongly_are_left_out():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3, 4], "c": [5, 6]})
    frame.isetitem([0, 1], 1)  # gives two columns the values of one
    columns = sample_columns(frame, 1000, 100)
    names, values = columns.matrix()
    assert len(names) == len(values) == columns.n_columns
    assert "c" in names
