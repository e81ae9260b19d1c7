"""Runs that are columns have the numbers of the same runs as traces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from lineage_stats.features import RunMatrix, as_run_matrix
from lineage_stats.features._matrix import matrix_of_stored
from lineage_stats.storage._outlines import Outlines
from lineage_stats.storage._pack import iter_packed, write_pack
from lineage_stats.storage._pack_rows import PackedRun
from lineage_stats.trace import Operation, Trace
from tests.strategies import runs_alike


def assert_same(found: RunMatrix, expected: RunMatrix) -> None:
    """Compare bit by bit, whatever the order of rows and columns."""
    assert sorted(found.run_ids) == sorted(expected.run_ids)
    assert sorted(found.cells) == sorted(expected.cells)
    rows = [found.run_ids.index(run) for run in expected.run_ids]
    columns = [found.cells.index(cell) for cell in expected.cells]
    assert found.values[np.ix_(rows, columns)].tobytes() == expected.values.tobytes()


def stored(runs: list[Trace], path: Path) -> list[Trace | PackedRun]:
    write_pack(runs, path)
    return list(iter_packed(path, Outlines()))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(runs_alike())
def test_numbers_are_those_of_traces(
    tmp_path_factory: pytest.TempPathFactory, runs: list[Trace]
) -> None:
    found = stored(runs, tmp_path_factory.mktemp("pack") / "runs.pack")
    for reference in runs[:1] + runs[-1:]:
        expected = as_run_matrix(runs, reference=reference)
        assert_same(matrix_of_stored(found, reference), expected)


def test_calls_align_runs_whose_operations_differ(tmp_path: Path) -> None:
    def run(name: str, *calls: str) -> Trace:
        steps = (
            Operation(f"f/x#{i}", "x", scope="f", facts={"call": call}, features={"n": float(i)})
            for i, call in enumerate(calls, 1)
        )
        return Trace(name, "p", tuple(steps))

    reference = run("r0", "a", "b", "c")
    runs = [run(f"r{i}", *calls) for i, calls in enumerate(["abc", "ac", "ac", "ab", "ab", "xabc"])]
    found = stored(runs, tmp_path / "runs.pack")
    assert [isinstance(r, Trace) for r in found] == [True, True, False, True, False, True]
    assert_same(matrix_of_stored(found, reference), as_run_matrix(runs, reference=reference))


def test_of_two_operations_under_one_key_the_last_counts(tmp_path: Path) -> None:
    reference = Trace("r", "p", (Operation("g/y#1", "x", scope="f", features={"n": 0.0}),))
    steps = (
        Operation("f/x#1", "x", scope="f", features={"n": 1.0}),
        Operation("g/y#1", "y", scope="g", features={"n": 2.0}),
    )
    runs = [Trace(f"r{i}", "p", steps) for i in range(3)]
    found = stored(runs, tmp_path / "runs.pack")
    expected = as_run_matrix(runs, reference=reference)
    assert_same(matrix_of_stored(found, reference), expected)
    assert expected.values[0, [cell.feature for cell in expected.cells].index("n")] == 2.0


def test_a_metric_that_is_no_number_is_told_by_the_status(tmp_path: Path) -> None:
    def run(name: str, value: float) -> Trace:
        score = Operation("f/f1#1", "f1", metric="f1", features={"metric_value": value, "cpu": 1.0})
        first = Operation("f/x#1", "x", features={"n": value})
        return Trace(name, "p", (first, score))

    odd = [0.7, 0.8, float("nan"), 0.9, float("nan"), float("nan"), float("inf"), -float("inf")]
    runs = [run(f"r{i}", value) for i, value in enumerate([*odd, *odd])]
    found = stored(runs, tmp_path / "runs.pack")
    assert sum(isinstance(r, Trace) for r in found) == 4  # one of each kind of value
    expected = as_run_matrix(runs, reference=runs[0])
    assert_same(matrix_of_stored(found, runs[0]), expected)
