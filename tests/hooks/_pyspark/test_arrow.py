"""Tables of Arrow carry lineage from Spark to pandas and back."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import lineage_stats
from lineage_stats.hooks._pyspark._arrow import MOST_FRAMES, ArrowBook
from lineage_stats.trace import Trace

arrow = pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def trace(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """From pandas through Arrow to Spark, and back the same way."""
    if spark.version < "4":
        pytest.skip("before Spark 4 no frame is made of a table of Arrow")
    folder = tmp_path_factory.mktemp("arrow")
    with lineage_stats.record("arrow", directory=folder) as run:
        rates = pd.DataFrame({"shop": [1, 2, 3], "rate": [0.5, None, 2.0], "city": ["a", "b", "c"]})
        given = spark.createDataFrame(arrow.Table.from_pandas(rates)).filter("shop > 1")
        table = given.toArrow()
        again = spark.createDataFrame(table).select("shop", "rate")
        back = again.toArrow().to_pandas()
        unknown = spark.createDataFrame(arrow.table({"a": [1, 2]}))
        assert unknown.count() == 2
        lineage_stats.log_metric("n", float(len(back)), inputs=[back])
    found: Trace = run.trace()
    return found


@pytest.mark.xdist_group("spark")
def test_operations_are_one_graph_down_to_the_metric(trace: Trace) -> None:
    above = trace.ancestors(trace.metric_operation("n").key)
    assert [trace.operation(key).name for key in above] == [
        "DataFrame", "SparkSession.createDataFrame", "DataFrame.filter", "DataFrame.toArrow",
        "SparkSession.createDataFrame", "DataFrame.select", "DataFrame.toArrow", "Table.to_pandas",
    ]  # fmt: skip
    assert trace.complete


@pytest.mark.xdist_group("spark")
def test_rows_columns_and_what_is_measured(trace: Trace) -> None:
    found = {operation.key.rpartition("/")[2]: operation for operation in trace}
    assert found["DataFrame.toArrow#1"].outputs[0].rows == 2
    back = found["Table.to_pandas#1"]
    assert [name for name, _ in trace.columns(back.outputs[0])] == ["shop", "rate"]
    assert back.features["nulls[rate]"] == 0.5
    assert back.facts["code"].startswith("pyarrow ")
    assert found["SparkSession.createDataFrame#3"].kind == "source"  # a table of unknown origin
    upstream = trace.upstream("Table.to_pandas.rate").names
    assert any(name.endswith("/DataFrame#1.rate") for name in upstream)
    assert not any(name.endswith(".city") for name in upstream)


def test_a_program_without_spark_has_no_more_operations_than_before(run_python: Any) -> None:
    code = """
import pandas as pd, pyarrow as pa, lineage_stats
with lineage_stats.record("plain", directory="t") as run:
    table = pa.Table.from_pandas(pd.DataFrame({"a": [1, 2]}))
    table.to_pandas().dropna()
print([operation.name for operation in run.trace()])
"""
    assert run_python(code).stdout.strip() == "['DataFrame', 'DataFrame.dropna']"


def test_conversions_that_fail_leave_nothing(run_python: Any) -> None:
    code = """
import pandas as pd, pyarrow as pa, lineage_stats
with lineage_stats.record("plain", directory="t") as run:
    frame = pd.DataFrame({"a": [1, "x", 2]})
    try:
        pa.Table.from_pandas(frame)
    except pa.ArrowInvalid:
        frame = frame.astype(str)
    try:
        pa.Table.from_pandas(frame).to_pandas(types_mapper=lambda kind: 1 / 0)
    except ZeroDivisionError:
        pass
print([operation.name for operation in run.trace()])
"""
    assert run_python(code).stdout.strip() == "['DataFrame', 'DataFrame.astype']"


def note(book: ArrowBook, frame: pd.DataFrame, table: Any) -> None:
    book.note_frame(frame, [column.chunk(0) for column in table.columns], table.column_names)


def test_other_names_and_tables_without_rows_are_no_table_of_a_frame() -> None:
    book = ArrowBook()
    frame, empty = pd.DataFrame({"a": [1.0], "b": [2.0]}), pd.DataFrame({"a": []})
    table = arrow.Table.from_pandas(frame)
    note(book, frame, table)
    note(book, empty, arrow.Table.from_pandas(empty))
    assert book.source_of(table) is frame
    assert book.source_of(table.rename_columns(["b", "a"])) is None
    assert book.source_of(arrow.table({"a": arrow.array([], arrow.float64())})) is None


def test_tables_and_frames_are_known_as_long_as_they_live() -> None:
    book = ArrowBook()
    frames = [pd.DataFrame({"a": [float(i), 1.0]}) for i in range(MOST_FRAMES + 1)]
    tables = [arrow.Table.from_pandas(frame) for frame in frames]
    for frame, table in zip(frames, tables, strict=True):
        note(book, frame, table)
    assert book.source_of(tables[0]) is None
    assert book.source_of(tables[1]) is frames[1]
    assert book.source_of(tables[1].slice(1)) is None
    del frame, frames
    assert book.source_of(tables[1]) is None
    book.note_made(tables[2])
    assert book.source_of(tables[2]) is tables[2]
    assert not book.is_made(tables[2].slice(0))
