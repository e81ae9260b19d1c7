"""pandas-on-Spark is recorded as pandas is, with the edges of what is lazy and of what changes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score

import lineage_stats
from lineage_stats.trace import Trace
from tests.hooks._pyspark.test_transparency import counted_jobs

pytestmark = [pytest.mark.xdist_group("spark"), pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def ps(spark: Any) -> Iterator[Any]:
    """pandas-on-Spark; what it warns of when it is imported is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pytest.importorskip("pyspark.pandas", exc_type=ImportError)
        with found.option_context("compute.ops_on_diff_frames", True):
            yield found


def sales(ps: Any) -> Any:
    return ps.DataFrame({"shop": [0, 1, 2, 0, 1], "amount": [1.0, None, 3.0, 4.0, 5.0]})


def edges(trace: Trace) -> list[tuple[str, tuple[str, ...]]]:
    """Return the name of each operation, and those of what it read by who made it."""
    maker = {ref.id: op.name for op in trace for ref in op.outputs}
    return [(op.name, tuple(maker.get(ref.id, "?") for ref in op.inputs)) for op in trace]


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[Callable[[], Any]], Trace]:
    """Run a program with recording and return its trace."""

    def run(program: Callable[[], Any]) -> Trace:
        with lineage_stats.record("program", directory=tmp_path / "traces") as run:
            program()
        trace: Trace = run.trace()
        assert trace.complete
        return trace

    return run


def test_it_is_one_graph_from_spark_to_the_metric(spark: Any, ps: Any, recorded: Any) -> None:
    def program() -> None:
        raw = spark.range(50).selectExpr("id", "id % 5 as shop").filter("id > 9")
        rates = ps.from_pandas(pd.DataFrame({"shop": [0, 1, 2], "rate": [0.5, 1.0, 2.0]}))
        frame = raw.pandas_api()
        frame["tax"] = frame["id"] * 0.2 + frame.shop
        joined = frame[frame.tax > 3].merge(rates, on="shop")
        total = joined.groupby("shop")["tax"].sum().reset_index()
        back = total.to_spark().filter("shop > 0").pandas_api().to_pandas()
        accuracy_score(back["shop"], back["shop"])

    trace = recorded(program)
    assert edges(trace) == [
        ("SparkSession.range", ()),
        ("DataFrame.selectExpr", ("SparkSession.range",)),
        ("DataFrame.filter", ("DataFrame.selectExpr",)),
        ("DataFrame", ()),
        ("from_pandas", ("DataFrame",)),
        ("DataFrame[]=", ("DataFrame.filter",)),
        ("DataFrame[mask]", ("DataFrame[]=",)),
        ("DataFrame.merge", ("DataFrame[mask]", "from_pandas")),
        ("SeriesGroupBy.sum", ("DataFrame.merge",)),
        ("Series.reset_index", ("SeriesGroupBy.sum",)),
        ("DataFrame.filter", ("Series.reset_index",)),
        ("DataFrame.to_pandas", ("DataFrame.filter",)),
        ("accuracy_score", ("DataFrame.to_pandas",)),
    ]
    found = {op.name: op for op in trace}
    kinds = [found[name].kind for name in ("DataFrame[]=", "DataFrame[mask]", "DataFrame.merge")]
    assert kinds == ["assignment", "selection", "join"]
    assert found["SeriesGroupBy.sum"].kind == "aggregation"
    (joined,), (back,) = found["DataFrame.merge"].outputs, found["DataFrame.to_pandas"].outputs
    assert [name for name, _ in trace.columns(joined)] == ["id", "shop", "tax", "rate"]
    assert back.rows == 2
    assert found["DataFrame.selectExpr"].outputs[0].rows == 50


def test_rows_are_told_by_what_the_program_asks_for_and_of_nothing_else(
    ps: Any, recorded: Any
) -> None:
    def program() -> None:
        frame = sales(ps)
        kept = frame[frame.shop > 0]
        kept.merge(frame, on="shop")
        kept.to_pandas()
        kept.isnull().sum().to_pandas()
        frame["x"] = 1
        frame["x"].to_pandas()
        frame.head(2)

    trace = recorded(program)
    rows = {op.name: [ref.rows for ref in op.outputs] for op in trace}
    assert rows == {
        "DataFrame": [None], "DataFrame[mask]": [3], "DataFrame.merge": [None],
        "DataFrame.to_pandas": [3], "Series.to_pandas": [5], "DataFrame[]=": [5],
        "DataFrame.head": [None],
    }  # fmt: skip
    (merged,) = [op for op in trace if op.name == "DataFrame.merge"]
    assert [ref.rows for ref in merged.inputs] == [3, None]


def test_a_column_stands_for_what_its_frame_is_at_the_moment(ps: Any, recorded: Any) -> None:
    def program() -> None:
        frame = sales(ps)
        column, text = frame["amount"], frame.shop.astype(str)
        frame.fillna(0.0, inplace=True)
        lineage_stats.log_metric("a", frame["amount"].mean())
        column.sort_values()
        column.fillna(1.0, inplace=True)  # changes the frame, too
        column.rank()
        frame["name"] = text.str.upper()
        frame["name"].str.lower().map({"1": "x"})
        frame.dropna(inplace=True)
        frame["name"].str.lower().map({"1": "x"})
        column.cumsum()

    assert edges(recorded(program)) == [
        ("DataFrame", ()),
        ("Series.astype", ("DataFrame",)),
        ("DataFrame.fillna", ("DataFrame",)),
        ("a", ("DataFrame.fillna",)),
        ("Series.sort_values", ("DataFrame.fillna",)),
        ("Series.fillna", ("DataFrame.fillna",)),
        ("Series.rank", ("Series.fillna",)),
        ("DataFrame[]=", ("Series.fillna", "Series.astype")),
        ("Series.map", ("DataFrame[]=",)),
        ("DataFrame.dropna", ("DataFrame[]=",)),
        ("Series.map", ("DataFrame.dropna",)),
        # A frame that is joined to another is a new one: the column stays what it was.
        ("Series.cumsum", ("Series.fillna",)),
    ]


def test_keys_and_values_of_other_frames_are_read(ps: Any, recorded: Any) -> None:
    def program() -> None:
        frame, other = sales(ps), ps.DataFrame({"key": [1, 1, 2, 2, 2]})
        grouped = frame.groupby(other["key"])
        grouped.sum()
        grouped["amount"].max()
        frame.loc[other["key"] > 1, "amount"] = 0.0
        frame.where(other["key"] > 1)
        frame.mask(frame != 2)
        frame.index.to_series().map({0: 1})
        frame.iloc[:, 0].shift(1)

    found = edges(recorded(program))
    assert [name for name, read in found if len(read) == 2] == [
        "DataFrameGroupBy.sum", "SeriesGroupBy.max", "DataFrame.loc[]=", "DataFrame.where",
    ]  # fmt: skip
    assert found[-3:] == [
        ("DataFrame.mask", ("DataFrame.loc[]=",)),
        ("Series.map", ("DataFrame.loc[]=",)),
        ("Series.shift", ("DataFrame.loc[]=",)),
    ]


def test_what_it_does_inside_and_what_is_only_looked_at_is_no_operation(
    ps: Any, recorded: Any
) -> None:
    def program() -> None:
        frame = sales(ps)
        assert len(frame) == 5
        assert frame.shape == (5, 2)
        assert "shop" in frame.columns
        assert "amount" in repr(frame)
        assert frame.to_csv() is not None
        frame.info()
        frame["amount"].max()
        frame.describe()
        frame.apply(lambda row: row.sum(), axis=1)
        frame.groupby("shop").apply(lambda part: part.head(1))
        frame.pipe(lambda given: given.head(2))

    assert [name for name, _ in edges(recorded(program))] == [
        "DataFrame", "DataFrame.apply", "DataFrameGroupBy.apply", "DataFrame.head",
    ]  # fmt: skip


def test_a_call_that_fails_is_the_programs_own_error(ps: Any, recorded: Any) -> None:
    def program() -> None:
        frame = sales(ps)
        with pytest.raises(ValueError, match="common columns"):
            frame.merge(ps.DataFrame({"other": [1]}))
        with pytest.raises(KeyError):
            frame["none"]

    found = [(op.name, op.status) for op in recorded(program)]
    assert ("DataFrame.merge", "failed") in found


def test_files_tables_and_queries(spark: Any, ps: Any, recorded: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "sales")

    def program() -> None:
        frame = sales(ps)
        frame.to_parquet(path)
        again = ps.read_parquet(path)
        ps.sql("select * from {given} where shop = 1", given=again)
        again.to_spark().createOrReplaceTempView("sales_again")
        ps.sql("select shop from sales_again").to_numpy()

    trace = recorded(program)
    assert edges(trace) == [
        ("DataFrame", ()),
        ("DataFrame.to_parquet", ("DataFrame",)),
        ("read_parquet", ()),
        ("sql", ("read_parquet",)),
        ("sql", ("read_parquet",)),
    ]
    files = [op.facts["file[path]"] for op in trace if "file[path]" in op.facts]
    assert files == [path, path]
    assert [op.kind for op in trace] == ["source", "sink", "source", "transform", "transform"]


def assigned(ps: Any, folder: Path) -> Any:
    frame = sales(ps)
    frame["tax"] = frame["amount"] * 0.2 - frame.shop
    frame.tax = frame.tax.clip(0, 1)
    frame["big"] = frame.tax > 0.5
    return frame[["tax", "big"]].to_pandas()


def joined(ps: Any, folder: Path) -> Any:
    frame = sales(ps)
    rates = ps.DataFrame({"shop": [0, 1], "rate": [0.5, 1.0]})
    return frame[frame.amount > 1].merge(rates, on="shop", how="left").sort_values("rate")


def grouped(ps: Any, folder: Path) -> Any:
    return sales(ps).groupby("shop").agg({"amount": ["sum", "mean"]}).sort_index()


def changed(ps: Any, folder: Path) -> Any:
    frame = sales(ps)
    column = frame["amount"]
    frame.fillna(0.0, inplace=True)
    column.fillna(1.0, inplace=True)
    frame.sort_values("amount", inplace=True)
    frame.columns = ["a", "b"]
    return frame.pop("b").sum()


def located(ps: Any, folder: Path) -> Any:
    frame = sales(ps)
    frame.loc[frame.shop == 1, "amount"] = 9.0
    frame.iloc[0:1, 0:1] = 7
    return frame.loc[frame.amount > 1, ["amount"]].to_pandas(), frame.at[0, "shop"]


def put_together(ps: Any, folder: Path) -> Any:
    frame = ps.concat([sales(ps), sales(ps).assign(shop=3)], ignore_index=True)
    return ps.get_dummies(frame, columns=["shop"]).sum()


def texts_and_dates(ps: Any, folder: Path) -> Any:
    frame = ps.DataFrame({"t": ["2020-01-05", "2021-02-06"], "s": ["ab", "cd"]})
    return frame.s.str.upper().to_list(), ps.to_datetime(frame.t).dt.year.to_numpy().tolist()


def written(ps: Any, folder: Path) -> Any:
    sales(ps).to_parquet(str(folder / "p"))
    sales(ps).to_csv(str(folder / "c"))
    return ps.read_csv(str(folder / "c")).shape, ps.read_parquet(str(folder / "p")).count()


def moving(ps: Any, folder: Path) -> Any:
    frame = sales(ps)
    return frame.rolling(2).sum().to_pandas(), frame.groupby("shop").cumsum().to_pandas()


def by_function(ps: Any, folder: Path) -> Any:
    frame = sales(ps).fillna(0.0)
    rows = frame.apply(lambda row: row["amount"] + 1, axis=1)
    return rows.to_pandas(), frame.pandas_on_spark.apply_batch(lambda part: part * 2).to_pandas()


def indexed(ps: Any, folder: Path) -> Any:
    frame = sales(ps).set_index("shop")
    frame.index.to_numpy()
    return frame.sort_index().reset_index().drop_duplicates("shop").to_pandas()


def through_spark(ps: Any, folder: Path) -> Any:
    inner = sales(ps).to_spark(index_col="i").where("shop > 0").pandas_api(index_col="i")
    return ps.sql("select shop, count(*) n from {x} group by shop order by shop", x=inner)


def looked_at(ps: Any, folder: Path) -> Any:
    frame = sales(ps)
    frame.head(2)
    repr(frame)
    np.log(frame.amount + 1).mean()
    return len(frame), frame.empty, frame.describe(), frame.corr(), frame.isnull().sum()


PIPELINES = [
    assigned, joined, grouped, changed, located, put_together, texts_and_dates, written, moving,
    by_function, indexed, through_spark, looked_at,
]  # fmt: skip


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda pipeline: str(pipeline.__name__))
def test_recording_changes_no_result_and_starts_no_job(
    pipeline: Callable[[Any, Path], Any], spark: Any, ps: Any, tmp_path: Path
) -> None:
    runs = []
    for recorded in (False, True):
        folder = tmp_path / str(recorded)
        block = (
            lineage_stats.record("run", directory=folder / "runs") if recorded else nullcontext()
        )
        with counted_jobs(spark, f"{pipeline.__name__}_{recorded}") as jobs, block as run:
            result = pipeline(ps, folder)
        with counted_jobs(spark, "shown"):
            runs.append((repr(result), jobs[0]))
    assert runs[0] == runs[1]
    assert run.trace().complete
    assert len(run.trace()) > 1


def test_what_is_lazy_stays_lazy(spark: Any, ps: Any, tmp_path: Path) -> None:
    frame = sales(ps)
    with (
        counted_jobs(spark, "lazy") as jobs,
        lineage_stats.record("lazy", directory=tmp_path) as run,
    ):
        frame["x"] = frame.amount.fillna(0.0) * 2
        made = frame[frame.x > 1].groupby("shop").sum().sort_values("x").reset_index()
        made.merge(frame, on="shop").to_spark().where("x_x > 1")
    assert jobs == [0]
    assert {ref.rows for op in run.trace() for ref in op.outputs} == {None}


def test_columns_that_were_renamed_may_be_any(ps: Any, recorded: Any) -> None:
    def program() -> None:
        table = ps.DataFrame({"a": [1, 2], "b": [3, 4]})
        renamed = table.rename(columns={"a": "b", "b": "a"})
        renamed.columns = ["b", "a"]
        renamed[["a"]].head(1)

    trace = recorded(program)
    for name in ("DataFrame.rename", "DataFrame.columns="):
        operation = next(op for op in trace if op.name == name)
        assert operation.kind == "projection"
        above = trace.upstream(f"{operation.key}.a")
        certain = [each.column for each in above if not each.opaque]
        assert {each.column for each in above} == {"a", "b"}
        assert certain == []


def test_a_query_in_the_older_way_finds_the_variables_of_the_program(
    ps: Any, monkeypatch: pytest.MonkeyPatch, recorded: Any
) -> None:
    found = []

    def program() -> Any:
        numbers = ps.DataFrame({"a": [1, 2, 3]})
        monkeypatch.setenv("PYSPARK_PANDAS_SQL_LEGACY", "1")
        found.append(len(ps.sql("select * from {numbers} where a > 1")))
        return numbers

    recorded(program)
    assert found == [2]


def test_errors_of_spark_name_the_line_of_the_program(spark: Any, ps: Any, tmp_path: Path) -> None:
    if spark.version < "4":
        pytest.skip("before Spark 4 no error names a line")

    def said(block: Any) -> str:
        with block, pytest.raises(Exception, match=r".") as caught:
            ps.DataFrame({"s": ["1", "x"]}).astype({"s": "int"}).to_pandas()
        return str(caught.value)

    before = spark.conf.get("spark.sql.ansi.enabled")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    try:
        alone = said(nullcontext())
        assert said(lineage_stats.record("errors", directory=tmp_path)) == alone
    finally:
        spark.conf.set("spark.sql.ansi.enabled", before)
