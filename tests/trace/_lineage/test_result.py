"""Answers print, convert and stay as they are."""

from __future__ import annotations

import dataclasses

import pytest

from lineage_stats.trace import ColumnDependency, ColumnLineage, ColumnPath, ColumnPaths

AGE = ColumnDependency(
    "load/read_csv#1.age", "load/read_csv#1", "age", relations=("derived", "filtered-by"),
    distance=3, is_source=True, variable="raw",
)  # fmt: skip
MODEL = ColumnDependency("main/fit#1", "main/fit#1", kind="model", opaque=True)
LINEAGE = ColumnLineage(("main/f1_score#1",), "upstream", (MODEL, AGE))


def test_text():
    assert repr(LINEAGE) == "<ColumnLineage: main/f1_score#1 depends on 1 column, 1 model>"
    assert str(LINEAGE).splitlines() == [
        "main/f1_score#1 depends on 1 column, 1 model:",
        "  main/fit#1            (opaque)",
        "  load/read_csv#1.age  derived, filtered-by",
    ]
    assert repr(ColumnLineage(("x", "y"), "downstream")) == (
        "<ColumnLineage: 2 columns reach nothing>"
    )


def test_html_is_escaped():
    odd = ColumnLineage(("<a>",), "upstream", (ColumnDependency("<b>"),))
    assert "<b>" not in odd._repr_html_()
    assert "&lt;b&gt;" in odd._repr_html_()


def test_frame():
    frame = LINEAGE.to_frame()
    assert list(frame.index) == ["main/fit#1", "load/read_csv#1.age"]
    assert frame.loc["load/read_csv#1.age", "relations"] == "derived+filtered-by"
    assert frame.loc["load/read_csv#1.age", "variable"] == "raw"


def test_choices():
    assert LINEAGE.sources.names == LINEAGE.columns.names == ("load/read_csv#1.age",)
    assert LINEAGE.models.names == ("main/fit#1",)
    assert LINEAGE.metrics.names == ()
    assert LINEAGE.related("filtered-by").names == ("load/read_csv#1.age",)
    assert LINEAGE["main/fit#1"] is MODEL
    assert "main/fit#1" in LINEAGE
    with pytest.raises(KeyError, match="is not among the 2 upstream"):
        LINEAGE["x"]


def test_answers_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        LINEAGE.of = ()


def test_paths():
    path = ColumnPath(("a.x", "b.x", "c.y"), ("identity", "derived+filtered-by"))
    paths = ColumnPaths("a.x", "c.y", (path,) * 12, complete=False)
    assert str(path) == "a.x -identity-> b.x -derived+filtered-by-> c.y"
    assert len(path) == 2
    assert repr(paths) == "<ColumnPaths: 12 or more paths from a.x to c.y>"
    assert "... and 2 more" in paths.summary()
    assert list(paths.to_frame().columns) == ["source", "relation", "target"]
    assert len(paths.to_frame()) == 24
    assert "<pre>" in paths._repr_html_()
    assert paths[0] is path
