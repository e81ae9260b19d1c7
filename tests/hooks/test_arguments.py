"""Arguments: as they were at the call, described when there is time."""

from __future__ import annotations

import gc
import weakref
from collections import OrderedDict

import numpy as np
import pandas as pd
import pytest

from lineage_stats.hooks import Target
from lineage_stats.hooks._arguments import facts_of, keep, keep_arguments
from lineage_stats.hooks._params import describe_params, describe_value
from lineage_stats.hooks._provider import Watched

NAMES = frozenset({"age", "city"})


def names() -> frozenset[str]:
    return NAMES


def f(x, y):
    return x + y


VALUES = [
    None, True, 3, 2.5, 1j, b"b", "age", "secret", "inner", ["age", "city"], ("age", "x"), [1, 2],
    {"age": "city"}, {"age": [1]}, {"a", "b"}, slice(1, None), slice("age", np.int64(3)), int, f,
    lambda z=3: z, lambda z=[1]: z, np.float64(2.0), np.arange(3), [np.arange(3)], OrderedDict(a=1),
    list(range(2000)), dict.fromkeys(range(2000)), pd.Timestamp("2024-01-01"), len, print, [],
    [[["age"]]], [[[[["age"]]]]], [{"a": [{1}, (f, {"age"})]}], {f: 1}, object(), [pd.DataFrame()],
    [pd.Series([1]), pd.Index([1])], {object(): 1, object(): 2},
    {"a": {"b": [slice(None, "age")]}}, f"{'x' * 300}", pd.DataFrame,
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_what_is_kept_is_described_as_the_value_is(value):
    kept = keep(value, names)
    assert describe_value(kept, NAMES) == describe_value(value, NAMES)


def test_what_changes_afterwards_does_not_count():
    values = [["age", "x"], {"age": 1}, [["age"]], {"age": ["x"]}]
    expected = [describe_value(value, NAMES) for value in values]
    kept = [keep(value, names) for value in values]
    for value in values:
        value.clear()
    assert [describe_value(value, NAMES) for value in kept] == expected


def test_what_a_function_refers_to_is_not_kept():
    class Big:
        pass

    def kept_of_a_closure():
        big = Big()
        return weakref.ref(big), keep(lambda x: (x, big), names)

    alive, kept = kept_of_a_closure()
    gc.collect()
    assert alive() is None
    assert describe_value(kept).startswith("function ~")


class Column:
    """Stands for a column of Spark, whose text Java is asked for."""

    java = True
    asked = 0

    def __repr__(self):
        if not self.java:
            raise ConnectionError
        Column.asked += 1
        return "Column<'age > 3'>"


Column.__module__ = "pyspark.sql.classic.column"


def test_java_is_asked_for_the_text_of_a_column_once_and_not_at_the_call():
    column = Column()
    alive, kept = weakref.ref(column), keep([column], names)
    assert Column.asked == 0
    told = [describe_value(kept), describe_value(kept)]
    assert Column.asked == 1
    assert told == [describe_value([column])] * 2
    del column
    assert alive() is None


def test_a_column_has_no_text_where_java_has_ended():
    column = Column()
    column.java = False
    assert describe_value(keep(column, names)) == "<Column>"


class Table:
    def clean(self, how, *, columns=None, **more):
        return self


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), (("any",), {}), ((), {"how": "any", "columns": ["age", "zzz"], "extra": 3}),
     (("data",), {"columns": "data"}), (([[1]], "too", "many"), {"more": {1: [2]}})],
)  # fmt: skip
def test_facts_are_those_of_the_arguments(args, kwargs):
    for function in (Table.clean, lambda *a, **k: None):
        watched = Watched(Target("t", "Table.clean"), function)
        given = (Table(), *args)
        data = [1] * 40
        given = tuple(data if value == "data" else value for value in given)
        kept = keep_arguments(watched, given, kwargs, [(id(data), ())], lambda inputs: NAMES)
        expected = describe_params(watched.bind(given, kwargs), names, [id(data)])
        found = facts_of(watched, kept, names)
        if not watched.skips:  # without a name the object is described like any argument
            assert found.pop("param[arg0]") == expected.pop("param[arg0]") == "<Table>"
        assert found == expected
