"""Entry points are found without loading what reads them, unless there are any."""

from __future__ import annotations

import importlib.metadata
import sys

import pytest

from lineage_stats._plugins import entry_points_of

OURS = """
[console_scripts]
tool = toy:main

[lineage_stats.hooks]
toy = toy:Provider
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A search path with two packages, as if nothing had loaded their metadata."""
    for name, text in {"toy": OURS, "other": "[console_scripts]\nx = y:z\n", "bare": None}.items():
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        if text is not None:
            (folder / "entry_points.txt").write_text(text)
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "absent")])
    monkeypatch.delitem(sys.modules, "importlib.metadata", raising=False)
    return tmp_path


def test_a_group_that_is_there_is_found(site):
    assert [entry.name for entry in entry_points_of("lineage_stats.hooks")] == ["toy"]


def test_for_a_group_that_is_not_there_nothing_is_loaded(site):
    assert list(entry_points_of("lineage_stats.exporters")) == []
    assert "importlib.metadata" not in sys.modules


def test_an_archive_on_the_path_is_left_to_the_library(site, monkeypatch):
    (site / "packages.zip").write_bytes(b"")
    monkeypatch.setattr(sys, "path", [str(site / "packages.zip"), str(site)])
    assert [entry.name for entry in entry_points_of("lineage_stats.hooks")] == ["toy"]
    assert list(entry_points_of("lineage_stats.exporters")) == []


def test_an_agreement_with_the_library(monkeypatch):
    """In the real environment both find the same."""
    group = "lineage_stats.hooks"
    expected = {entry.name for entry in importlib.metadata.entry_points(group=group)}
    monkeypatch.delitem(sys.modules, "importlib.metadata")
    assert {entry.name for entry in entry_points_of(group)} == expected
