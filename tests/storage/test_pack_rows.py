"""Runs that stay columns are the runs that were packed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from lineage_stats.storage import _outlines, _pack, _pack_rows
from lineage_stats.storage._outlines import Outlines
from lineage_stats.storage._pack import iter_packed, read_pack, write_pack
from lineage_stats.storage._pack_rows import PackedRun, rows_of_whole_runs
from lineage_stats.trace import DataRef, Operation, Trace
from lineage_stats.trace._outline import Slot
from tests.strategies import make_trace, make_traces, runs_alike


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.pack"


def outlined(path: Path) -> list[Trace | PackedRun]:
    return list(iter_packed(path, Outlines()))


def made(runs: Sequence[Trace | PackedRun]) -> list[Trace]:
    return [run if isinstance(run, Trace) else run.trace() for run in runs]


@settings(max_examples=40, deadline=None)
@given(runs_alike(pipeline=None))
def test_runs_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, runs: list[Trace]
) -> None:
    path = tmp_path_factory.mktemp("pack") / "runs.pack"
    write_pack(runs, path)
    back = made(outlined(path))
    assert back == runs == read_pack(path)
    assert [dict(run.schemas) for run in back] == [dict(run.schemas) for run in runs]


@pytest.mark.parametrize("at_once", [1, 7, 12, 13, 1000])
def test_runs_may_lie_in_several_batches(
    at_once: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = list(make_traces(6))
    write_pack(runs, path)
    for name in ("_ROWS_AT_ONCE", "_COLUMNS_AT_ONCE"):
        monkeypatch.setattr(_pack, name, at_once)
    found = outlined(path)
    assert made(found) == runs == read_pack(path)
    assert [type(run) for run in found] == [Trace, *[PackedRun] * 5]
    assert len({id(run.outline) for run in found if isinstance(run, PackedRun)}) == 1


def test_rows_before_the_first_run_are_passed_over() -> None:
    texts = [None, None, "{}", None, None, "{}", None]
    batch = pa.record_batch({"run": pa.array(texts), "n": pa.array(range(7))})
    for size in range(1, 8):
        batches = [batch.slice(i, size) for i in range(0, 7, size)]
        found = list(rows_of_whole_runs(batches))
        assert [text for rows in found for text in rows.heads()] == ["{}", "{}"]
        assert _numbers(found) == [[2, 3, 4], [5, 6]]


def _numbers(found: Sequence[_pack_rows.PackRows]) -> list[list[int]]:
    return [
        rows._of_run(i).column("n").to_pylist() for rows in found for i in range(len(rows.heads()))
    ]


def test_an_outline_has_slots_for_what_may_differ(path: Path) -> None:
    write_pack([replace(make_trace(0), run_id=f"r{i}") for i in range(2)], path)
    _, run = outlined(path)
    assert isinstance(run, PackedRun)
    ops, true = run.outline.operations, make_trace(0).operations
    assert run.outline.keys == make_trace(0).keys
    assert [op.status for op in ops] == [op.status for op in true]
    assert [op.facts.get("call") for op in ops] == [op.facts.get("call") for op in true]
    for op in ops:
        values = [*op.features.values(), *(v for k, v in op.facts.items() if k != "call")]
        sizes = [n for ref in (*op.inputs, *op.outputs) for n in (ref.rows, ref.n_columns)]
        assert all(isinstance(v, Slot) for v in [*values, op.duration_ns])
        assert all(n is None or isinstance(n, Slot) for n in sizes)


STEP = Operation(
    "f/read#1", "read", scope="f", inputs=(DataRef("d1"),),
    outputs=(DataRef("d2", rows=3, schema="s"),), features={"x": 1.0},
    facts={"call": "a", "b": "c"},
)  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        replace(STEP, key="f/read#2"),
        replace(STEP, name="load"),
        replace(STEP, scope="g"),
        replace(STEP, status="failed"),
        replace(STEP, inputs=()),
        replace(STEP, inputs=(DataRef("d3"),)),
        replace(STEP, outputs=(DataRef("d3", rows=3, schema="s"),)),
        replace(STEP, outputs=(DataRef("d2", rows=None, schema="s"),)),
        replace(STEP, outputs=(DataRef("d2", rows=3, n_columns=1, schema="s"),)),
        replace(STEP, outputs=(DataRef("d2", rows=3),)),
        replace(STEP, features={"y": 1.0}),
        replace(STEP, features={"x": 1.0, "y": 1.0}),
        replace(STEP, facts={"call": "a", "c": "c"}),
        replace(STEP, facts={"call": "b", "b": "c"}),
        replace(STEP, facts={"b": "c", "call": "a"}),
    ],
)
def test_what_counts_makes_another_outline(other: Operation, path: Path) -> None:
    schemas = {"s": (("a", "int64"),)}
    write_pack(
        [Trace(f"r{i}", "p", (op,), schemas=schemas) for i, op in enumerate([STEP, other])], path
    )
    assert all(isinstance(run, Trace) for run in outlined(path))


@pytest.mark.parametrize(
    "other",
    [
        replace(STEP, line=5, file="x.py", kind="source", start_ns=3, duration_ns=4, steps="[]"),
        replace(STEP, inputs=(DataRef("d1", "table"),)),
        replace(STEP, outputs=(DataRef("d2", rows=4, schema="t"),)),
        replace(STEP, features={"x": float("nan")}, facts={"call": "a", "b": ""}),
    ],
)
def test_what_only_differs_makes_none(other: Operation, path: Path) -> None:
    schemas = {"s": (("a", "int64"),), "t": ()}
    write_pack(
        [Trace(f"r{i}", "p", (op,), schemas=schemas) for i, op in enumerate([STEP, other])], path
    )
    _, run = outlined(path)
    assert isinstance(run, PackedRun)
    assert run.trace().operations == (other,)


def test_two_operations_of_one_key_have_no_outline(path: Path) -> None:
    runs = [Trace(f"r{i}", "p", (STEP, STEP)) for i in range(3)]
    write_pack(runs, path)
    assert outlined(path) == runs


def test_few_outlines_are_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_outlines, "_MOST_OUTLINES", 2)
    one, two, three = (replace(STEP, key=f"f/read#{i}") for i in range(3))
    order = [one, two, one, three, one, two, two]
    write_pack([Trace(f"r{i}", "p", (op,)) for i, op in enumerate(order)], path)
    kept = [isinstance(run, PackedRun) for run in outlined(path)]
    assert kept == [False, False, True, False, True, False, True]


def variants(table: pa.Table) -> Iterator[pa.Table]:
    """Yield tables as other versions may have written them."""
    yield table.drop_columns(["cell", "steps", "lineage"])
    yield table.drop_columns(["duration_ns"])
    yield table.append_column("new", pa.array([1] * len(table)))
    at = table.schema.get_field_index("key")
    yield table.set_column(at, "key", table.column("key").cast(pa.large_string()))
    yield table.select(table.column_names[::-1])


@pytest.mark.parametrize("number", range(5))
def test_other_columns_are_read_as_before(number: int, path: Path) -> None:
    write_pack(list(make_traces(4)), path)
    table = pq.read_table(path)
    pq.write_table(
        list(variants(table))[number].replace_schema_metadata(table.schema.metadata), path
    )
    expected = read_pack(path)
    assert len(expected) == 4
    found = outlined(path)
    assert made(found) == expected
    assert any(isinstance(run, PackedRun) for run in found) == (number in (0, 2, 4))
