import numpy as np
import pandas as pd
from hypothesis import given

from lineage_stats.features._pandas_access import (
    FrameLayout,
    frame_axes,
    frame_blocks,
    label,
    series_values,
)
from tests.odd_data import odd_frames


class Public:
    """A frame without an inside."""

    def __init__(self, frame):
        self._frame = frame

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._frame, name)


def by_position(blocks):
    found = {}
    for where, values in blocks:
        assert len(where) == (values.shape[0] if values.ndim == 2 else 1)
        for position, row in zip(where, values if values.ndim == 2 else [values], strict=True):
            found[position] = pd.Series(row, dtype=row.dtype)
    return [found[position] for position in sorted(found)]


@given(odd_frames())
def test_the_public_way_finds_what_the_inner_one_does(frame):
    public = Public(frame)
    assert frame_axes(public)[1] == frame_axes(frame)[1] == len(frame)
    assert frame_axes(public)[0].is_(frame_axes(frame)[0])
    layouts = [FrameLayout(public), FrameLayout(frame)]
    assert [layout.n_rows for layout in layouts] == [len(frame)] * 2
    assert [len(layout) for layout in layouts] == [frame.shape[1]] * 2
    assert [layout.dtypes() for layout in layouts] == [tuple(str(d) for d in frame.dtypes)] * 2
    for slow, fast in zip(
        by_position(frame_blocks(public)), by_position(frame_blocks(frame)), strict=True
    ):
        assert slow.dtype == fast.dtype
        assert list(map(type, slow)) == list(map(type, fast))
        if slow.dtype != object:
            pd.testing.assert_series_equal(slow, fast)


def test_a_layout_stays_what_it_was():
    frame = pd.DataFrame({"a": pd.Categorical(["x"]), "b": [1.0]})
    names = pd.Series(["c", "d"])
    before = FrameLayout(frame)
    frame.columns = pd.Index(names)  # may share the memory of the series
    shared = FrameLayout(frame)
    frame["e"] = True
    assert before.labels() == ("a", "b")
    assert shared.labels() == ("c", "d")
    assert shared.dtypes() == before.dtypes() == ("category", "float64")


def test_labels():
    assert [label(x) for x in ("a", 1, None, ("a", 1), np.float64(2))] == [
        "a", "1", "None", "a.1", "2.0",
    ]  # fmt: skip
    assert label("x" * 500) != label("x" * 501)
    assert label("x" * 500) == label("x" * 500)


@given(odd_frames())
def test_the_values_of_a_series_are_those_of_its_frame(frame):
    for position, row in enumerate(by_position(frame_blocks(frame))):
        column = frame.iloc[:, position]
        for values in (series_values(column), series_values(Public(column))):
            assert values.dtype == row.dtype
            assert list(map(type, pd.Series(values, dtype=row.dtype))) == list(map(type, row))
