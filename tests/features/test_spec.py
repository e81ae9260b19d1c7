"""The table of what is measured."""

from __future__ import annotations

import re

import pytest

from lineage_stats.features import FEATURE_KINDS, FEATURES, feature_kind


def test_every_line_is_complete() -> None:
    for name, spec in FEATURES.items():
        assert spec.name == name
        assert re.fullmatch(r"[a-z]\w*", name)
        assert spec.kind in FEATURE_KINDS
        assert spec.description
        assert spec.unit or spec.kind in ("category", "presence")


def test_every_kind_is_used() -> None:
    assert {spec.kind for spec in FEATURES.values()} == set(FEATURE_KINDS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rows_out", "count"), ("rows_in@3", "count"), ("mean[x]@1", "real"),
        ("nulls[a]", "proportion"), ("duration", "duration"), ("param[how]", "category"),
        ("metric_value", "metric"), ("present", "presence"), ("invented[x]", "real"),
    ],
)  # fmt: skip
def test_kind_of_a_full_name(name: str, kind: str) -> None:
    assert feature_kind(name) == kind
