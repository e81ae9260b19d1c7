"""What functions of the user's do in Python workers of Spark, in real workers."""

from __future__ import annotations

import pickle
import sys
from functools import wraps
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lineage_stats
from lineage_stats import _open_runs
from lineage_stats._spark_workers import (
    follow_functions,
    in_front,
    write_before_a_task_ends,
)
from lineage_stats.hooks._journal import PatchJournal

LOADED: list[str] = []


class Ticket:
    """Stands for what switches recording on."""

    def __reduce__(self) -> tuple[Any, ...]:
        return note_loaded, ("here",)


def note_loaded(what: str) -> None:
    LOADED.append(what)


@given(
    st.recursive(
        st.none() | st.integers() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.integers(3, pickle.HIGHEST_PROTOCOL),
)
def test_what_is_put_in_front_is_loaded_and_the_rest_is_what_it_was(
    value: Any, protocol: int
) -> None:
    LOADED.clear()
    inner = [value]
    shared = [inner, inner, "x" * 70_000]
    found = pickle.loads(in_front(Ticket(), pickle.dumps(shared, protocol)))
    assert found == shared
    assert found[0] is found[1]
    assert LOADED == ["here"]


def spark_module(name: str, prepare: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module)["_prepare_for_python_RDD"] = prepare
    return module


def test_functions_carry_a_ticket_while_there_is_one_and_spark_is_restored() -> None:
    def prepare(sc: Any, command: Any) -> tuple[bytes, str]:
        return pickle.dumps(command), "rest"

    tickets: list[Any] = [None, Ticket(), OSError()]

    def ticket() -> Any:
        found = tickets.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    journal = PatchJournal()
    first = spark_module("pyspark.rdd", prepare)
    follow_functions(ticket)(first, journal)
    # Imported after the change, so it has what was changed.
    second = spark_module("pyspark.sql.udf", first._prepare_for_python_RDD)
    follow_functions(ticket)(second, journal)
    follow_functions(ticket)(ModuleType("pyspark.core.rdd"), journal)
    plain = (pickle.dumps(len), "rest")
    assert first._prepare_for_python_RDD(None, len) == plain
    carried, rest = second._prepare_for_python_RDD(None, len)
    assert (pickle.loads(carried), rest) == (len, "rest")
    assert carried != plain[0]
    assert second._prepare_for_python_RDD(None, len) == plain  # no error of ours gets out
    journal.restore()
    assert first._prepare_for_python_RDD is second._prepare_for_python_RDD is prepare


def test_what_others_have_put_around_is_left_in_place() -> None:
    asked: list[Any] = []

    @wraps(len)
    def traced(sc: Any, command: Any) -> tuple[bytes, str]:
        asked.append(command)
        return pickle.dumps(command), "rest"

    journal = PatchJournal()
    module = spark_module("pyspark.core.rdd", traced)
    follow_functions(lambda: None)(module, journal)
    module._prepare_for_python_RDD(None, max)
    journal.restore()
    assert asked == [max]
    assert module._prepare_for_python_RDD is traced


def test_a_function_is_the_same_in_all_runs_of_a_process(tmp_path: Path) -> None:
    pickles = set()
    for name in ("one", "other"):
        with lineage_stats.record(name, directory=tmp_path):
            pickles.add(in_front(_open_runs._function_ticket(), pickle.dumps(len)))
    assert len(pickles) == 1
    assert _open_runs._function_ticket() is None


def test_a_worker_joins_only_what_goes_on_and_only_if_it_will_see_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    joined: list[Any] = []
    monkeypatch.setattr(_open_runs, "join_run", lambda *told: joined.append(told))
    board = tmp_path / "board.json"
    _open_runs.join_by_function(str(board), 0)
    board.write_text("[]")
    monkeypatch.setenv("SPARK_REUSE_WORKER", "1")
    _open_runs.join_by_function(str(board), 0)
    board.write_text('[{"run_id": "a"}]')
    monkeypatch.delenv("SPARK_REUSE_WORKER")
    _open_runs.join_by_function(str(board), 0)
    assert joined == []
    monkeypatch.setenv("SPARK_REUSE_WORKER", "1")
    _open_runs.join_by_function(str(board), 0)
    assert joined == [(str(board), "", 0)]


def test_a_worker_writes_before_it_says_that_a_task_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[Any] = []
    worker = SimpleNamespace(report_times=lambda *times: said.append(times))
    monkeypatch.setitem(sys.modules, "pyspark.worker", worker)
    journal = PatchJournal()
    write_before_a_task_ends(lambda: said.append("written"), journal)
    worker.report_times(1, 2)
    assert said == ["written", (1, 2)]


def _fill(values: pd.Series) -> pd.Series:
    return values.fillna(0).clip(0, 9)


def _clean(part: pd.DataFrame) -> pd.DataFrame:
    return part[part["v"] > 3].assign(w=1.0)


def _same(value: int) -> int:
    return value


@pytest.mark.xdist_group("spark")
def test_calls_in_workers_are_a_part_of_the_trace(spark: Any, tmp_path: Path) -> None:
    from pyspark.sql import functions as sf

    def work() -> int:
        base = spark.range(0, 200, 1, 2).selectExpr("id % 4 as k", "cast(id % 17 as double) as v")
        filled = base.withColumn("f", sf.pandas_udf(_fill, "double")("v"))
        plain = filled.withColumn("p", sf.udf(_same, "long", useArrow=False)("k"))
        schema = "k long, v double, f double, p long, w double"
        return len(plain.groupBy("k").applyInPandas(_clean, schema).toPandas())

    before = work()
    with lineage_stats.record("workers", directory=tmp_path) as run:
        after = work()
    trace = run.trace()
    assert before == after
    assert (trace.status, trace.complete, trace.problems) == ("ok", True, ())
    rows: dict[str, list[Any]] = {}
    for operation in trace:
        if operation.scope.endswith(("._fill", "._clean")):
            rows.setdefault(operation.name, []).append(operation.outputs[0].rows)
    assert rows == {
        "Series.fillna": [100, 100], "Series.clip": [100, 100],
        "DataFrame[mask]": [38, 38, 38, 38], "DataFrame.assign": [38, 38, 38, 38],
    }  # fmt: skip
    scope = "test_spark_workers._clean"
    assert trace.parents(f"{scope}/DataFrame.assign#1") == (f"{scope}/DataFrame[mask]#1",)
    work()
    assert len(run.trace()) == len(trace)


@pytest.mark.xdist_group("spark")
def test_functions_on_records_are_followed_too(spark: Any, tmp_path: Path) -> None:
    def total(numbers: Any) -> Any:
        yield float(pd.DataFrame({"a": list(numbers)}).dropna()["a"].sum())

    with lineage_stats.record("records", directory=tmp_path) as run:
        found = spark.sparkContext.parallelize(range(10), 2).mapPartitions(total).collect()
    assert sum(found) == 45.0
    names = [operation.name for operation in run.trace()]
    assert names.count("DataFrame.dropna") == 2
