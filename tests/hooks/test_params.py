"""Parameters as facts: equal stays equal, different stays different, and no data."""

from __future__ import annotations

import functools
import re
import sys
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from lineage_stats.hooks._params import (
    MAX_ITEMS,
    MAX_PARAMS,
    class_digest,
    code_digest,
    describe_params,
    describe_value,
)
from tests.recording import recording

DIGEST = re.compile(r"~[0-9a-f]{8}$")
SECRET = "Zephyrine Quillfeather"

plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
nested = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (0.2, "0.2"),
        (-3, "-3"),
        (np.float64(0.5), "0.5"),
        (np.bool_(True), "True"),
        ("inner", "inner"),
        ("price", "price"),
        (["price", "inner"], "[price, inner]"),
        ({"price": "mean"}, "{price: mean}"),
        (slice(1, None), "slice(1, None, None)"),
        (float, "builtins.float"),
        ([], "[]"),
    ],
)
def test_names_options_and_single_numbers_are_shown(value, text):
    assert describe_value(value, frozenset(["price"])) == text


@pytest.mark.parametrize(
    "value",
    [SECRET, [SECRET], {"price": SECRET}, {SECRET: "mean"}, (1, SECRET), {SECRET}, [41, 42],
     {"price": 41}, [[SECRET]], b"Zephyrine", np.array([SECRET]), pd.Series([SECRET])],
)  # fmt: skip
def test_anything_that_may_be_data_is_a_digest_or_a_type(value):
    text = describe_value(value, frozenset(["price"]))
    assert "Zephyrine" not in text
    assert "41" not in text.partition("~")[0]
    assert DIGEST.search(text) or re.fullmatch(r"<\w+>", text)


@given(nested)
def test_description_is_stable_and_short(value):
    text = describe_value(value)
    assert text == describe_value(value)
    assert len(text) <= 400


@given(st.text(), st.text())
def test_different_texts_have_different_descriptions(a, b):
    assert (describe_value(a) == describe_value(b)) == (a == b)
    assert (describe_value([a]) == describe_value([b])) == (a == b)


@given(st.sets(st.text(max_size=5), min_size=2))
def test_the_order_of_sets_does_not_matter(values):
    assert describe_value(frozenset(values)) == describe_value(frozenset(list(values)[::-1]))


@given(st.dictionaries(st.text(max_size=5), st.integers(), min_size=1))
def test_changed_items_of_a_dict_change_its_description(values):
    key = sorted(values)[0]
    assert describe_value(values) != describe_value({**values, key: values[key] + 1})


def test_large_and_deep_containers_are_cut_short():
    assert describe_value(list(range(MAX_ITEMS + 1))) == f"list of {MAX_ITEMS + 1}"
    loop = []
    loop.append(loop)
    assert len(describe_value(loop)) < 100


def test_objects_whose_repr_and_equality_fail_are_fine():
    class Odd:
        def __repr__(self):
            raise RuntimeError

        __eq__ = __hash__ = __bool__ = __len__ = __str__ = __repr__

    assert describe_value(Odd()).endswith(".Odd>")
    assert describe_value([Odd()]).startswith("list of 1")


def test_functions_are_told_apart_by_their_code():
    assert describe_value(lambda x: x + 1) == describe_value(lambda x: x + 1)
    assert describe_value(lambda x: x + 1) != describe_value(lambda x: x + 2)
    assert describe_value(lambda x: x + 1) != describe_value(lambda x: x - 1)
    assert describe_value(lambda x: x.a) != describe_value(lambda x: x.b)
    assert describe_value(lambda: lambda: 1) != describe_value(lambda: lambda: 2)
    assert describe_value(lambda x, n=1: x) != describe_value(lambda x, n=2: x)
    assert describe_value(lambda x, *, n=1: x) != describe_value(lambda x, *, n=2: x)
    if sys.version_info < (3, 14):  # where the first of them is kept beside the set
        assert describe_value(lambda x: x in {1, 2}) == describe_value(lambda x: x in {2, 1})
    assert describe_value(lambda x: x in {1, 2}) != describe_value(lambda x: x in {1, 3})
    assert SECRET not in describe_value(lambda x: x == SECRET)


def test_partials_and_callables_have_a_description():
    assert describe_value(functools.partial(len)) == "<partial>"
    assert describe_value(len) == "<builtin_function_or_method>"
    assert code_digest(len) == ""
    assert code_digest(Mock()) == ""


def test_classes_are_told_apart_by_the_code_of_their_functions():
    def make(n):
        class Model:
            def fit(self, X):
                return X + 1 if n else X + 2

        class Other:
            def fit(self, X):
                return X + 2

        return Model, Other

    (one, other), (same, _) = make(1), make(0)
    assert class_digest(one) == class_digest(same)
    assert class_digest(one) != class_digest(other)


def test_digests_are_the_same_while_recording():
    from tests.recording import recording

    def digests():
        return code_digest(pd.DataFrame.dropna), class_digest(LogisticRegression)

    before = digests()
    with recording():
        assert digests() == before


def test_data_and_self_are_left_out():
    data, rest = object(), 5
    facts = describe_params({"self": 1, "x": data, "n": rest}, frozenset, [id(data)])
    assert facts == {"param[n]": "5"}


def test_the_number_of_parameters_is_bounded():
    bound = {f"p{i}": i for i in range(MAX_PARAMS * 2)}
    assert len(describe_params(bound, frozenset, ())) == MAX_PARAMS


def test_column_names_are_asked_for_only_if_needed():
    def fail():
        raise AssertionError

    assert describe_params({"n": 5, "x": None}, fail, ()) == {
        "param[n]": "5",
        "param[x]": "None",
    }


@pytest.mark.parametrize("value", [36481516, 2.5, -7, np.int64(36481516), float("inf")])
def test_a_number_that_stands_for_cells_is_a_digest(value):
    (fact,) = describe_params({"fill_value": value}, frozenset, ()).values()
    assert fact.startswith("~")
    assert describe_params({"fill_value": value}, frozenset, ()) != describe_params(
        {"fill_value": 3}, frozenset, ()
    )
    assert describe_params({"n": value}, frozenset, ()) == {"param[n]": str(value)}


@pytest.mark.parametrize("value", [0, 1, -1, 0.0, True, None, float("nan")])
def test_a_number_that_says_nothing_is_shown(value):
    assert describe_params({"value": value}, frozenset, ()) == {"param[value]": repr(value)}


@pytest.mark.skipif(not hasattr(pd, "col"), reason="since pandas 3")
def test_an_expression_of_columns_answers_to_every_name():
    texts = [describe_value(e) for e in (pd.col("a"), pd.col("a") > 1, pd.col("a") > 2)]
    assert len(set(texts)) == 3
    assert all(re.fullmatch("expression ~[0-9a-f]{8}", text) for text in texts)
    with recording() as run:
        pd.DataFrame({"a": [1, 2]}).assign(b=pd.col("a") + 1)
        assert run.names == ["DataFrame", "DataFrame.assign"]
