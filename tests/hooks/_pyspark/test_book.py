"""The book of operations that wait for an action."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import lineage_stats
from lineage_stats.hooks._pyspark import _book
from lineage_stats.hooks._pyspark._book import SparkBook, SparkOperation
from lineage_stats.hooks._pyspark._inspect import inspect
from lineage_stats.hooks._pyspark._listener import Listener
from lineage_stats.hooks._refs import Ref
from lineage_stats.hooks._swap import ACTIVE


class Frame:
    """Stands for a frame of Spark."""


def entered(book: SparkBook, number: int, *read: Ref) -> Ref:
    """Enter an operation that reads some data; return what it made."""
    frame = Frame()
    operation: SparkOperation = book.follow(frame)
    made = Ref(number, ("table", None, None, None))
    call: Any = SimpleNamespace(inputs=[("df", read)], outputs=[made])
    operation.call = call
    book.enter(operation)
    return made


def test_a_frame_that_is_read_again_and_again_keeps_a_bounded_number_of_readers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_book, "MOST_OPERATIONS", 5)
    book = SparkBook()
    base = entered(book, 1)
    maker = book._makers[base]
    for number in range(2, 50):
        entered(book, number, base)
    assert list(book._operations) == [45, 46, 47, 48, 49]
    assert len(book._makers) == 5
    assert [reader.number for reader in maker.readers] == [2, 3, 4, 5, 6]


@pytest.mark.xdist_group("spark")
def test_an_action_that_is_written_while_spark_is_asked_has_the_rows_of_its_input(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Listener.heard

    def heard_late(self: Listener) -> Any:
        ACTIVE[0].flush()
        return heard(self)

    monkeypatch.setattr(Listener, "heard", heard_late)
    with lineage_stats.record("late", directory=tmp_path) as run:
        spark.range(10).filter("id > 3").toPandas()
    rows = {op.name: [ref.rows for ref in op.inputs] for op in run.trace()}
    assert rows["DataFrame.toPandas"] == [6]


@pytest.mark.xdist_group("spark")
def test_an_action_that_cannot_be_looked_at_leaves_the_others(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def inspect_second(*args: Any) -> Any:
        asked.append(args)
        if len(asked) == 1:
            raise OSError
        return inspect(*args)

    monkeypatch.setattr(_book, "inspect", inspect_second)
    monkeypatch.setenv("LINEAGE_STATS_STRICT", "0")
    with lineage_stats.record("bad", directory=tmp_path) as run:
        even = spark.range(10).filter("id % 2 = 0")
        few = spark.range(4).filter("id > 2")
        even.selectExpr("id + 1").collect()
        few.selectExpr("id + 1").collect()
    trace = run.trace()
    assert [op.outputs[0].rows for op in trace if op.name == "DataFrame.filter"] == [None, 1]
    assert len(trace.problems) == 1
