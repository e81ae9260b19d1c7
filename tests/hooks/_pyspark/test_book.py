"""The book of operations that wait for an action holds a bounded number of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lineage_stats.hooks._pyspark import _book
from lineage_stats.hooks._pyspark._book import SparkBook, SparkOperation
from lineage_stats.hooks._refs import Ref


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
