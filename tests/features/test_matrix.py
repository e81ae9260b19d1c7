"""From traces to runs x cells."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.features import (
    Cell,
    RunMatrix,
    as_run_matrix,
    category_code,
    operation_features,
)
from lineage_stats.trace import DataRef, Operation, Trace, TraceSet, align
from tests.strategies import (
    DROPNA,
    FILTER,
    MERGE,
    METRIC,
    READ_ORDERS,
    SPLIT,
    InjectedFault,
    make_trace,
    make_traces,
    traces,
)


def naive(runs: Sequence[Trace]) -> dict[tuple[str, str, str], float]:
    """The same numbers, one at a time: (run, operation, feature) -> value where there is one."""
    found = {}
    for i, (trace, mapping) in enumerate(zip(runs, align(runs).mappings, strict=True)):
        for op in trace:
            features = operation_features(trace, op)
            above = ",".join(sorted(mapping[key] for key in trace.parents(op.key)))
            features["parents"] = category_code(above)
            for name, value in features.items():
                if math.isfinite(value):
                    found[str(i), mapping[op.key], name] = value
    return found


def column(matrix: RunMatrix, operation: str, feature: str) -> np.ndarray:
    return matrix.values[:, matrix.cells.index(Cell(operation, feature))]


@given(st.lists(traces(pipeline="p", max_operations=4), max_size=4))
def test_every_number_is_where_it_belongs(runs: list[Trace]) -> None:
    matrix = as_run_matrix(runs)
    found = naive(runs)
    assert matrix.values.shape == (len(runs), len(matrix.cells))
    assert len(set(matrix.cells)) == len(matrix.cells)
    for i in range(len(runs)):
        for j, cell in enumerate(matrix.cells):
            default = 0.0 if cell.feature == "present" else math.nan
            expected = found.get((str(i), *cell), default)
            np.testing.assert_equal(matrix.values[i, j], expected)
    assert {(op, name) for _, op, name in found} <= set(matrix.cells)


def test_rows_are_the_runs_in_the_given_order() -> None:
    runs = list(reversed(make_traces(4)))
    matrix = as_run_matrix(runs)
    assert matrix.run_ids == tuple(run.run_id for run in runs)
    np.testing.assert_array_equal(
        column(matrix, READ_ORDERS, "rows_out"),
        [run.operation(READ_ORDERS).outputs[0].rows for run in runs],
    )


def test_asked_for_cells_come_in_that_order_and_no_others(healthy: TraceSet) -> None:
    cells = [Cell(METRIC, "metric_value"), Cell("nowhere", "rows_out"), Cell(MERGE, "rows_out")]
    matrix = as_run_matrix(healthy, cells=cells)
    assert matrix.cells == tuple(cells)
    assert np.isnan(matrix.values[:, 1]).all()
    np.testing.assert_array_equal(matrix.values[:, 0], [run.metrics["f1_score"] for run in healthy])


def test_a_run_alone_gets_the_columns_of_its_baseline(healthy: TraceSet) -> None:
    baseline = as_run_matrix(healthy)
    run = make_trace(99, fault=InjectedFault("operation_new", FILTER))
    alone = as_run_matrix([run], cells=baseline.cells, reference=healthy[-1])
    assert alone.cells == baseline.cells
    np.testing.assert_array_equal(column(alone, DROPNA, "present"), [1.0])


def test_presence_is_never_missing(healthy: TraceSet) -> None:
    run = make_trace(99, fault=InjectedFault("operation_missing", DROPNA))
    matrix = as_run_matrix([*healthy, run])
    present = column(matrix, DROPNA, "present")
    np.testing.assert_array_equal(present, [1.0] * len(healthy) + [0.0])
    assert np.isnan(column(matrix, DROPNA, "rows_out")[-1])


def test_infinite_counts_as_missing() -> None:
    op = Operation("k", "n", features={"max[a]": math.inf, "min[a]": -math.inf, "sd[a]": math.nan})
    matrix = as_run_matrix([Trace("r", "p", (op,))])
    for name in ("max[a]", "min[a]", "sd[a]"):
        assert np.isnan(column(matrix, "k", name)).all()


def test_a_faulty_wiring_changes_the_parents_and_nothing_else_does(healthy: TraceSet) -> None:
    matrix = as_run_matrix(
        [*healthy, make_trace(99, fault=InjectedFault("operation_missing", DROPNA))]
    )
    parents = column(matrix, FILTER, "parents")
    assert len(set(parents[:-1])) == 1
    assert parents[-1] != parents[0]


def test_sizes_times_and_facts_of_an_operation(trace: Trace) -> None:
    op = trace.operation(SPLIT)
    features = operation_features(trace, op)
    assert features["rows_in"] == op.inputs[0].rows
    assert features["rows_out"] == op.outputs[0].rows
    assert features["rows_out@1"] == op.outputs[1].rows
    assert features["columns_out@1"] == op.outputs[1].n_columns
    assert features["schema@1"] == category_code(op.outputs[1].schema or "")
    assert features["duration"] == op.duration_ns / 1e9
    assert features["param[test_size]"] == category_code("0.25")
    assert features["status"] == category_code("ok")
    assert features["present"] == 1.0
    assert all(features[name] == value for name, value in op.features.items())


def test_what_was_measured_counts_before_what_is_implied() -> None:
    op = Operation(
        "k", "n", outputs=(DataRef("d", rows=5),), duration_ns=7,
        features={"rows_out": 50.0, "duration": 3.0},
    )  # fmt: skip
    features = operation_features(Trace("r", "p", (op,)), op)
    assert (features["rows_out"], features["duration"]) == (50.0, 3.0)
    assert op.features == {"rows_out": 50.0, "duration": 3.0}


@given(st.lists(st.text(), max_size=30, unique=True))
def test_categories_are_equal_exactly_where_their_texts_are(words: list[str]) -> None:
    codes = [category_code(word) for word in words]
    assert len(set(codes)) == len(words)
    assert codes == [category_code("".join(list(word))) for word in words]
    assert all(code == int(code) and 0 <= code < 2**52 for code in codes)


def test_categories_are_the_same_in_every_process(
    run_python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = run_python(
        "from lineage_stats.features import category_code; print(category_code('inner'))"
    )
    assert float(done.stdout) == category_code("inner")


def test_kinds_follow_the_cells(healthy: TraceSet) -> None:
    matrix = as_run_matrix(healthy[:2])
    assert list(matrix.kinds) == [cell.kind for cell in matrix.cells]
    assert set(matrix.kinds) >= {"count", "real", "metric", "category", "presence", "duration"}


def test_frame(healthy: TraceSet) -> None:
    frame = as_run_matrix(healthy[:3]).to_frame()
    assert list(frame.index) == [run.run_id for run in healthy[:3]]
    assert frame.columns.names == ["operation", "feature"]
    assert frame[METRIC, "metric_value"].iloc[0] == healthy[0].metrics["f1_score"]


def test_no_runs_and_empty_runs() -> None:
    assert as_run_matrix([]).values.shape == (0, 0)
    matrix = as_run_matrix([Trace("a", "p"), Trace("b", "p")])
    assert matrix.values.shape == (2, 0)
    assert matrix.run_ids == ("a", "b")
    assert as_run_matrix([], cells=[Cell("k", "present")]).values.shape == (0, 1)


@pytest.mark.parametrize("with_reference", [True, False])
def test_columns_do_not_depend_on_where_an_operation_stands(
    healthy: TraceSet, with_reference: bool
) -> None:
    reference = healthy[0] if with_reference else None
    longer = make_trace(50, fault=InjectedFault("operation_new", READ_ORDERS))
    matrix = as_run_matrix([*healthy, replace(longer)], reference=reference)
    assert not np.isnan(column(matrix, MERGE, "rows_out")).any()


def test_importing_features_loads_no_numpy(
    run_python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = run_python(
        "import sys, lineage_stats.features; print({'numpy', 'pandas'} & set(sys.modules))"
    )
    assert done.stdout == "set()\n"


def test_a_note_that_a_profile_was_skipped_is_no_cell() -> None:
    trace = make_trace()
    operation = trace.operations[0]
    noted = replace(operation, facts={**operation.facts, "profile": "skipped"})
    assert operation_features(trace, noted) == operation_features(trace, operation)


@pytest.mark.parametrize("cells", [None, [Cell("s#1", "y")], [Cell("s#1", "z"), Cell("s#1", "x")]])
def test_features_may_change_from_run_to_run_and_back(cells: list[Cell] | None) -> None:
    features = [{"x": 1.0, "y": 2.0}, {"y": 3.0}, {"y": 4.0, "x": 5.0}, {"x": 6.0, "z": 7.0}]
    runs = [
        Trace(f"r{i}", "p", (Operation("s#1", "s", features=found),))
        for i, found in enumerate([*features, *features])
    ]
    matrix = as_run_matrix(runs, cells=cells)
    for name in {cell.feature for cell in matrix.cells} & {"x", "y", "z"}:
        column = matrix.values[:, matrix.cells.index(Cell("s#1", name))]
        expected = [found.get(name, np.nan) for found in [*features, *features]]
        np.testing.assert_array_equal(column, expected)
    assert cells is None or list(matrix.cells) == cells


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_metric_that_is_no_number_has_another_status(value: float) -> None:
    def run(name: str, value: float) -> Trace:
        score = Operation("f/f1#1", "f1", metric="f1", features={"metric_value": value})
        return Trace(name, "p", (score, Operation("f/x#1", "x", features={"n": value})))

    matrix = as_run_matrix([run("a", 0.5), run("b", value)])
    assert np.isnan(column(matrix, "f/f1#1", "metric_value")[1])
    status = [category_code("ok"), category_code(f"ok, value {value}")]
    assert column(matrix, "f/f1#1", "status").tolist() == status
    assert column(matrix, "f/x#1", "status").tolist() == status[:1] * 2
