"""Numbers of rows that are told, against a count of each frame of its own: none may be wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import lineage_stats
from lineage_stats.hooks._pyspark import _book
from lineage_stats.hooks._pyspark._book import BOOK
from lineage_stats.hooks._pyspark._rows import Rows
from tests.hooks._pyspark.shapes import SHAPES, Shape

pytestmark = pytest.mark.xdist_group("spark")

ACTIONS: dict[str, Callable[[Any, Path], Any]] = {
    "write": lambda frame, path: frame.write.parquet(str(path)),
    "collect": lambda frame, path: frame.collect(),
    "count": lambda frame, path: frame.count(),
    "show": lambda frame, path: frame.show(3),
    "toPandas": lambda frame, path: frame.toPandas(),
}
# Shapes on which actions other than writing tell something else; with --exhaustive it is all.
OTHERS = "two_filters inner_join_filtered_after left_join merge_join largest exploded cached query"


def rows_told(
    shape: Shape, action: str, spark: Any, tables: Path, out: Path
) -> list[tuple[Any, Rows]]:
    """Record a pipeline up to one action; return each frame with what is told of its rows."""
    with lineage_stats.record("shape", directory=out / "traces"):
        frames = shape(spark, tables)
        ACTIONS[action](frames[-1], out / "written")
        return [(frame, BOOK.rows_of(frame) or Rows()) for frame in frames]


def verdict(told: Rows, truth: int) -> str:
    """Return whether a number of rows is exact, a bound, unknown or wrong."""
    if told.exact is not None:
        return "exact" if told.exact == truth else "wrong"
    high = truth if told.high is None else told.high
    if not told.low <= truth <= high:
        return "wrong"
    return "unknown" if told == Rows() else "bound"


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at every plan, however slow the machine is."""
    monkeypatch.setattr(_book, "_ALLOWANCE", 1e9)


@pytest.fixture
def interpreted(spark: Any) -> Iterator[None]:
    """Let Spark interpret plans: compiling each of hundreds of small ones takes most of the time.

    Which nodes plans have, and what their metrics are, is the same.
    """
    settings = {
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    }
    for name, value in settings.items():
        spark.conf.set(name, value)
    yield
    for name in settings:
        spark.conf.unset(name)


TRUTHS: dict[tuple[str, int], int] = {}


def compare(
    names: list[str], action: str, spark: Any, tables: Path, folder: Path
) -> tuple[Counter[str], list[str]]:
    """Return how many numbers are exact, bounds or unknown, and those that are wrong."""
    found: Counter[str] = Counter()
    wrong = []
    for name in names:
        for i, (frame, rows) in enumerate(
            rows_told(SHAPES[name], action, spark, tables, folder / f"{name}_{action}")
        ):
            if (name, i) not in TRUTHS:
                TRUTHS[name, i] = frame.count()
            answer = verdict(rows, TRUTHS[name, i])
            found[answer] += 1
            if answer == "wrong":
                wrong.append(f"{name}[{i}] {action}: told {rows}, counted {TRUTHS[name, i]}")
        if name == "cached":
            spark.catalog.clearCache()
    return found, wrong


@pytest.mark.slow
@pytest.mark.usefixtures("interpreted")
def test_no_number_of_rows_is_wrong_after_a_write(spark: Any, tables: Path, tmp_path: Path) -> None:
    found, wrong = compare(list(SHAPES), "write", spark, tables, tmp_path)
    print(f"write: {len(SHAPES)} shapes, {dict(found)}")
    assert wrong == []
    assert len(SHAPES) >= 40
    assert found.total() >= 150
    assert found["exact"] >= 0.7 * found.total(), found


@pytest.mark.slow
@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("action", ["collect", "count", "show", "toPandas"])
def test_no_number_of_rows_is_wrong_after_other_actions(
    action: str, spark: Any, tables: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    names = list(SHAPES) if request.config.getoption("--exhaustive") else OTHERS.split()
    found, wrong = compare(names, action, spark, tables, tmp_path)
    print(f"{action}: {len(names)} shapes, {dict(found)}")
    assert wrong == []
    assert found["exact"] > 0


def test_actions_that_follow_each_other_do_not_take_each_others_numbers(
    spark: Any, tables: Path, tmp_path: Path
) -> None:
    told = []
    with lineage_stats.record("race", directory=tmp_path):
        some = spark.read.parquet(str(tables / "sales")).filter("amount > 30").select("id")
        for _ in range(10):
            some.collect()
            told.append(BOOK.rows_of(some))
    assert set(told) == {Rows(some.count(), some.count())}
