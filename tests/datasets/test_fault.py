"""Faults: what can be wrong, where, and what is refused."""

import dataclasses
import math

import numpy as np
import pytest

from lineage_stats.datasets import FAULT_KINDS, FAULTS, Fault, make_runs
from lineage_stats.datasets._fault import check_fault
from lineage_stats.datasets._keys import (
    AGGREGATE,
    ASSIGN,
    FILTER,
    FIT,
    MERGE,
    METRIC,
    OPERATION_KEYS,
    READ_ORDERS,
    SPLIT,
    extra_keys,
)


def test_the_catalogue_holds_one_of_each_kind():
    assert sorted(fault.kind for fault in FAULTS) == sorted(FAULT_KINDS)
    for fault in FAULTS:
        check_fault(fault)


def test_it_is_frozen_and_hashable():
    fault = Fault("rows_lost", MERGE)
    with pytest.raises(dataclasses.FrozenInstanceError):
        fault.kind = "other"
    assert {fault, Fault("rows_lost", MERGE)} == {fault}


def test_the_constructor_checks_nothing():
    assert Fault("nonsense", severity=-1).kind == "nonsense"


@pytest.mark.parametrize("kind", FAULT_KINDS)
@pytest.mark.parametrize("operation", OPERATION_KEYS)
def test_the_target_is_the_operation_or_the_new_one(kind, operation):
    target = Fault(kind, operation).target
    if kind == "operation_new":
        assert target == f"{operation.split('/')[0]}/DataFrame.drop_duplicates#1"
    else:
        assert target == operation


WRONG = [
    (Fault("nonsense"), "The 'kind' parameter of Fault must be one of rows_lost, "),
    (Fault(["rows_lost"]), r"'kind' .* Got \['rows_lost'\] instead\.$"),
    (Fault("rows_lost", "nonsense"), "'operation' .* for the kind 'rows_lost'. Got 'nonsense'"),
    (Fault("rows_lost", FIT), "'operation' parameter of Fault must be one of load/read_csv#1, "),
    (Fault("metric_dropped", MERGE), f"'operation' .* one of {METRIC} for"),
    (Fault("param_changed", FILTER), "'operation'"),
    (Fault("operation_missing", AGGREGATE), "'operation'"),
    (Fault("operation_new", SPLIT), "'operation'"),
    (Fault("rows_lost", extra_keys(1)[0]), "'operation'"),
    (Fault("rows_lost", MERGE, severity=0), r"'severity' .* in \(0, 1\) .* Got 0 instead"),
    (Fault("rows_lost", MERGE, severity=1.0), r"'severity' .* in \(0, 1\)"),
    (Fault("nulls_added", MERGE, severity=math.nan), r"'severity' .* in \(0, 1\)"),
    (Fault("nulls_added", MERGE, severity="0.5"), r"'severity' .* Got '0.5'"),
    (Fault("mean_shifted", MERGE, severity=0.0), "'severity' .* a positive float"),
    (Fault("mean_shifted", MERGE, severity=math.inf), "'severity' .* a positive float"),
    (Fault("mean_shifted", MERGE, severity=True), "'severity' .* a positive float"),
    (Fault("mean_shifted", MERGE, column="log_amount"), f"'column' .* that {MERGE} makes, one of "),
    (Fault("nulls_added", MERGE, column="country"), "'column' .* Got 'country'"),
    (Fault("nulls_added", MERGE, column=["age"]), "'column'"),
    (Fault("metric_dropped", metric_drop=0.8), r"'metric_drop' .* in \[0, 0.7\]. Got 0.8"),
    (Fault("metric_dropped", metric_drop=-0.1), "'metric_drop'"),
    (Fault("metric_dropped", metric_drop=None), "'metric_drop'"),
]


@pytest.mark.parametrize(("fault", "message"), WRONG, ids=lambda x: getattr(x, "kind", None))
def test_wrong_faults_are_refused_when_used(fault, message):
    with pytest.raises(ValueError, match=message):
        make_runs(1, fault=fault)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("metric_dropped", metric_drop=0),
        Fault("metric_dropped", metric_drop=0.7),
        Fault("rows_lost", READ_ORDERS, severity=np.float64(0.999)),
        Fault("mean_shifted", ASSIGN, severity=np.int64(3)),
        Fault("mean_shifted", ASSIGN, column="log_amount"),
        Fault("rows_lost", extra_keys(2)[1]),
        Fault("param_changed", extra_keys(2)[0]),
    ],
)
def test_the_limits_are_allowed(fault):
    check_fault(fault, extra_keys(2))
    assert make_runs(1, fault=fault, n_extra_operations=2).target == (fault.target,)
