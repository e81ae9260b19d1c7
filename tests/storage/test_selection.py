"""Filters of `load_traces`: what they take, and how they understand a moment."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from lineage_stats.storage._selection import make_selection

DAY = 1_704_067_200_000_000_000  # 2024-01-01T00:00:00Z
DAY_NS = 86_400_000_000_000


def selection(**parameters: Any) -> Any:
    return make_selection(
        **{"pipeline": None, "tags": None, "since": None, "until": None, **parameters}
    )


CEST = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("moment", "since", "until"),
    [
        ("2024-01-01", DAY, DAY + DAY_NS - 1),
        (dt.date(2024, 1, 1), DAY, DAY + DAY_NS - 1),
        (" 2024-01-01 ", DAY, DAY + DAY_NS - 1),
        ("2024-01-01T00:00", DAY, DAY),
        ("2024-01-01 00:00:00.000001", DAY + 1000, DAY + 1000),
        ("2024-01-01T00:00:00Z", DAY, DAY),
        ("2024-01-01T02:00:00+02:00", DAY, DAY),
        (dt.datetime(2024, 1, 1), DAY, DAY),
        (dt.datetime(2024, 1, 1, tzinfo=dt.UTC), DAY, DAY),
        (dt.datetime(2024, 1, 1, 2, tzinfo=CEST), DAY, DAY),
        ("1969-12-31", -DAY_NS, -1),
    ],
)
def test_moments(moment: Any, since: int, until: int) -> None:
    assert selection(since=moment).since == since
    assert selection(until=moment).until == until


@pytest.mark.parametrize("bad", ["yesterday", "", "2024-13-01", 3, 1.5, [2024]])
@pytest.mark.parametrize("name", ["since", "until"])
def test_a_moment_of_the_wrong_kind(name: str, bad: Any) -> None:
    with pytest.raises(ValueError, match=f"The '{name}' parameter must be a date"):
        selection(**{name: bad})


def test_other_parameters_of_the_wrong_kind() -> None:
    with pytest.raises(ValueError, match=r"'pipeline' .* must be a str or None. Got 3 instead\.$"):
        selection(pipeline=3)
    with pytest.raises(ValueError, match=r"'tags' .* mapping of str to str .* Got 'a=b' instead"):
        selection(tags="a=b")


@pytest.mark.parametrize(
    ("parameters", "takes"),
    [
        ({}, True),
        ({"pipeline": "p"}, True),
        ({"pipeline": "q"}, False),
        ({"tags": {}}, True),
        ({"tags": {"a": "1"}}, True),
        ({"tags": {"a": "1", "b": "2"}}, True),
        ({"tags": {"a": "2"}}, False),
        ({"tags": {"a": "1", "c": "3"}}, False),
        ({"since": "2024-01-01", "until": "2024-01-01"}, True),
        ({"since": "2024-01-02"}, False),
        ({"until": "2023-12-31"}, False),
    ],
)
def test_takes(parameters: dict[str, Any], takes: bool) -> None:
    run = {"pipeline": "p", "tags": {"a": "1", "b": "2"}, "start_ns": DAY}
    assert selection(**parameters).takes(run) is takes


def test_both_ends_count() -> None:
    exact = selection(since=dt.datetime(2024, 1, 1), until=dt.datetime(2024, 1, 1))
    assert exact.takes({"pipeline": "p", "start_ns": DAY})
    assert not exact.takes({"pipeline": "p", "start_ns": DAY + 1})
    assert not exact.takes({"pipeline": "p", "start_ns": DAY - 1})


def test_text_is_what_the_user_wrote() -> None:
    assert selection(pipeline="p", since="2024-01-01").text == "pipeline='p', since='2024-01-01'"
    assert selection().text == ""
