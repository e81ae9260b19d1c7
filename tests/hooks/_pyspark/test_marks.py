"""Which nodes of a plan are the user's operations."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import lineage_stats
from lineage_stats.hooks._pyspark import _book
from lineage_stats.hooks._pyspark._book import BOOK
from lineage_stats.hooks._pyspark._listener import listener_of
from lineage_stats.hooks._pyspark._marks import Marks
from lineage_stats.hooks._pyspark._rows import Rows

SETTING = "spark.sql.analyzer.failAmbiguousSelfJoin"


def node(tag: str) -> Any:
    return SimpleNamespace(getTagValue=lambda asked: SimpleNamespace(toString=lambda: tag))


def test_a_node_stands_for_all_operations_that_left_it_as_it_was() -> None:
    marks = Marks(None, {7: 2, 30: 1, 4: 9})
    assert marks.of(node("Some(HashSet(7, 30, 5))")) == (1, 2)
    assert marks.of(node("Some(Set(4))")) == (9,)
    assert marks.of(node("None")) == ()


@pytest.fixture(params=["true", "false"])
def marked(request: pytest.FixtureRequest, spark: Any, tmp_path: Path) -> Iterator[str]:
    """Let Spark mark plans itself, or not."""
    spark.conf.set(SETTING, request.param)
    with lineage_stats.record("settings", directory=tmp_path):
        spark.range(1).count()  # settings are looked at with each action
    yield request.param
    spark.conf.unset(SETTING)
    with lineage_stats.record("settings", directory=tmp_path):
        spark.range(1).count()


@pytest.mark.xdist_group("spark")
def test_rows_are_known_whether_spark_marks_plans_itself_or_not(
    marked: str, spark: Any, tmp_path: Path
) -> None:
    with lineage_stats.record("marks", directory=tmp_path):
        base = spark.range(100)
        some = base.filter("id % 3 = 0")
        twice = some.alias("a").join(some.alias("b"), "id")
        assert twice.count() == 34
        assert BOOK.rows_of(base) == Rows(100, 100)
        assert BOOK.rows_of(twice) == Rows(34, 34)


@pytest.mark.xdist_group("spark")
def test_frames_that_are_gone_are_known_and_only_the_latest_are_kept(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_book, "MOST_UNASKED", 5)
    with lineage_stats.record("chain", directory=tmp_path) as run:
        frame = spark.range(100)
        for i in range(20):
            frame = frame.filter(f"id != {i}")
        assert len(BOOK._unasked) == 5
        assert frame.count() == 80
        assert not BOOK._unasked
    rows = [operation.outputs[0].rows for operation in run.trace() if operation.kind == "selection"]
    assert rows[-1] == 80
    assert run.trace().operations[0].outputs[0].rows == 100


@pytest.mark.xdist_group("spark")
def test_no_frame_is_kept_alive_once_the_run_has_ended(spark: Any, tmp_path: Path) -> None:
    with lineage_stats.record("chain", directory=tmp_path):
        kept = spark.range(100).filter("id % 3 = 0").filter("id < 50")
        kept._jdf.count()  # an action that nobody asks about
        listener = listener_of(spark)
        listener._bus.waitUntilEmpty(2000)
        waiting = list(BOOK._unasked)[-3:]
        java = [weakref.ref(operation.java) for operation in waiting]
        assert len(listener.events) == 1
    assert [held() is None for held in java] == [True, True, False]
    assert not listener.events
    assert [operation.java for operation in waiting] == [None, None, None]


@pytest.mark.xdist_group("spark")
def test_a_frame_that_the_program_keeps_is_known_in_the_next_run(
    spark: Any, tmp_path: Path
) -> None:
    with lineage_stats.record("first", directory=tmp_path):
        kept = spark.range(100).filter("id % 3 = 0")
    with lineage_stats.record("second", directory=tmp_path):
        assert kept.groupBy().count().collect()[0][0] == 34
        assert BOOK.rows_of(kept) == Rows(34, 34)
