"""Arrays from buffers are those that pyarrow makes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.storage._arrow import build_array

SCALARS: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.string(): st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False),
}


@pytest.mark.parametrize("kind", SCALARS, ids=str)
@given(data=st.data())
def test_scalars_with_nulls(kind: pa.DataType, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | SCALARS[kind], max_size=20))
    array = build_array(values, kind)
    array.validate(full=True)
    assert array.to_pylist() == values
    assert array.equals(pa.array(values, kind))


@pytest.mark.parametrize("kind", SCALARS, ids=str)
@given(data=st.data())
def test_maps(kind: pa.DataType, data: st.DataObject) -> None:
    values = data.draw(
        st.lists(st.dictionaries(SCALARS[pa.string()], st.none() | SCALARS[kind]), max_size=6)
    )
    array = build_array(values, pa.map_(pa.string(), kind))
    array.validate(full=True)
    assert [dict(value) for value in array.to_pylist()] == values


STRUCTS = st.fixed_dictionaries({"a": st.none() | st.integers(0, 9), "b": SCALARS[pa.string()]})


@given(st.lists(st.lists(STRUCTS, max_size=4), max_size=6))
def test_lists_of_structs(values: list[list[dict[str, Any]]]) -> None:
    array = build_array(values, pa.list_(pa.struct([("a", pa.int64()), ("b", pa.string())])))
    array.validate(full=True)
    assert array.to_pylist() == values


def test_half_surrogates_become_question_marks() -> None:
    assert build_array(["a\udc80"], pa.string()).to_pylist() == ["a?"]


def test_halves_of_a_pair_that_meet_are_a_character() -> None:
    array = build_array(["\ud83d\ude00", "a\ude00\ud83d", "é"], pa.string())
    assert array.to_pylist() == ["\U0001f600", "a??", "é"]


def test_a_key_that_is_none_is_an_error_and_not_the_end_of_the_process() -> None:
    with pytest.raises(ValueError, match="key of a map is None"):
        build_array([{None: "x"}], pa.map_(pa.string(), pa.string()))
