"""What is learnt from healthy runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lineage_stats.attribution import MechanismBaseline
from lineage_stats.attribution._case import open_case
from lineage_stats.exceptions import BaselineError, TooFewRunsError
from lineage_stats.features import Cell
from tests.attribution import simulated as sim


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([sim.make_run(i, seed=9) for i in range(15)])


def test_it_says_what_it_holds(baseline):
    assert repr(baseline).startswith("<MechanismBaseline of 'credit': 15 runs, 15 operations, ")


def test_it_needs_two_runs_of_one_pipeline():
    with pytest.raises(TooFewRunsError, match="holds 1 healthy runs"):
        MechanismBaseline.from_traces([sim.make_run(0)])
    with pytest.raises(BaselineError, match=r"several pipelines \(credit, other\)"):
        MechanismBaseline.from_traces([sim.make_run(0), replace(sim.make_run(1), pipeline="other")])


def test_resolutions_depend_on_the_kind(baseline):
    def resolution(operation, feature):
        return baseline.resolution[baseline.column[Cell(operation, feature)]]

    assert resolution(sim.LOAD, "nulls[items]") == 0.01
    assert resolution(sim.LOAD, "rows_out") == pytest.approx(15.5, rel=0.1)
    sd = np.median(baseline.matrix.values[:, baseline.column[Cell(sim.LOAD, "sd[note]")]])
    assert resolution(sim.LOAD, "mean[note]") == pytest.approx(0.01 * sd, rel=0.05)


def test_time_is_no_outcome_and_has_no_weight(baseline):
    for cell, weight in zip(baseline.matrix.cells, baseline.weights, strict=True):
        if cell.kind in ("duration", "category", "presence", "metric"):
            assert weight == 0.0


def test_healthy_runs_give_little_evidence(baseline):
    for i in range(60, 65):
        case = open_case(baseline, sim.make_run(i, seed=9), sim.METRIC)
        assert max(suspicion.strength for suspicion in case.suspicions.values()) < 0.2


def test_a_run_with_other_edges_does_not_teach_the_mechanism(baseline):
    runs = [sim.make_run(i, seed=9) for i in range(15)]
    first = runs[0]
    loaded = first.operation(sim.LOAD).outputs[0]
    operations = tuple(
        replace(op, inputs=(loaded,)) if op.key == sim.FILTER else op for op in first
    )
    learnt = MechanismBaseline.from_traces([replace(first, operations=operations), *runs[1:]])
    mine = learnt.layout.entry_operation == learnt.layout.operations.index(sim.FILTER)
    row = learnt.matrix.run_ids.index(first.run_id)
    assert np.isnan(learnt.entries[row, mine]).all()
    assert np.isfinite(learnt.entries[:, mine]).sum() > 0


def test_columns_of_healthy_outputs_are_known_by_port(baseline):
    assert baseline.healthy_columns[sim.SPLIT, 2] == {"label"}
    assert "amount" in baseline.healthy_columns[sim.SPLIT, 1]


def test_the_largest_anomaly_of_each_group_is_kept(baseline):
    of_cell, numbers = baseline.groups
    unusual = np.full(baseline.layout.n_cells, np.nan)
    assert not baseline.group_anomaly(unusual).any()
    j = baseline.column[Cell(sim.JOIN, "mean[age]")]
    unusual[j] = 7.0
    found = baseline.group_anomaly(unusual)
    assert np.flatnonzero(found).tolist() == [numbers[sim.JOIN, 0, "age"]]
    assert found.max() == 7.0
    assert of_cell[j] == numbers[sim.JOIN, 0, "age"]
