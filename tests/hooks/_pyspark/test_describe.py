"""What is remembered of names; what calls mean is tested on recorded programs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lineage_stats.hooks._pyspark import _describe
from lineage_stats.hooks._pyspark._describe import query, view, write


@pytest.fixture(autouse=True)
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_describe, "_views", {})


def call(path: str, **bound: Any) -> Any:
    return SimpleNamespace(
        args=(SimpleNamespace(),), kwargs={}, bound=bound, failed=False, result=None,
        target=SimpleNamespace(path=path),
    )  # fmt: skip


def test_a_query_reads_the_views_and_tables_that_it_names() -> None:
    sales = view(call("DataFrame.createTempView", name="Sales"))
    shops = write(call("DataFrameWriter.saveAsTable", name="db.shops"))
    view(call("DataFrame.createTempView", name="other"))
    asked = query(call("SparkSession.sql", sqlQuery="select * from sales join `db`.shops"))
    assert sales is not None
    assert shops is not None
    assert asked is not None
    assert asked.inputs == (*sales.outputs, *shops.outputs)


def test_only_the_latest_names_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_describe, "MOST_VIEWS", 2)
    for i in range(3):
        write(call("DataFrameWriter.saveAsTable", name=f"table_{i}"))
    assert list(_describe._views) == ["table_1", "table_2"]
