"""The table of what is measured."""

from __future__ import annotations

import re

import pytest

from lineage_stats.features import (
    FEATURE_KINDS,
    FEATURES,
    FeatureSpec,
    _spec,
    feature_kind,
    feature_spec,
)


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


def test_features_of_other_packages_are_known_by_their_entry_point(monkeypatch, caplog):
    class Entry:
        """An entry point that leads to features, or nowhere."""

        def __init__(self, name, specs):
            self.name = name
            self._specs = specs

        def load(self):
            if self._specs is None:
                raise ImportError(self.name)
            return self._specs

    entries = [
        Entry("broken", None),
        Entry("drift", [FeatureSpec("drift", "proportion", "1", "share", "rows_in")]),
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: entries)
    _spec._foreign_features.cache_clear()
    try:
        assert feature_kind("drift[age]@1") == "proportion"
        assert feature_kind("unheard_of") == "real"
        assert feature_spec("rows_out").per == "rows_out"
        assert "'broken' cannot be loaded" in caplog.text
    finally:
        _spec._foreign_features.cache_clear()
