"""Paths from the operations of one run to the metric."""

from __future__ import annotations

import pytest

from lineage_stats.attribution import MechanismBaseline, attribute_root_cause
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._paths import Paths
from lineage_stats.attribution._transmission import ROWS
from lineage_stats.features import Cell
from tests.attribution import simulated as sim
from tests.attribution.prices import price_run


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([sim.make_run(i, seed=37) for i in range(15)])


def paths(baseline, *faults):
    seen = Observation(baseline, sim.make_run(50, *faults, seed=37))
    return Paths(seen, [*seen.trace.ancestors(sim.METRIC), sim.METRIC])


def test_a_column_that_the_model_reads_arrives(baseline):
    found = paths(baseline, "unit_at_source")
    assert found.arrival((sim.LOAD, 0, "amount")) > 0.15
    assert found.arrival((sim.LOAD, 0, "amount")) > 1.5 * found.arrival((sim.LOAD, 0, "note"))


def test_lost_rows_arrive(baseline):
    assert paths(baseline, "truncated").arrival((sim.LOAD, 0, ROWS)) > 0.45
    assert paths(baseline).arrival((sim.LOAD, 0, ROWS)) < 0.3


def test_missing_values_arrive_as_lost_rows(baseline):
    found = paths(baseline, "nulls_at_source")
    assert (sim.LOAD_DIM, 0, "income") in found._with_nulls()
    assert found.arrival((sim.LOAD_DIM, 0, "income")) > 0.8


def test_arrivals_of_cells_are_those_of_their_nodes(baseline):
    found = paths(baseline, "unit_at_source")
    j = baseline.column[Cell(sim.JOIN, "mean[age]")]
    assert found.arrived[j] == found.arrival((sim.JOIN, 0, "age"))
    assert found.arrived[baseline.column[Cell(sim.JOIN, "call")]] == 0.0


@pytest.fixture(scope="module")
def prices():
    return MechanismBaseline.from_traces([price_run(day) for day in range(20)])


def test_a_value_arrives_by_the_column_that_it_is_written_into(prices):
    seen = Observation(prices, price_run(30, "clipped"))
    metric = seen.trace.metric_operation("r2_score").key
    found = Paths(seen, [*seen.trace.ancestors(metric), metric])
    (clip,) = (seen.keys[op.key] for op in seen.trace if op.name == "Series.clip")
    assert found.arrival((clip, 0, "price")) > 0.5


@pytest.mark.parametrize(
    ("edit", "name", "evidence"),
    [
        ("counted", "SeriesGroupBy.count", "SeriesGroupBy.mean -> SeriesGroupBy.count"),
        ("clipped", "Series.clip", "param[lower]: 5 -> 60"),
    ],
)
def test_what_the_target_is_made_of_is_named_before_a_harmless_new_step(
    prices, edit, name, evidence
):
    trace = price_run(30, edit, "tidied")
    found = attribute_root_cause(trace, "r2_score", baseline=prices)
    assert trace.operation(found.top.operation).name == name
    assert found.top.probability > 0.5
    assert all(c.probability < 0.02 for c in found if "drop_duplicates" in c.operation)
    assert evidence in {item.change for item in found.top.evidence}
