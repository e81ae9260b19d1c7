"""Paths from the operations of one run to the metric."""

from __future__ import annotations

import pytest

from lineage_stats.attribution import MechanismBaseline
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._paths import Paths
from lineage_stats.attribution._transmission import ROWS
from lineage_stats.features import Cell
from tests.attribution import simulated as sim


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
