"""Faults that are planted in recorded runs."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.datasets import STORED_FAULT_KINDS, Fault, make_runs, possible_faults
from lineage_stats.datasets._keys import (
    ASSIGN,
    DROPNA,
    FILTER,
    FIT,
    MERGE,
    METRIC,
    READ_CUSTOMERS,
    READ_ORDERS,
    SPLIT,
)
from lineage_stats.exceptions import UnknownMetricError, UnknownOperationError
from lineage_stats.features import as_run_matrix
from tests.strategies import traces

HEALTHY = make_runs(1).traces[0]
FAULTS = possible_faults(HEALTHY)


def changed_cells(faulty):
    """Return (operation, feature) pairs that differ between the healthy run and a faulty one."""
    matrix = as_run_matrix([HEALTHY, faulty], reference=HEALTHY)
    one, other = matrix.to_frame().to_numpy()
    differ = ~((one == other) | ((one != one) & (other != other)))
    return {cell for cell, changed in zip(matrix.cells, differ, strict=True) if changed}


def test_every_kind_is_possible_somewhere():
    assert {f.kind for f in FAULTS} == set(STORED_FAULT_KINDS) - {"metric_dropped"}
    assert all(f.metric_drop == 0 for f in FAULTS)


@pytest.mark.parametrize("kind", sorted({f.kind for f in FAULTS}))
def test_every_possible_fault_shows_at_its_operation_and_only_downstream(kind):
    for fault in (f for f in FAULTS if f.kind == kind):
        faulty = fault.apply(HEALTHY)
        changed = {cell.operation for cell in changed_cells(faulty)}
        assert fault.target in changed, fault
        below = {*HEALTHY.descendants(fault.operation), fault.operation, fault.target}
        assert changed <= below
        assert faulty.metrics == HEALTHY.metrics


@settings(deadline=None, max_examples=25)
@given(traces(), st.integers(0, 9))
def test_any_trace_takes_its_faults(trace, seed):
    for fault in possible_faults(trace, random_state=seed):
        faulty = fault.apply(trace)
        assert len(faulty) - len(trace) == {"operation_new": 1, "operation_missing": -1}.get(
            fault.kind, 0
        )
        assert len(faulty.keys) == len(set(faulty.keys))


def test_the_healthy_run_stays_as_it_is_and_the_labels_are_known():
    before = HEALTHY.to_dict()
    faulty = Fault("rows_lost", MERGE, severity=0.25, metric_drop=0).apply(HEALTHY)
    assert HEALTHY.to_dict() == before
    assert faulty.run_id == f"{HEALTHY.run_id}+rows_lost"
    assert faulty.tags == {
        "status": "faulty", "fault": "rows_lost", "fault_operation": MERGE, "fault_severity": "0.25"
    }  # fmt: skip


@pytest.mark.parametrize("severity", [0.1, 0.5])
@pytest.mark.parametrize("at", [READ_ORDERS, MERGE, FILTER])
def test_rows_are_lost_as_in_a_run_that_is_simulated_with_the_fault(at, severity):
    fault = Fault("rows_lost", at, severity=severity)
    planted, simulated = fault.apply(HEALTHY), make_runs(1, fault=fault).traces[0]
    for one, other in zip(planted, simulated, strict=True):
        for ref, expected in zip(one.outputs, other.outputs, strict=True):
            assert (ref.rows or 0) == pytest.approx(expected.rows or 0, rel=0.1, abs=3)
    assert planted.metrics["f1_score"] == pytest.approx(simulated.metrics["f1_score"])


def test_a_join_of_tables_that_were_lost_together_loses_them_once():
    faulty = Fault("rows_lost", ASSIGN, severity=0.5).apply(HEALTHY)
    ratio = faulty.operation(SPLIT).inputs[0].rows / HEALTHY.operation(SPLIT).inputs[0].rows
    assert ratio == pytest.approx(0.5, rel=0.01)


def test_a_shift_is_passed_on_under_the_name_of_its_column():
    faulty = Fault("mean_shifted", MERGE, severity=10.0, column="amount").apply(HEALTHY)
    for key in (MERGE, DROPNA, SPLIT):
        old, new = (t.operation(key).features for t in (HEALTHY, faulty))
        assert new["mean[amount]"] == pytest.approx(10 * old["mean[amount]"])
        assert new["sd[amount]"] == pytest.approx(10 * old["sd[amount]"])
        assert new["mean[age]"] == old["mean[age]"]
    old, new = (t.operation(SPLIT).features for t in (HEALTHY, faulty))
    assert new["mean[amount]@1"] == pytest.approx(10 * old["mean[amount]@1"])


def test_a_shift_ends_where_the_column_is_scaled():
    scaled = {"mean[amount]": 0.0, "sd[amount]": 1.0}
    operations = [
        dataclasses.replace(op, features={**op.features, **scaled}) if op.key == FILTER else op
        for op in HEALTHY
    ]
    trace = dataclasses.replace(HEALTHY, operations=tuple(operations))
    faulty = Fault("mean_shifted", MERGE, severity=10.0).apply(trace)
    assert faulty.operation(DROPNA).features["mean[amount]"] > 400
    assert faulty.operation(FILTER).features == trace.operation(FILTER).features
    assert faulty.operation(ASSIGN).features == trace.operation(ASSIGN).features


def test_missing_values_end_in_dropna_which_loses_the_rows():
    faulty = Fault("nulls_added", READ_ORDERS, severity=0.4).apply(HEALTHY)
    old, new = (t.operation(MERGE).features for t in (HEALTHY, faulty))
    p = 1 - (1 - old["nulls[amount]"]) * 0.6
    assert new["nulls[amount]"] == pytest.approx(p)
    assert new["null_share"] - old["null_share"] == pytest.approx((p - old["nulls[amount]"]) / 5)
    drop = faulty.operation(DROPNA)
    assert drop.features["nulls[amount]"] == 0
    healthy = HEALTHY.operation(DROPNA)
    assert drop.outputs[0].rows == pytest.approx(0.6 * healthy.outputs[0].rows, rel=0.01)
    assert drop.inputs[0].rows == healthy.inputs[0].rows


def test_another_dtype_is_in_all_schemas_that_have_the_column():
    faulty = Fault("dtype_changed", MERGE, column="age").apply(HEALTHY)
    for key in (MERGE, SPLIT):
        op = faulty.operation(key)
        assert dict(faulty.columns(op.outputs[0]))["age"] == "object"
        assert "mean[age]" not in op.features
        assert "mean[amount]" in op.features
    assert faulty.operation(READ_CUSTOMERS) == HEALTHY.operation(READ_CUSTOMERS)


def test_a_new_category_takes_its_share():
    faulty = Fault("category_added", MERGE, severity=0.1, column="country").apply(HEALTHY)
    old, new = (t.operation(SPLIT).features for t in (HEALTHY, faulty))
    assert new["distinct[country]"] == old["distinct[country]"] + 1
    assert new["top_share[country]"] == pytest.approx(0.9 * old["top_share[country]"])


def test_a_slow_operation_delays_those_after_it():
    faulty = Fault("slowed", FIT, severity=50.0).apply(HEALTHY)
    old = HEALTHY.operation(FIT)
    late = 49 * old.duration_ns
    assert faulty.operation(FIT).duration_ns == 50 * old.duration_ns
    assert faulty.operation(METRIC).start_ns == HEALTHY.operation(METRIC).start_ns + late
    assert faulty.operation(MERGE) == HEALTHY.operation(MERGE)
    assert faulty.end_ns == HEALTHY.end_ns + late


def test_without_a_selection_its_rows_are_back():
    faulty = Fault("operation_missing", DROPNA).apply(HEALTHY)
    assert DROPNA not in faulty.keys
    assert faulty.parents(FILTER) == (MERGE,)
    back = HEALTHY.operation(MERGE).outputs[0].rows / HEALTHY.operation(DROPNA).outputs[0].rows
    rows = HEALTHY.operation(SPLIT).outputs[0].rows
    assert faulty.operation(SPLIT).outputs[0].rows == pytest.approx(back * rows, rel=0.001)


def test_a_new_operation_stands_between():
    fault = Fault("operation_new", FILTER)
    faulty = fault.apply(HEALTHY)
    assert faulty.parents(fault.target) == (FILTER,)
    assert faulty.parents(ASSIGN) == (fault.target,)
    new = faulty.operation(fault.target)
    assert new.features["mean[amount]"] == HEALTHY.operation(FILTER).features["mean[amount]"]


def test_source_changes_change_facts_only():
    faulty = Fault("param_changed", DROPNA, metric_drop=0).apply(HEALTHY)
    assert {cell.feature for cell in changed_cells(faulty)} == {"param[how]", "call", "statement"}


def test_the_metric_falls_by_so_much_or_rises():
    fault = Fault("metric_dropped", METRIC, metric_drop=0.1)
    assert fault.apply(HEALTHY).metrics["f1_score"] == pytest.approx(
        HEALTHY.metrics["f1_score"] - 0.1
    )
    rise = Fault("metric_dropped", METRIC, metric_drop=-0.1)
    assert rise.apply(HEALTHY, metric="f1_score").metrics["f1_score"] == pytest.approx(
        HEALTHY.metrics["f1_score"] + 0.1
    )


WRONG = [
    (Fault("nonsense", MERGE), ValueError, "'kind' parameter of Fault must be one of rows_lost"),
    (Fault("rows_lost", "x"), UnknownOperationError, "has no operation 'x'"),
    (Fault("rows_lost", FIT), ValueError, "for the kind 'rows_lost' in run run-0-00000. Got"),
    (Fault("operation_missing", READ_ORDERS), ValueError, "'operation'"),
    (Fault("param_changed", FILTER), ValueError, "'operation'"),
    (Fault("rows_lost", MERGE, severity=1.0), ValueError, r"'severity' .* in \(0, 1\)"),
    (Fault("slowed", MERGE, severity=0), ValueError, "'severity' .* a positive float"),
    (Fault("mean_shifted", MERGE, column="country"), ValueError, "a column of .* can change: age,"),
    (Fault("category_added", READ_ORDERS), ValueError, "it has none. Got 'amount'"),
    (Fault("rows_lost", MERGE, metric_drop=float("nan")), ValueError, "'metric_drop'"),
]


@pytest.mark.parametrize(("fault", "error", "message"), WRONG)
def test_faults_that_the_run_cannot_have_are_refused(fault, error, message):
    with pytest.raises(error, match=message):
        fault.apply(HEALTHY)


def test_a_metric_that_is_not_there_cannot_fall():
    with pytest.raises(UnknownMetricError, match="no metric 'r2'"):
        Fault("rows_lost", MERGE).apply(HEALTHY, metric="r2")


def test_the_kinds_for_recorded_runs_are_refused_in_simulated_ones():
    with pytest.raises(ValueError, match="'kind'"):
        make_runs(1, fault=Fault("slowed", MERGE))
