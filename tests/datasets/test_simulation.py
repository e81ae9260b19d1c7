"""One run under way: streams, keys, and tables with a fault."""

import math

import numpy as np
import pytest

from lineage_stats.datasets import Fault
from lineage_stats.datasets._simulation import Column, Simulation


def simulation(fault: Fault | None = None, extra: tuple[str, ...] = ()) -> Simulation:
    return Simulation((0, 0), fault, extra)


def table(run: Simulation, rows: float = 5000, **columns: Column):
    return run.table("f", "read_csv", "source", (), rows, columns or {"x": Column(3, 2, 0.1)})


def test_streams_differ_by_purpose_and_by_run_only():
    draws = [
        Simulation(entropy, None, ()).stream(*purpose).random()
        for entropy in ((0, 0), (0, 1), (1, 0))
        for purpose in (("a",), ("b",), ("a", "b"), ("ab",))
    ]
    assert len(set(draws)) == len(draws)
    assert simulation().stream("a").random() == draws[0]


def test_keys_count_calls_of_one_name_in_one_scope():
    run = simulation()
    table(run)
    assert run.next_key("f", "read_csv") == "f/read_csv#2"
    assert run.next_key("g", "read_csv") == "g/read_csv#1"
    table(run)
    assert [op.key for op in run.operations] == ["f/read_csv#1", "f/read_csv#2"]
    assert [op.occurrence for op in run.operations] == [1, 2]


def test_time_passes():
    run = simulation()
    for _ in range(3):
        table(run)
    ends = [op.start_ns + op.duration_ns for op in run.operations]
    starts = [op.start_ns for op in run.operations]
    assert all(10_000 <= s - e < 1_000_000 for s, e in zip(starts[1:], ends, strict=False))


def test_schemas_are_told_apart_and_kept():
    run = simulation()
    a, b, c = (run.ref("table", 1, columns) for columns in (("x", "y"), ("x",), ("x", "y")))
    assert a.schema == c.schema != b.schema
    assert run.schemas[b.schema] == (("x", "float64"),)
    assert run.ref("value").schema is None


def test_a_profile_measures_every_column():
    run = simulation()
    made = table(run, x=Column(3, 2, 0.1), y=Column(0, 1))
    features = run.operations[0].features
    statistics = {name.partition("[")[0] for name in features if name.endswith("[x]")}
    assert statistics == {"mean", "sd", "min", "q25", "q50", "q75", "max", "nulls"}
    assert features["q50[x]"] == features["mean[x]"]
    for quantile, z in (("min", -3.2), ("q25", -0.67), ("q75", 0.67)):
        expected = features["mean[x]"] + z * features["sd[x]"]
        assert features[f"{quantile}[x]"] == pytest.approx(expected)
    assert features["max[x]"] >= features["mean[x]"] + 3.2 * features["sd[x]"]
    assert features["nulls[y]"] == 0
    assert features["null_share"] == features["nulls[x]"] / 2
    assert run.profile("k", made, 1).keys() == {f"{name}@1" for name in features}


def test_small_tables_are_measured_with_more_noise():
    errors = {}
    for rows in (100, 100_000):
        means = []
        for i in range(300):
            run = Simulation((0, i), None, ())
            table(run, rows, x=Column(0, 1))
            means.append(run.operations[0].features["mean[x]"])
        errors[rows] = np.std(means)
    assert errors[100] == pytest.approx(1 / math.sqrt(100), rel=0.2)
    assert errors[100_000] == pytest.approx(1 / math.sqrt(1000), rel=0.2)


def test_extra_columns_come_last_and_change_no_other():
    columns = {"b": Column(0, 1), "e": Column(0, 1), "a": Column(0, 1)}
    wide, narrow = simulation(extra=("e",)), simulation()
    assert wide.in_order(columns) == ["b", "a", "e"]
    table(wide, **columns)
    table(narrow, a=columns["a"], b=columns["b"])
    other = simulation(extra=("e",))
    table(other, b=columns["b"], a=columns["a"])
    wide_features = wide.operations[0].features
    assert other.operations[0].features.items() <= wide_features.items()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("rows_lost", "f/read_csv#1", severity=0.25), (3750, Column(3, 2, 0.1))),
        (Fault("mean_shifted", "f/read_csv#1", 4.0, column="x"), (5000, Column(12, 8, 0.1))),
        (Fault("nulls_added", "f/read_csv#1", 0.5, column="x"), (5000, Column(3, 2, 0.55))),
        (Fault("rows_lost", "f/read_csv#2", severity=0.25), (5000, Column(3, 2, 0.1))),
        (Fault("call_changed", "f/read_csv#1"), (5000, Column(3, 2, 0.1))),
    ],
)
def test_what_a_fault_does_to_a_table(fault, expected):
    made = table(simulation(fault))
    rows, column = expected
    assert made.rows == rows
    assert made.columns["x"].mean == column.mean
    assert made.columns["x"].sd == column.sd
    assert made.columns["x"].nulls == pytest.approx(column.nulls)


def test_a_missing_operation_hands_on_its_input():
    run = simulation(Fault("operation_missing", "f/dropna#1"))
    read = table(run)
    assert run.table("f", "dropna", "selection", (read,), 10, {}) is read
    assert len(run.operations) == 1


def test_a_new_operation_stands_between():
    run = simulation(Fault("operation_new", "f/read_csv#1"))
    made = table(run)
    read, new = run.operations
    assert new.key == run.fault.target
    assert new.inputs == read.outputs
    assert new.outputs == (made.ref,)
    assert made.rows == 5000
