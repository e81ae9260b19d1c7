"""The table of objects: identity without keeping, marking or mistaking anything."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pandas as pd
import pytest

from lineage_stats.hooks._objects import MAX_PARTS, MAX_SOURCES, ObjectTable, parts_of
from lineage_stats.trace import DataRef
from tests.recording import recording

REF = (DataRef("d1"),)


def test_an_object_is_known_as_long_as_it_lives():
    table, frame = ObjectTable(), pd.DataFrame({"a": [1]})
    table.set(frame, REF)
    assert table.get(frame) == REF
    assert table.get(frame.copy()) == ()
    watch = weakref.ref(frame)
    del frame
    assert watch() is None
    assert len(table) == 0


def test_the_newest_version_counts():
    table, frame = ObjectTable(), pd.DataFrame()
    table.set(frame, REF)
    table.set(frame, (DataRef("d2"),))
    assert table.get(frame) == (DataRef("d2"),)
    assert len(table) == 1


def test_an_id_that_is_used_again_finds_nothing():
    table, reused = ObjectTable(), 0
    seen = set()
    for _ in range(1000):
        array = np.zeros(3)
        reused += id(array) in seen
        seen.add(id(array))
        assert table.get(array) == ()
        table.set(array, REF)
        del array
    assert reused > 900
    assert len(table) == 0


@pytest.mark.parametrize("value", [1, "a", (1,), [1], {}, None, object()])
def test_what_cannot_be_referred_to_weakly_is_passed_over(value):
    table = ObjectTable()
    table.set(value, REF)
    assert table.get(value) == ()
    assert len(table) == 0


def test_objects_with_odd_equality_and_hash_are_fine():
    class Odd:
        __hash__ = None

        def __eq__(self, other):
            raise RuntimeError

    table, odd = ObjectTable(), Odd()
    table.set(odd, REF)
    assert table.get(odd) == REF


def test_the_number_of_sources_is_bounded():
    table, frame = ObjectTable(), pd.DataFrame()
    table.set(frame, tuple(DataRef(f"d{i}") for i in range(100)))
    assert len(table.get(frame)) == MAX_SOURCES


def test_clear():
    table, frame = ObjectTable(), pd.DataFrame()
    table.set(frame, REF)
    table.clear()
    assert table.get(frame) == ()


def test_parts_of_containers_are_bounded_and_iterators_untouched():
    assert list(parts_of(5)) == [5]
    assert list(parts_of([1, 2])) == [1, 2]
    assert list(parts_of((1, 2))) == [1, 2]
    assert list(parts_of({"a": 1})) == [1]
    assert len(list(parts_of(list(range(1000))))) == MAX_PARTS
    assert len(list(parts_of(dict.fromkeys(range(1000))))) == MAX_PARTS
    iterator = iter([1, 2])
    assert list(parts_of(iterator)) == [iterator]
    assert list(iterator) == [1, 2]


def test_a_thousand_temporary_frames_give_no_false_edge():
    with recording() as run:
        for i in range(1000):
            pd.DataFrame({"a": [i]})
            np.zeros(4).sum()
            other = pd.Series(np.arange(3)).head(2)
        trace = run.trace
    assert {parent.split("/")[1][:6] for parent, _ in trace.edges} == {"Series"}
    heads = [op for op in trace if op.name == "Series.head"]
    assert all(len(op.inputs) == 1 for op in heads if "calls" not in op.features)
    assert len(other) == 2


def test_no_object_is_kept_alive():
    with recording() as run:
        frame = pd.DataFrame({"a": [2.0, None]})
        clean = frame.dropna().sort_values("a")
        grouped = clean.groupby("a")
        watches = [weakref.ref(obj) for obj in (frame, clean, grouped)]
        del frame, clean, grouped
        gc.collect()
        assert [watch() for watch in watches] == [None] * 3
        assert len(run.recorder.data._objects) == 0


def test_no_object_is_kept_alive_by_a_failed_call():
    with recording() as run:
        frame = pd.DataFrame({"a": [2.0, None]})
        with pytest.raises(KeyError):
            frame.drop(columns="z")
        watch = weakref.ref(frame)
        del frame
        gc.collect()
        assert watch() is None
        assert run.operations[-1].status == "failed"


def test_frames_die_at_once_without_collection():
    gc.disable()
    try:
        with recording():
            frame = pd.DataFrame({"a": [2.0, None]})
            watch = weakref.ref(frame)
            frame.dropna()
            frame["b"] = 1
            del frame
            assert watch() is None
    finally:
        gc.enable()


def test_user_objects_bear_no_mark():
    def marks(frame):
        return sorted(vars(frame)), frame.attrs, frame.flags.allows_duplicate_labels, dir(frame)

    expected = marks(pd.DataFrame({"a": [2.0, None]}).dropna())
    with recording(features="profile"):
        frame = pd.DataFrame({"a": [2.0, None]}).dropna()
        frame.sort_values("a")
    assert marks(frame) == expected
