"""References to data: a new one for each version, links for what only carries data on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lineage_stats.hooks import _data
from lineage_stats.hooks._data import DataBook


def made(book: DataBook, *objects: object) -> tuple:
    return book.remember(book.outputs(objects))


def test_what_was_made_is_found_again_as_an_input():
    book, frame = DataBook(), pd.DataFrame({"a": [1, 2]})
    (ref,) = made(book, frame)
    assert (ref.kind, ref.rows, ref.n_columns) == ("table", 2, 1)
    assert book.inputs((frame, 5, "x"), {}) == [(id(frame), (ref,))]
    assert book.inputs((), {"X": [frame], "y": {"f": frame}}) == [(id(frame), (ref,))] * 2
    assert book.n_untracked == 0


def test_unknown_data_gets_a_reference_once_and_is_counted():
    book, frame = DataBook(), pd.DataFrame({"a": [1]})
    first = book.inputs((frame,), {})
    assert book.inputs((frame,), {}) == first
    assert book.n_untracked == 1


def test_each_version_has_a_reference_of_its_own():
    book, frame = DataBook(), pd.DataFrame({"a": [1]})
    assert made(book, frame) != made(book, frame)


def test_views_stand_for_the_array_they_show():
    book, array = DataBook(), np.zeros((4, 2))
    (ref,) = made(book, array)
    view = array[1:]
    assert book.inputs((view,), {}) == [(id(view), (ref,))]


def test_slices_of_a_view_stand_for_the_view():
    book = DataBook()
    view = np.zeros((4, 2)).T
    refs = book.remember(book.outputs([view]))
    ((_, found),) = book.inputs([view[:, 1]], {})
    assert found == refs
    assert book.n_untracked == 0


def test_groupings_stand_for_their_frame():
    book, frame = DataBook(), pd.DataFrame({"a": [1]})
    (ref,) = made(book, frame)
    grouped = frame.groupby("a")
    assert book.inputs((grouped,), {}) == [(id(grouped), (ref,))]


def test_links_stand_for_all_they_were_made_from():
    book, a, b = DataBook(), pd.Series([1]), pd.Series([2])
    refs = made(book, a) + made(book, b)
    total = a + b
    book.link(book.inputs((a, b), {}), total)
    assert book.inputs((total,), {})[0][1] == refs


def test_a_link_does_not_rename_what_is_known():
    book, a, b = DataBook(), pd.Series([1]), pd.Series([2])
    (ref_a,), (ref_b,) = made(book, a), made(book, b)
    book.link(book.inputs((a,), {}), b)
    assert book.inputs((b,), {}) == [(id(b), (ref_b,))]
    assert ref_a != ref_b


def test_links_of_nothing_or_to_nothing_are_fine():
    book, a = DataBook(), pd.Series([1])
    book.link([], a)
    book.link(book.inputs((a,), {}), 5)
    assert len(book._objects) == 1


def test_schemas_are_told_once_and_names_are_known():
    book, frame = DataBook(), pd.DataFrame({"a": [1], "b": ["x"]})
    (ref,) = book.data_refs(made(book, frame))
    assert [name for name, _ in book.schemas[ref.schema]] == ["a", "b"]
    book.schemas.clear()
    assert book.data_refs(made(book, frame.copy()))[0].schema == ref.schema
    assert book.schemas == {}
    assert book.column_names(book.inputs((frame,), {})) == {"a", "b"}


def test_memory_of_ever_new_columns_does_not_grow(monkeypatch):
    monkeypatch.setattr(_data, "MAX_NAMES", 30)
    book = DataBook()
    for i in range(100):
        frame = pd.DataFrame({f"a{i}": [1], "b": [2]})
        book.data_refs(made(book, frame))
        book.schemas.clear()
        assert book.column_names(book.inputs((frame,), {})) == {f"a{i}", "b"}
    assert len(book._told) <= 10
