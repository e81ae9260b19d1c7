"""The churn pipeline varies as its description says, and passes faults on."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.datasets import FAULTS, Fault, make_runs
from lineage_stats.datasets._fault import _PLACES, FAULT_KINDS
from lineage_stats.datasets._keys import (
    AGGREGATE,
    ASSIGN,
    DROPNA,
    FILTER,
    FIT,
    MERGE,
    MERGE_BACK,
    METRIC,
    OPERATION_KEYS,
    PREDICT,
    READ_CUSTOMERS,
    READ_ORDERS,
    SPLIT,
    TABLE_KEYS,
)
from lineage_stats.trace import Operation, Trace

N_RUNS = 400


@pytest.fixture(scope="module")
def many() -> tuple[Trace, ...]:
    return tuple(make_runs(N_RUNS, n_extra_columns=2, random_state=7).traces)


def feature(key: str, name: str) -> Callable[[Trace], float]:
    return lambda trace: trace.operation(key).features[name]


def rows(key: str) -> Callable[[Trace], int]:
    return lambda trace: trace.operation(key).outputs[0].rows


def ratio(key: str, to: str) -> Callable[[Trace], float]:
    return lambda trace: rows(key)(trace) / rows(to)(trace)


def sd_of_beta(a: float, b: float) -> float:
    return math.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))


def relative_maximum(trace: Trace) -> float:
    f = trace.operation(READ_CUSTOMERS).features
    return (f["max[age]"] - f["mean[age]"]) / f["sd[age]"]


SD_OF_NULLS = sd_of_beta(50, 950)

# What is measured, its mean and its standard deviation by the description.
FIGURES = {
    "orders": (lambda t: math.log(rows(READ_ORDERS)(t) / 20_000), 0, 0.03),
    "customers": (rows(READ_CUSTOMERS), 10_024.5, math.sqrt((50**2 - 1) / 12)),
    "matched": (ratio(MERGE, READ_ORDERS), 0.99, sd_of_beta(990, 10)),
    "complete": (ratio(DROPNA, MERGE), 0.95, SD_OF_NULLS),
    "active": (ratio(FILTER, DROPNA), 0.9, sd_of_beta(900, 100)),
    "nulls": (
        feature(READ_ORDERS, "nulls[amount]"), 0.05,
        math.sqrt(SD_OF_NULLS**2 + (0.05 * 0.95 - SD_OF_NULLS**2) / 1000),
    ),
    "amount": (feature(READ_ORDERS, "mean[amount]"), 50, math.sqrt(1 + 20**2 / 950)),
    "log_amount": (
        feature(ASSIGN, "mean[log_amount]"), math.log(50) - 0.4**2 / 2,
        math.sqrt(0.4**2 / 1000 + (0.02 * (1 + 0.4**2)) ** 2),
    ),
    "spent": (feature(MERGE_BACK, "mean[spent]"), 50, math.sqrt(1 + 10**2 / 1000)),
    "age": (feature(READ_CUSTOMERS, "mean[age]"), 41, 12 / math.sqrt(1000)),
    "sd": (feature(READ_CUSTOMERS, "sd[age]"), 12, 12 / math.sqrt(2000)),
    "max": (
        relative_maximum, 3.2 + 0.3 * math.sqrt(2 / math.pi),
        0.3 * math.sqrt(1 - 2 / math.pi),
    ),
    "top_share": (
        feature(READ_CUSTOMERS, "top_share[country]"), 0.4, math.sqrt(0.4 * 0.6 / 1000)
    ),
    "extra_0": (feature(READ_ORDERS, "mean[extra_0]"), 0, math.sqrt(0.1**2 + 1 / 1000)),
    "extra_1": (feature(READ_CUSTOMERS, "mean[extra_1]"), 0, math.sqrt(0.1**2 + 1 / 1000)),
    "association": (
        lambda t: (feature(FIT, "association[age]")(t) - 0.1) * math.sqrt(rows(SPLIT)(t)), 0, 1
    ),
    "extra association": (
        lambda t: feature(FIT, "association[extra_0]")(t) * math.sqrt(rows(SPLIT)(t)), 0, 1
    ),
    "prediction": (
        lambda t: (feature(PREDICT, "mean[0]")(t) - 0.2) * math.sqrt(rows(PREDICT)(t)), 0, 0.4
    ),
    "duration": (lambda t: math.log(t.operation(MERGE).duration_ns / 1e6), 1, 0.25),
    "metric": (
        lambda t: t.metrics["f1_score"], 0.8,
        math.sqrt(0.01**2 + (0.05 * 0.03) ** 2 + (0.2 * SD_OF_NULLS) ** 2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_moments_are_those_of_the_description(name, many):
    measure, mean, sd = FIGURES[name]
    x = np.array([measure(trace) for trace in many])
    rounding = 1e-4 * (abs(mean) + sd) + 1e-9  # of row counts
    assert abs(x.mean() - mean) < 4 * sd / math.sqrt(N_RUNS) + rounding
    centred = x - x.mean()
    kurtosis = (centred**4).mean() / (centred**2).mean() ** 2
    assert abs(x.std() - sd) < 4 * sd * math.sqrt((kurtosis - 1) / (4 * N_RUNS)) + rounding


def test_runs_are_independent(many):
    x = np.array([[measure(t) for measure, _, _ in FIGURES.values()] for t in many])
    x = (x - x.mean(0)) / x.std(0)
    autocorrelation = (x[1:] * x[:-1]).mean(0)
    assert np.abs(autocorrelation).max() < 4 / math.sqrt(N_RUNS)


def test_rows_follow_from_rows(many):
    for trace in many[:20]:
        n = rows(FILTER)(trace)
        assert rows(ASSIGN)(trace) == rows(MERGE_BACK)(trace) == n
        assert rows(AGGREGATE)(trace) == int(10_000 * (1 - math.exp(-n / 10_000)))
        train, test = trace.operation(SPLIT).outputs
        assert (test.rows, train.rows) == (n // 4, n - n // 4)


def test_the_metric_follows_from_orders_and_nulls(many):
    x = np.array(
        [[1, math.log(rows(READ_ORDERS)(t) / 20_000), 1 - ratio(DROPNA, MERGE)(t)] for t in many]
    )
    y = np.array([t.metrics["f1_score"] for t in many])
    slope, *_ = np.linalg.lstsq(x, y)
    errors = 0.01 * np.sqrt(np.diag(np.linalg.inv(x.T @ x)))
    np.testing.assert_array_less(np.abs(slope - [0.81, 0.05, -0.2]), 4 * errors)


# ---------------------------------------------------------------------------------------------
# Faults


def seen(op: Operation) -> tuple[object, ...]:
    """What of an operation does not depend on the wiring or on the clock."""
    refs = tuple((r.kind, r.rows, r.n_columns, r.schema) for r in op.outputs)
    return op.kind, op.features, op.facts, refs, op.duration_ns, op.metric


def twins(fault: Fault, i: int = 3, **options: int) -> tuple[Trace, Trace]:
    """The same run without and with the fault."""
    healthy, faulty = (make_runs(1, first=i, fault=f, **options).traces[0] for f in (None, fault))
    return healthy, faulty


def columns_of(key: str) -> list[str]:
    """Numeric columns of the table that an operation makes."""
    names = make_runs(1).traces[0].operation(key).features
    return sorted(n.removeprefix("mean[").removesuffix("]") for n in names if n.startswith("mean["))


COLUMNS = {key: columns_of(key) for key in TABLE_KEYS}


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    """Any fault that the pipeline can have."""
    kind = draw(st.sampled_from(FAULT_KINDS))
    place = draw(st.sampled_from(_PLACES[kind]))
    column = draw(st.sampled_from(COLUMNS.get(place, ["amount"])))
    return Fault(kind, place, draw(st.floats(0.01, 0.99)), draw(st.floats(0, 0.7)), column)


@given(fault=faults(), i=st.integers(0, 10_000))
def test_a_fault_changes_nothing_upstream_or_aside_and_the_metric_by_what_it_says(fault, i):
    healthy, faulty = twins(fault, i)
    drop = healthy.metrics["f1_score"] - faulty.metrics["f1_score"]
    assert drop == pytest.approx(fault.metric_drop, abs=1e-12)
    reached = {fault.operation, fault.target, *healthy.descendants(fault.operation)}
    for key in set(OPERATION_KEYS) - reached:
        assert seen(faulty.operation(key)) == seen(healthy.operation(key))
    expected = set(OPERATION_KEYS)
    expected ^= {fault.target} if fault.kind.startswith("operation_") else set()
    assert set(faulty.keys) == expected
    assert faulty.run_id == healthy.run_id
    assert (healthy.tags["status"], faulty.tags["status"]) == ("healthy", "faulty")


@pytest.mark.parametrize("kind", ["param_changed", "call_changed"])
@pytest.mark.parametrize("key", [READ_ORDERS, DROPNA, SPLIT, FIT, METRIC])
def test_a_change_of_code_changes_facts_of_that_operation_only(kind, key):
    healthy, faulty = twins(Fault(kind, key, metric_drop=0))
    for op in healthy:
        other = faulty.operation(op.key)
        assert other.features == op.features
        changed = {name for name, fact in op.facts.items() if other.facts[name] != fact}
        digests = {"call", "statement"} if op.key == key else set()
        assert {c for c in changed if not c.startswith("param[")} == digests
        assert len(changed - digests) == (op.key == key and kind == "param_changed")
        assert other.facts.keys() == op.facts.keys()


def test_a_drop_of_the_metric_alone_changes_nothing_else():
    healthy, faulty = twins(Fault("metric_dropped", metric_drop=0.3))
    assert [seen(op) for op in healthy][:-1] == [seen(op) for op in faulty][:-1]


def test_lost_rows_are_lost_downstream():
    healthy, faulty = twins(Fault("rows_lost", READ_CUSTOMERS, severity=0.4))
    for key in (READ_CUSTOMERS, MERGE, DROPNA, FILTER, ASSIGN, MERGE_BACK, SPLIT, PREDICT):
        assert rows(key)(faulty) / rows(key)(healthy) == pytest.approx(0.6, abs=0.001)
    assert rows(READ_ORDERS)(faulty) == rows(READ_ORDERS)(healthy)


def test_lost_groups_are_nulls_after_the_second_join():
    healthy, faulty = twins(Fault("rows_lost", AGGREGATE, severity=0.4))
    assert rows(MERGE_BACK)(faulty) == rows(MERGE_BACK)(healthy)
    assert feature(MERGE_BACK, "nulls[spent]")(healthy) == 0
    assert feature(MERGE_BACK, "nulls[spent]")(faulty) == pytest.approx(0.4, abs=4 * 0.016)


def test_a_multiplied_column_stays_so_downstream():
    healthy, faulty = twins(Fault("mean_shifted", READ_ORDERS, severity=10.0))
    for key, column in (
        (READ_ORDERS, "amount"),
        (MERGE, "amount"),
        (SPLIT, "amount"),
        (AGGREGATE, "spent"),
        (MERGE_BACK, "spent"),
    ):
        for statistic in ("mean", "sd", "q25", "max"):
            name = f"{statistic}[{column}]"
            assert feature(key, name)(faulty) == pytest.approx(10 * feature(key, name)(healthy))
    shift = feature(ASSIGN, "mean[log_amount]")(faulty) - feature(ASSIGN, "mean[log_amount]")(
        healthy
    )
    assert shift == pytest.approx(math.log(10))
    assert feature(MERGE, "mean[age]")(faulty) == feature(MERGE, "mean[age]")(healthy)


def test_added_nulls_are_dropped_with_their_rows():
    healthy, faulty = twins(Fault("nulls_added", READ_ORDERS, severity=0.5))
    assert feature(READ_ORDERS, "nulls[amount]")(faulty) == pytest.approx(0.525, abs=0.08)
    assert rows(MERGE)(faulty) == rows(MERGE)(healthy)
    assert rows(DROPNA)(faulty) / rows(DROPNA)(healthy) == pytest.approx(0.5, abs=0.001)
    assert feature(DROPNA, "nulls[amount]")(faulty) == 0


def test_a_missing_operation_leaves_its_work_undone():
    healthy, faulty = twins(Fault("operation_missing", DROPNA))
    assert faulty.parents(FILTER) == (MERGE,)
    assert feature(FILTER, "nulls[amount]")(faulty) > 0
    assert rows(FILTER)(faulty) > rows(FILTER)(healthy)


def test_a_new_operation_leaves_the_numbers_alone():
    fault = Fault("operation_new", FILTER, metric_drop=0)
    healthy, faulty = twins(fault)
    assert faulty.parents(fault.target) == (FILTER,)
    assert faulty.parents(ASSIGN) == (fault.target,)
    for op in healthy:
        assert seen(faulty.operation(op.key)) == seen(op)


@pytest.mark.parametrize("fault", [None, *FAULTS], ids=lambda f: f.kind if f else "healthy")
def test_extra_columns_and_operations_change_nothing_else(fault):
    (plain,) = make_runs(1, fault=fault).traces
    (wide,) = make_runs(1, fault=fault, n_extra_columns=5, n_extra_operations=3).traces
    (wider,) = make_runs(1, fault=fault, n_extra_columns=8, n_extra_operations=4).traces
    for less, more in ((plain, wide), (wide, wider)):
        for op in less:
            features = {k: v for k, v in op.features.items() if not k.startswith("null_share")}
            assert features.items() <= more.operation(op.key).features.items()
            assert more.operation(op.key).facts == op.facts


def test_extra_columns_are_carried_to_the_split_and_extra_operations_stand_before_it():
    (trace,) = make_runs(1, n_extra_columns=3, n_extra_operations=2).traces
    have = {op.key: {k for k in range(3) if f"mean[extra_{k}]" in op.features} for op in trace}
    whole = {0, 1, 2}
    assert have == {
        READ_ORDERS: {0, 2}, READ_CUSTOMERS: {1}, MERGE: whole, DROPNA: whole, FILTER: whole,
        ASSIGN: whole, AGGREGATE: set(), MERGE_BACK: whole, "extra/DataFrame.astype#1": whole,
        "extra/DataFrame.astype#2": whole, SPLIT: whole, FIT: set(), PREDICT: set(), METRIC: set(),
    }  # fmt: skip
    assert trace.parents(SPLIT) == ("extra/DataFrame.astype#2",)
    assert trace.parents("extra/DataFrame.astype#1") == (MERGE_BACK,)
    assert trace.operation(SPLIT).features.keys() >= {"mean[extra_2]@1"}
