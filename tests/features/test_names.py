"""Names of features: writing and taking apart are inverse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.features import FEATURES, FeatureName, parse_feature

columns = st.none() | st.text(max_size=10) | st.text(alphabet="[]@0123", max_size=6)


@given(st.sampled_from(sorted(FEATURES)), columns, st.integers(0, 20))
def test_a_name_can_be_taken_apart_whatever_the_column(
    statistic: str, column: str | None, port: int
) -> None:
    name = FeatureName(statistic, column, port)
    assert parse_feature(str(name)) == name


@given(st.text(max_size=12) | st.text(alphabet="a[]@0²", max_size=8))
def test_any_text_can_be_taken_apart(name: str) -> None:
    parts = parse_feature(name)
    assert parse_feature(str(parts)) == parts


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("rows_out", ("rows_out", None, 0)),
        ("rows_in@1", ("rows_in", None, 1)),
        ("mean[age]", ("mean", "age", 0)),
        ("mean[age]@2", ("mean", "age", 2)),
        ("mean[]", ("mean", "", 0)),
        ("mean[a@1]", ("mean", "a@1", 0)),
        ("mean[x[1]]@1", ("mean", "x[1]", 1)),
        ("mean[x]@1]", ("mean", "x]@1", 0)),
        ("param[how]", ("param", "how", 0)),
        ("mean[open", ("mean[open", None, 0)),
        ("rows_out@²", ("rows_out@²", None, 0)),
    ],
)
def test_examples(name: str, parts: tuple[str, str | None, int]) -> None:
    assert parse_feature(name) == FeatureName(*parts)
