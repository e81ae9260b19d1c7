import threading

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from lineage_stats.features import DataShape, describe_data, is_data, schema_digest
from lineage_stats.trace import DATA_KINDS
from tests.odd_data import Awkward, AwkwardFrame, odd_frames

FRAME = pd.DataFrame(
    {"age": [31, 44, 27], "city": pd.Categorical(["a", "b", "a"]), "ok": [True, False, True]}
)
COLUMNS = (("age", "int64"), ("city", "category"), ("ok", "bool"))


def test_describes_a_frame():
    assert describe_data(FRAME) == DataShape("table", 3, 3, COLUMNS)


@pytest.mark.parametrize(
    "grouping",
    [
        FRAME.groupby("city", observed=True),
        FRAME.rolling(2),
        FRAME.expanding(),
        FRAME.ewm(span=2),
        FRAME.set_index(pd.date_range("2024", periods=3)).resample("D"),
    ],
    ids=lambda g: type(g).__name__,
)
def test_a_grouping_has_the_rows_of_what_was_grouped(grouping):
    assert describe_data(grouping) == DataShape("grouping", 3, 3, COLUMNS)


def test_describes_columns_by_name():
    assert describe_data(FRAME["age"]) == DataShape("column", 3, 1, (("age", "int64"),))
    assert describe_data(pd.Series([1.5])) == DataShape("column", 1, 1, (("0", "float64"),))
    assert describe_data(pd.Index([1, 2], name="k")) == DataShape("column", 2, 1, (("k", "int64"),))


def test_describes_arrays_by_position():
    two = (("0", "float64"), ("1", "float64"))
    assert describe_data(np.zeros(4)) == DataShape("array", 4, 1, two[:1])
    assert describe_data(np.zeros((4, 2))) == DataShape("array", 4, 2, two)
    assert describe_data(np.zeros((4, 2, 2))) == DataShape("array", 4)
    assert describe_data(np.zeros(4, dtype=[("x", "f8"), ("n", "i4")])) == DataShape(
        "array", 4, 2, (("x", "float64"), ("n", "int32"))
    )


@pytest.mark.parametrize("make", [scipy.sparse.csr_array, scipy.sparse.csc_matrix])
def test_describes_sparse_matrices(make):
    assert describe_data(make(np.eye(2))) == DataShape(
        "array", 2, 2, (("0", "Sparse[float64]"), ("1", "Sparse[float64]"))
    )


def test_does_not_list_the_columns_of_a_very_wide_array():
    assert describe_data(np.zeros((1, 10_001))) == DataShape("array", 1, 10_001)


def test_describes_estimators_and_the_users_own():
    class Own(LinearRegression):
        pass

    for model in (LinearRegression(), Own(), make_pipeline(Own())):
        assert describe_data(model) == DataShape("model")


@pytest.mark.parametrize(
    "obj", [FRAME, FRAME["age"], FRAME.groupby("ok"), np.zeros(2), [1], "a"], ids=type
)
def test_whether_it_is_data_is_known_without_describing_it(obj):
    assert is_data(obj) == (describe_data(obj) is not None)


@pytest.mark.parametrize(
    "obj", [None, 1, "a", [1], {"a": 1}, np.float64(1), np.array(1), FRAME.loc]
)
def test_is_none_for_anything_else(obj):
    assert describe_data(obj) is None
    assert describe_data(type(obj)) is None
    assert describe_data(Awkward()) is None


def test_asks_a_subclass_nothing_it_may_have_overridden():
    shape = describe_data(AwkwardFrame(FRAME))
    assert shape == DataShape("table", 3, 3, COLUMNS)


def test_an_unreadable_subclass_is_opaque():
    class Broken(pd.Series):
        @property
        def name(self):
            raise RuntimeError("name")

    assert describe_data(Broken.__new__(Broken)) == DataShape("opaque")


def test_is_not_misled_by_names_that_change_in_place():
    frame = pd.DataFrame({"a": [1], "b": [2]})
    seen = [describe_data(frame).columns]
    frame.columns = ["b", "a"]
    seen.append(describe_data(frame).columns)
    frame.columns = ["b", "c"]
    seen.append(describe_data(frame).columns)
    frame["a"] = "x"
    seen.append(describe_data(frame).columns)
    assert [[name for name, _ in columns] for columns in seen] == [
        ["a", "b"], ["b", "a"], ["b", "c"], ["b", "c", "a"],
    ]  # fmt: skip


def test_names_of_columns_become_unique_texts():
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=["a", "a#2", "a", "a"])
    assert [name for name, _ in describe_data(frame).columns] == ["a", "a#2", "a#3", "a#4"]
    levels = FRAME.groupby("city", observed=True).agg({"age": ["min", "max"]})
    assert [name for name, _ in describe_data(levels).columns] == ["age.min", "age.max"]


@given(odd_frames())
def test_describes_any_frame_with_unique_names_of_bounded_length(frame):
    shape = describe_data(frame)
    names = [name for name, _ in shape.columns]
    assert (shape.kind, shape.rows, shape.n_columns) == ("table", *frame.shape)
    assert len(set(names)) == len(names) == frame.shape[1]
    assert all(len(name) < 300 for name in names)
    assert shape == describe_data(frame.copy())
    assert shape == describe_data(AwkwardFrame(frame))
    assert len(schema_digest(shape.columns)) == 16


def test_the_digest_depends_on_names_dtypes_and_order_only():
    digests = {
        schema_digest(columns)
        for columns in (
            COLUMNS,
            COLUMNS[::-1],
            COLUMNS[:2],
            (("age", "float64"), *COLUMNS[1:]),
            (("Age", "int64"), *COLUMNS[1:]),
            (),
        )
    }
    assert len(digests) == 6
    assert schema_digest(COLUMNS) == schema_digest((*COLUMNS[:1], *COLUMNS[1:]))
    assert schema_digest((("age", "int64"),)) == "30761605da285f00"


def test_threads_that_share_the_caches_agree():
    frames = [pd.DataFrame({f"c{i}": [i], "x": ["t"]}) for i in range(50)]
    expected = [describe_data(frame) for frame in frames]
    found: list[list[DataShape | None]] = []

    def work():
        found.extend([describe_data(f.copy()) for f in frames] for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert all(shapes == expected for shapes in found)


def test_the_kinds_are_those_of_the_schema():
    shapes = [describe_data(x) for x in (FRAME, FRAME["age"], FRAME.groupby("ok"), np.zeros(1))]
    assert {shape.kind for shape in shapes} <= set(DATA_KINDS)


def test_measuring_imports_no_library(run_python):
    done = run_python(
        "import sys; before = set(sys.modules)\n"
        "from lineage_stats.features import association, describe_data, profile_data\n"
        "print(describe_data(1), profile_data(1), association(1, 2))\n"
        "print({'numpy', 'pandas', 'sklearn', 'scipy'} & (set(sys.modules) - before))"
    )
    assert done.stdout.split("\n")[:2] == ["None {} {}", "set()"]
