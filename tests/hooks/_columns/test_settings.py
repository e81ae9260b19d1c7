"""Values that a program puts in where data is only carried on."""

from __future__ import annotations

import datetime as dt
import sys
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.hooks._columns._settings import (
    MAX_LISTED,
    MAX_SETTINGS,
    is_moving,
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


NOW = {}


def told(program, value=None):
    """All settings that operations of a program tell."""
    NOW["v"] = value
    with recording() as run:
        program(table())
    facts = [op.facts["param[settings]"] for op in run.trace if "param[settings]" in op.facts]
    return ", ".join(facts) or None


PROGRAMS = [
    (lambda t: t[t["a"] > NOW["v"]], 2.5, 3.5),
    (lambda t: t[t.a.between(0, NOW["v"]) & (t["b"] == "x")], 2.5, 3.5),
    (lambda t: t.loc[(t["a"] * NOW["v"]).gt(3), ["a"]], 2.5, 3.5),
    (lambda t: t[~t["b"].isin(NOW["v"])], ["x"], ["x", "y"]),
    (lambda t: t.assign(h=t["t"].dt.tz_localize(NOW["v"]).dt.hour), "UTC", "Asia/Tokyo"),
    (lambda t: t.assign(h=t["t"] + NOW["v"]), pd.Timedelta(hours=1), pd.Timedelta(hours=2)),
    (lambda t: t.assign(h=t["t"] + NOW["v"]), dt.timedelta(hours=1), dt.timedelta(hours=2)),
    (
        lambda t: t.assign(h=t["t"].dt.tz_localize(NOW["v"])),
        ZoneInfo("UTC"),
        ZoneInfo("Asia/Tokyo"),
    ),
    (lambda t: t["a"].rolling(NOW["v"]).mean(), 2, 3),
    (lambda t: t.groupby("b", sort=NOW["v"])["a"].sum(), True, False),
    (lambda t: t[t["b"].str.startswith(NOW["v"])], "x", "y"),
    (lambda t: t[t["a"] < t["a"].quantile(NOW["v"])], 0.5, 0.6),
    (lambda t: pd.Series(np.where(t["a"] > NOW["v"], 1, 0)), 2.5, 3.5),
    (lambda t: pd.Series(np.where(t["a"] > 2, NOW["v"]["high"], 0)), {"high": 5}, {"high": 6}),
    (lambda t: pd.Series((t["a"].to_numpy() > NOW["v"]["m"]).astype(int)), {"m": 2.5}, {"m": 3.5}),
    (lambda t: t.assign(p=np.power(t["a"], NOW["v"])), 2, 3),
]


@pytest.mark.parametrize(("program", "first", "second"), PROGRAMS)
def test_another_value_is_another_setting(program, first, second):
    found = [told(program, value) for value in (first, first, second)]
    assert found[0] == found[1] != found[2]
    assert found[2] is not None


def test_a_list_of_many_values_is_data():
    assert told(lambda t: t[t["b"].isin([str(i) for i in range(MAX_LISTED + 1)])]) is None


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


@pytest.mark.parametrize(
    ("program", "shown"),
    [
        (lambda t: t["a"].rolling(3, min_periods=2).mean(), "rolling(3, min_periods=2)"),
        (lambda t: t.set_index("t")["a"].rolling("12h").mean(), "rolling(12h)"),
        (lambda t: t.set_index("t").resample("2D")["a"].sum(), "resample(2D)"),
        (lambda t: t["a"].ewm(halflife=2.5).mean(), "ewm(halflife=2.5)"),
        (lambda t: t.assign(b=t["b"].str.slice(0, 3)), "slice(0, 3)"),
    ],
)
def test_sizes_are_told(program, shown):
    assert shown in told(program)


def test_a_size_that_is_no_offset_is_not_told():
    assert settings_text((("rolling", ((0, WORD),), None),)).startswith("rolling(~")


def test_choosing_columns_is_no_setting():
    assert named_setting("DataFrame.__getitem__") is None
    assert named_setting("core.strings.accessor.StringMethods.__getitem__") == "getitem"
    assert named_setting("Series.gt") == named_setting("Series.__gt__") == "gt"


def test_what_is_put_in_is_bounded():
    one = [(str(i), ((0, i),), None) for i in range(2 * MAX_SETTINGS)]
    assert len(merged(one, one)) == MAX_SETTINGS
    assert len(settings_text(merged(one))) < 250
    assert put_in("numpy", object()) == ()


def test_what_differs_in_every_process_is_no_setting():
    class Odd:
        __module__ = None

    frame = sys._getframe()
    for value in (Odd(), np.float64(2), None, b"x", 1j, pd.Timestamp(0), pd.array([1]), {1: 2}):
        assert setting_of("map", (None, value), {}, frame) is None
    assert setting_of("map", (None, 2), {}, None) is None
    name, values, _ = setting_of("map", (None, len), {"f": lambda v: v}, frame)
    assert name == "map"
    assert [key for key, _ in values] == ["f"]


@pytest.mark.parametrize(
    ("value", "moves"),
    [
        ("2024-01", True), ("2024/01/31", True), ("20240131", True), ("31/01/2024", True),
        (202401, True), (20240131, True), (["2024-01-31"], True), ("2024-01-31T05:00", True),
        ("2024", False), (2024, False), (190000, False), (20249999, False), ("x", False),
        (200_000, False), ("20240131x7", True), (3.5, False), (["x", 1], False),
    ],
)  # fmt: skip
def test_days_and_months_move(value, moves):
    kept = tuple(value) if isinstance(value, list) else value
    assert is_moving(kept) == moves


VALUES = st.one_of(st.integers(), st.floats(), st.text(max_size=5), st.booleans())
ONE = st.tuples(
    st.sampled_from(["gt", "isin", "clip"]),
    st.lists(st.tuples(st.sampled_from([0, 1, "lower"]), VALUES), min_size=1, max_size=2).map(
        tuple
    ),
    st.none(),
)


@given(st.lists(ONE, max_size=6), st.randoms())
def test_order_and_repetition_do_not_matter(settings, random):
    other = [*settings, *settings[:2]]
    random.shuffle(other)
    assert settings_text(tuple(settings)) == settings_text(tuple(other))
