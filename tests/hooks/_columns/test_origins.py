"""What is remembered of objects that no operation made."""

from __future__ import annotations

import gc

import numpy as np
import pandas as pd

from lineage_stats.features._shape import take_outline
from lineage_stats.hooks._columns._origins import (
    MAX_LEAVES,
    MAX_NUMBERS,
    Origin,
    OriginTable,
    combined,
    origin_of_refs,
)
from lineage_stats.hooks._refs import Ref


def ref_of(obj, number=1):
    return Ref(number, take_outline(obj))


FRAME = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
REF = ref_of(FRAME)


def test_an_origin_lives_as_long_as_its_object():
    table, series = OriginTable(), pd.Series([1.0])
    table.set(series, Origin(((REF, "a", "i"),), False))
    assert table.get(series).leaves == ((REF, "a", "i"),)
    assert table.get(series.copy()) is None
    del series
    gc.collect()
    assert len(table) == 0


def test_the_very_number_is_known_and_no_equal_one():
    table, number = OriginTable(), float("1.5")
    table.set(number, Origin(((REF, "a", "a"),), False))
    assert table.get(number) is not None
    assert table.get(float("1.50")) is None
    for i in range(2 * MAX_NUMBERS):
        table.set(float(i), Origin((), False))
    assert len(table._numbers) <= MAX_NUMBERS


def test_what_cannot_be_referred_to_is_passed_over():
    table = OriginTable()
    table.set([1], Origin((), False))
    assert len(table) == 0


def test_an_object_that_an_operation_made_is_forgotten():
    table, series = OriginTable(), pd.Series([1.0])
    table.set(series, Origin((), False))
    table.forget(series)
    assert table.get(series) is None


def test_whole_data_is_written_as_its_reference():
    assert Origin(((REF, None, "i"),), True).code() is REF
    assert Origin(((REF, "a", "i"),), False).code() == ["c", [REF, "a"]]
    assert Origin(((REF, "a", "d"),), True, True).code() == ["t?", [REF, "a", "d"]]
    grouped = Origin(((REF, None, "i"),), True, False, ("a",), ("b",), ("columns",))
    assert grouped.code() == {"of": REF, "by": ("a",), "only": ("b",), "opt": ("columns",)}


def test_a_part_of_an_array_may_be_any_of_its_columns():
    array = np.zeros((4, 2))
    ref = ref_of(array)
    assert not origin_of_refs(array, (ref,)).opaque
    assert origin_of_refs(array[:, 1], (ref,)).opaque
    assert origin_of_refs(FRAME, (REF,)).by_name
    assert origin_of_refs(FRAME["a"], (REF,)).opaque


def test_computing_makes_identity_derived_and_keeps_aggregated():
    one = Origin(((REF, "a", "i"), (REF, "b", "a")), False)
    assert combined([one], "d").leaves == ((REF, "a", "d"), (REF, "b", "a"))
    assert combined([one], "a").leaves == ((REF, "a", "a"), (REF, "b", "a"))
    assert combined([], "d") is None


def test_what_comes_from_too_many_columns_comes_from_their_data():
    many = Origin(tuple((REF, f"c{i}", "i") for i in range(MAX_LEAVES + 1)), False)
    found = combined([many], "d")
    assert found.leaves == ((REF, None, "d"),)
    assert found.opaque
