import datetime as dt
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.features import _categories
from lineage_stats.features._cache import BoundedCache
from lineage_stats.features._categories import (
    MOST_CHARACTERS,
    MOST_CONTENT,
    Categories,
    are_atomic,
    count_categories,
    count_once,
    is_missing,
    text_form,
)
from lineage_stats.features._pandas_access import arrow_content
from tests.odd_data import Awkward


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a", "b", "a", None], dtype=object),
        pd.array(["a", "b", "a", None], dtype="string"),
        pd.Categorical(["a", "b", "a", None]),
        pd.Categorical(["a", "b", "a", None], categories=["unused", "b", "a"]),
        np.array([1, "b", 1, np.nan], dtype=object),
        pd.PeriodIndex(["2024-01", "2024-02", "2024-01", None], freq="M").array,
    ],
    ids=lambda array: type(array).__name__,
)
def test_counts_are_the_same_for_every_sort_of_array(array):
    assert count_categories(array)[:3] == Categories(nulls=1, distinct=2, top=2)[:3]


@pytest.mark.parametrize(
    "make",
    [
        lambda texts: np.array(texts, dtype=object),
        lambda texts: pd.array(texts, dtype="string"),
        lambda texts: pd.array(texts, dtype="str"),
        lambda texts: pd.Categorical(texts),
        lambda texts: pd.Categorical(texts, categories=["unused", *dict.fromkeys(texts)]),
    ],
)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), max_size=8))
def test_the_form_of_texts_is_that_of_all_characters(make, texts):
    found = count_categories(make(texts))
    characters = [ord(c) for text in texts for c in text]
    assert found.length == (pytest.approx(len(characters) / len(texts)) if texts else None)
    told = characters and len(set(texts)) > 1
    assert found.char_code == (pytest.approx(np.mean(characters)) if told else None)


def test_another_spelling_is_another_form():
    keys = [f"{i:07d}" for i in range(300)]
    forms = [keys, [f"0{k}" for k in keys], [f"{k}.0" for k in keys], [f"C-{k}" for k in keys]]
    words = ["North", "South"], ["NORTH", "SOUTH"], ["Nörth", "South"], ["North ", "South "]
    for spellings in (forms, words):
        found = {count_categories(pd.array(s, dtype="str"))[3:] for s in spellings}
        assert len(found) == len(spellings)


@pytest.mark.parametrize(
    ("texts", "share"),
    [
        (["1.5", "1,5", "1.5", "x"], 0.5),
        (["-.5", "+3", " 4e2 "], 1.0),
        (["12,3", "4,5"], 0.0),
        (["2024-01-01", "7"], 0.5),
        (["a", "b1", "inf", "nan", ""], None),
        (["7", "7"], None),
    ],
)
@pytest.mark.parametrize("dtype", [object, "str", "category"])
def test_texts_that_read_as_numbers_are_counted(texts, share, dtype):
    assert count_categories(pd.Series(texts).astype(dtype).array).numeric == share


def test_what_is_not_text_throughout_has_no_form():
    for values in ([1, "b"], [b"a"], [dt.date(2024, 1, 1)], []):
        assert count_categories(np.array(values, dtype=object))[3:] == (None, None, None)
    assert text_form(["a" * (MOST_CHARACTERS + 1)], [1]) == (None, None, None)


@pytest.mark.parametrize("dtype", [object, "string", "str", "category"])
def test_long_texts_are_not_put_together(dtype):
    texts = pd.Series([f"{i}" * 1_000_000 for i in range(10)]).astype(dtype)
    tracemalloc.start()
    try:
        assert count_categories(texts.array)[3:] == (None, None, None)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_the_only_text_of_a_column_is_not_given_away():
    assert count_categories(np.array(["F", "F", None], dtype=object))[3:] == (1.0, None, None)


def test_nothing_is_counted_in_nothing():
    assert count_categories(np.array([], dtype=object)) == Categories(0, 0, 0)
    assert count_categories(pd.Categorical([])) == Categories(0, 0, 0)


def test_objects_that_hold_others_are_not_compared():
    for odd in ([1], (1,), {"a": 1}, {1}, np.zeros(1), Awkward(), np.void(b"x")):
        assert not are_atomic([1, odd])
    assert are_atomic([1, "a", None, 2.5, b"x", dt.date(2024, 1, 1), pd.Timestamp(0), np.int8(1)])


@pytest.mark.parametrize("value", [None, float("nan"), np.nan, pd.NA, pd.NaT, np.float64("nan")])
def test_missing_values(value):
    assert is_missing(value)


@pytest.mark.parametrize("value", [0, "", False, Awkward(), float("inf"), "nan"])
def test_values_that_are_there(value):
    assert not is_missing(value)


def test_equal_texts_are_counted_once_wherever_they_are(monkeypatch):
    counted = []
    monkeypatch.setattr(
        _categories, "count_categories", lambda array: counted.append(array) or Categories(0, 1, 2)
    )
    known = BoundedCache(10_000)
    texts = pd.array(["a", "b", None], dtype="str")
    same = [texts, texts.copy(), pd.array(["a", "b", None], dtype="str"), texts.take([0, 1, 2])]
    others = [
        texts[:2], texts[1:], pd.array(["ab", "", None], dtype="str"),
        pd.array(["a", "b", "c"], dtype="str"), pd.array([None, "b", "a"], dtype="str"),
    ]  # fmt: skip
    for array in same:
        count_once(array, known)
    assert len(counted) == 1
    for array in others:
        count_once(array, known)
    assert len(counted) == 1 + len(others)


@pytest.mark.parametrize(
    "array",
    [
        pd.array(["a", "a", None], dtype="str"),
        pd.array(["a", "a", None], dtype="string[python]"),
        pd.Categorical(["a", "a", None]),
        np.array(["a", "a", None], dtype=object),
        pd.array(["x" * MOST_CONTENT, "a"], dtype="str"),
        pd.array([], dtype="str"),
    ],
)
def test_counting_once_is_counting(array):
    known = BoundedCache(10_000)
    assert count_once(array, known) == count_once(array, known) == count_categories(array)


def test_codes_are_not_what_they_stand_for():
    kind = pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    texts, numbers = pd.array(["aa", "b", "aa"], dtype=kind), pd.array(["1", "22", "1"], dtype=kind)
    known = BoundedCache(10_000)
    assert count_once(texts, known) == count_categories(texts)
    assert count_once(numbers, known) == count_categories(numbers)


def test_a_small_part_of_many_texts_is_not_copied_as_a_whole():
    many = pd.array([f"text {i}" for i in range(2_000)], dtype="str")
    parts = type(many)._concat_same_type([many[i : i + 1] for i in range(20)])
    assert arrow_content(many, 50_000)[1] > 20_000
    assert arrow_content(many[5:6], 50_000) is None
    assert arrow_content(parts, 50_000) is None
    assert arrow_content(many, 1_000) is None
