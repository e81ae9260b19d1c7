"""Values that a program puts in where data is only carried on."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.hooks._columns._settings import (
    MAX_LISTED,
    MAX_SETTINGS,
    merged,
    named_setting,
    put_in,
    setting_of,
    settings_text,
)
from tests.recording import recording

WORD = "Quillfeather"


def table():
    return pd.DataFrame(
        {
            "a": [1.0, 2.0, 3.0, 4.0],
            "b": ["x", "y", "x", "y"],
            "t": pd.date_range("2024-01-01", periods=4, freq="6h"),
        }
    )


def told(program, **values):
    """The settings of the last operation of a program."""
    with recording() as run:
        program(table(), **values)
    return run.trace.operations[-1].facts.get("param[settings]")


PROGRAMS = [
    (lambda t, v: t[t["a"] > v], 2.5, 3.5),
    (lambda t, v: t[t.a.between(0, v) & (t["b"] == "x")], 2.5, 3.5),
    (lambda t, v: t.loc[(t["a"] * v).gt(3), ["a"]], 2.5, 3.5),
    (lambda t, v: t[~t["b"].isin(v)], ["x"], ["x", "y"]),
    (lambda t, v: t.assign(h=t["t"].dt.tz_localize(v).dt.hour), "UTC", "Asia/Tokyo"),
    (lambda t, v: t.assign(h=t["t"] + v), pd.Timedelta(hours=1), pd.Timedelta(hours=2)),
    (lambda t, v: t.assign(h=t["t"] + v), dt.timedelta(hours=1), dt.timedelta(hours=2)),
    (lambda t, v: t.assign(h=t["t"].dt.tz_localize(v)), ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo")),
    (lambda t, v: t["a"].rolling(v).mean(), 2, 3),
    (lambda t, v: t.groupby("b", sort=v)["a"].sum(), True, False),
    (lambda t, v: t[t["b"].str.startswith(v)], "x", "y"),
    (lambda t, v: t[t["a"] < t["a"].quantile(v)], 0.5, 0.6),
    (lambda t, v: pd.Series(np.where(t["a"] > v, 1, 0)), 2.5, 3.5),
    (lambda t, v: pd.Series(np.where(t["a"] > 2, v["high"], 0)), {"high": 5}, {"high": 6}),
    (lambda t, v: pd.Series((t["a"].to_numpy() > v["m"]).astype(int)), {"m": 2.5}, {"m": 3.5}),
    (lambda t, v: t.assign(p=np.power(t["a"], v)), 2, 3),
]


@pytest.mark.parametrize(("program", "first", "second"), PROGRAMS)
def test_another_value_is_another_setting(program, first, second):
    found = [told(program, v=value) for value in (first, first, second)]
    assert found[0] == found[1] != found[2]
    assert found[2] is not None


@pytest.mark.parametrize(
    "program",
    [
        lambda t: t[["a", "b"]],
        lambda t: t[t["a"] > t["a"].mean()],
        lambda t: t[t["a"] > float(t["a"].max())].assign(c=1),
        lambda t: t[t["a"] > t["a"].to_numpy()[0]],
        lambda t: t[t["t"] > pd.Timestamp("2024-01-01")],
        lambda t: t[t["t"] > dt.datetime(2024, 1, 1)],
        lambda t: t[t["t"] > "2024-01-01"],
        lambda t: t[t["b"].isin([str(i) for i in range(MAX_LISTED + 1)])],
    ],
)
def test_data_and_points_in_time_are_no_settings(program):
    assert told(program) is None


def test_settings_end_where_an_operation_takes_them():
    with recording() as run:
        data = table()
        data["late"] = (data["a"] > 2).astype(int)
        data[["late"]].sum()
        data["copy"] = data["late"]
    facts = {op.name: op.facts.get("param[settings]") for op in run.trace}
    assert facts["Series.astype"].startswith("gt(~")
    assert [name for name, told in facts.items() if told] == ["Series.astype"]


def test_no_value_is_told():
    text = told(lambda t: t[(t["b"] == WORD) | t["b"].isin([WORD, "4711"]) | (t["a"] > 4711)])
    assert WORD not in text
    assert "4711" not in text


def test_choosing_columns_is_no_setting():
    assert named_setting("DataFrame.__getitem__") is None
    assert named_setting("core.strings.accessor.StringMethods.__getitem__") == "getitem"
    assert named_setting("Series.gt") == named_setting("Series.__gt__") == "gt"


def test_what_is_put_in_is_bounded():
    one = [(str(i), (("", i),)) for i in range(2 * MAX_SETTINGS)]
    assert len(merged(one, one)) == MAX_SETTINGS
    assert len(settings_text(merged(one))) < 250
    assert put_in("numpy", object()) == ()


def test_objects_that_differ_in_every_process_are_no_settings():
    class Odd:
        pass

    assert setting_of("map", (None, Odd()), {"b": None}, lambda value: False) is None
    assert setting_of("map", (None, np.float64(2)), {}, lambda value: False) is None
    name, values = setting_of("map", (None, len), {"f": lambda v: v}, lambda value: False)
    assert name == "map"
    assert [key for key, _ in values] == ["f"]


VALUES = st.one_of(st.integers(), st.floats(), st.text(max_size=5), st.booleans())
ONE = st.tuples(
    st.sampled_from(["gt", "isin", "clip"]),
    st.lists(st.tuples(st.sampled_from(["", "lower"]), VALUES), min_size=1, max_size=2).map(tuple),
)


@given(st.lists(ONE, max_size=6), st.randoms())
def test_order_and_repetition_do_not_matter(settings, random):
    other = [*settings, *settings[:2]]
    random.shuffle(other)
    assert settings_text(merged(settings)) == settings_text(merged(other))
