"""Columns of views, told by where their memory lies."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.hooks._numpy._views import columns_of_view

N_ROWS, N_COLUMNS = 5, 4


def slices(n):
    ends = st.one_of(st.none(), st.integers(-n, n))
    steps = st.one_of(st.none(), st.integers(-2, 2).filter(bool))
    return st.builds(slice, ends, ends, steps)


@given(
    order=st.sampled_from("CF"),
    rows=st.one_of(slices(N_ROWS), st.integers(0, N_ROWS - 1)),
    columns=st.one_of(slices(N_COLUMNS), st.integers(0, N_COLUMNS - 1)),
    turned=st.booleans(),
)
def test_columns_told_are_those_that_the_view_shows(order, rows, columns, turned):
    base = np.array([[10 * i + j for j in range(N_COLUMNS)] for i in range(N_ROWS)], order=order)
    view = base[rows, columns]
    if not isinstance(view, np.ndarray) or not view.size:
        return
    view = view.T if turned else view
    at = columns_of_view(view, base)
    shown = view.reshape(len(view), -1) % 10
    alike = bool((shown == shown[0]).all())
    if at is not None:
        assert alike
        assert at == shown[0].tolist()
    elif not turned and isinstance(rows, slice) and len(view) > 1:
        assert base[rows, :].shape[0] < 2 or not alike


def test_other_arrays_tell_nothing():
    base = np.zeros((5, 3))
    assert columns_of_view(base.ravel(), base) is None
    assert columns_of_view(base[:, 0].astype(int), base) is None
    assert columns_of_view(base.view("int64")[:, 0], base) is None
    assert columns_of_view(np.zeros((2, 3, 4))[:, 0], np.zeros((2, 3, 4))) is None
