"""References: light at first, written down as what the data looked like then."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pandas as pd
from hypothesis import given

from lineage_stats.features import describe_data, schema_digest
from lineage_stats.features._shape import take_outline
from lineage_stats.hooks._refs import Ref, flat
from lineage_stats.trace import DataRef
from tests.odd_data import odd_frames


@given(odd_frames())
def test_what_is_written_down_later_is_what_the_data_looked_like(frame):
    shape = describe_data(frame)
    ref = Ref(7, take_outline(frame))
    frame.columns = [f"new{i}" for i in range(frame.shape[1])]
    frame["more"] = 1
    assert ref.data_ref() == DataRef(
        "d7", "table", shape.rows, shape.n_columns, schema_digest(shape.columns)
    )
    assert ref.columns() == shape.columns


def test_a_reference_holds_neither_the_frame_nor_its_inside():
    frame = pd.DataFrame({"a": [1.0], "b": ["x"], "c": pd.Categorical(["y"])})
    held = [weakref.ref(frame), *map(weakref.ref, frame._mgr.blocks)]
    ref = Ref(1, take_outline(frame))
    del frame
    gc.collect()
    assert [one() for one in held] == [None] * len(held)
    assert ref.columns()[0] == ("a", "float64")


def test_what_has_no_columns():
    for obj, kind in ((np.zeros((2, 2, 2)), "array"), (pd.DataFrame().groupby, None)):
        outline = take_outline(obj)
        assert (outline and outline[0]) == kind
    ref = Ref(2, ("model", None, None, None))
    assert ref.data_ref() == DataRef("d2", "model")
    assert repr(ref) == "<Ref d2: model, None rows, None columns>"


def test_inputs_flat():
    a, b = Ref(1, ("model", None, None, None)), Ref(2, ("model", None, None, None))
    assert list(flat([(0, (b, a)), (1, (a,)), (2, ())])) == [b, a]
