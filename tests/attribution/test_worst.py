"""The metric that is worst off, in units of what is usual."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.attribution import (
    MechanismBaseline,
    attribute_root_cause,
    attribute_worst_metric,
)
from lineage_stats.attribution._attribute import drop_of, is_drop_possible
from lineage_stats.exceptions import (
    FewRunsWarning,
    MetricNotWorseError,
    TooFewRunsError,
    UnknownMetricError,
)
from lineage_stats.trace import DataRef, Operation, Trace

TABLE = DataRef("d", "table", rows=100)
LOAD = Operation("load", "read_csv", "source", outputs=(TABLE,))


def run(i: int, **metrics: float) -> Trace:
    steps = [
        Operation(name, name, "metric", inputs=(TABLE,), metric=name,
                  features={"metric_value": value})
        for name, value in metrics.items()
    ]  # fmt: skip
    return Trace(f"r{i}", "p", (LOAD, *steps), start_ns=i)


def healthy(n: int = 20) -> list[Trace]:
    """Runs with one metric that hardly moves, and one that moves much."""
    return [run(i, r2_score=0.9 + 0.001 * (i % 5), f1_score=0.7 + 0.05 * (i % 5)) for i in range(n)]


def test_the_largest_drop_counts_in_units_of_noise() -> None:
    bad = run(20, f1_score=0.68, r2_score=0.85)  # the drop of f1_score is larger in points
    found = attribute_worst_metric(bad, baseline=healthy())
    assert found.metric == "r2_score"
    assert found == attribute_root_cause(bad, "r2_score", baseline=healthy())


def test_a_metric_that_healthy_runs_lack_is_passed_over() -> None:
    bad = run(20, new_score=0.0, r2_score=0.85)
    assert attribute_worst_metric(bad, baseline=healthy()).metric == "r2_score"


def test_without_a_drop_the_reason_is_told() -> None:
    with pytest.raises(MetricNotWorseError, match=r"f1_score is 0\.99"):
        attribute_worst_metric(run(20, f1_score=0.99, r2_score=0.99), baseline=healthy())
    with pytest.raises(UnknownMetricError, match="recorded no metric"):
        attribute_worst_metric(run(20), baseline=healthy())
    with pytest.raises(TooFewRunsError):
        attribute_worst_metric(run(20, f1_score=0.0), baseline=healthy(1))


def test_few_runs_are_told_once() -> None:
    bad = run(20, f1_score=0.1, r2_score=0.1)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        attribute_worst_metric(bad, baseline=healthy(5))
    assert [w.category for w in told] == [FewRunsWarning]


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=12), st.floats(0.0, 1.0))
@settings(deadline=None, max_examples=40)
def test_whether_a_drop_is_possible_is_known_without_learning(
    values: list[float], value: float
) -> None:
    runs, bad = [run(i, f1_score=v) for i, v in enumerate(values)], run(99, f1_score=value)
    try:
        dropped = drop_of(bad, "f1_score", MechanismBaseline.from_traces(runs))[0]
    except MetricNotWorseError:
        dropped = False
    assert is_drop_possible(bad, "f1_score", runs) is dropped


def test_where_other_operations_computed_it_learning_has_to_say() -> None:
    moved = [replace(r, operations=(LOAD, replace(r.operations[1], key="g"))) for r in healthy()]
    better = run(20, r2_score=0.99)
    assert is_drop_possible(better, "r2_score", moved)
    assert is_drop_possible(better, "r2_score", healthy(1))
    assert not is_drop_possible(better, "r2_score", healthy())
