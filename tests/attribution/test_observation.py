"""One run held against the baseline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.attribution import MechanismBaseline
from lineage_stats.attribution._observation import MISSING_ANOMALY, Observation, left_over
from lineage_stats.features import Cell
from tests.attribution import simulated as sim


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([sim.make_run(i, seed=13) for i in range(20)])


def observe(baseline, *faults):
    return Observation(baseline, sim.make_run(70, *faults, seed=13))


def surprise(observation, operation, feature):
    j = observation.baseline.column[Cell(operation, feature)]
    return observation.judgement.surprise[j], observation.unusual[j]


def test_what_is_passed_on_is_unusual_but_does_not_surprise(baseline):
    seen = observe(baseline, "unit_at_source")
    at_source, _ = surprise(seen, sim.LOAD, "mean[amount]")
    downstream, unusual = surprise(seen, sim.FILTER, "mean[amount]")
    assert at_source > 8
    assert unusual > 8
    assert downstream < 3


def test_input_is_what_the_operation_reads_now(baseline):
    seen = observe(baseline, "labels_shuffled_new_step")
    new = "prepare/DataFrame.sample#1"
    assert seen.slots[sim.AGGREGATE] == ((new, 0),)
    layout = baseline.layout
    mine = layout.entry_operation == layout.operations.index(sim.AGGREGATE)
    cells = baseline.matrix.cells
    mean = next(
        e for e in np.flatnonzero(mine) if cells[layout.entry_cell[e]].feature == "mean[age]"
    )
    assert seen.entries[mean] == seen.trace.operation(new).features["mean[age]"]
    assert not seen.entry_missing[mine].any()


def test_a_feature_that_did_not_arrive_is_a_large_anomaly(baseline):
    seen = observe(baseline, "column_lost")
    layout = baseline.layout
    mine = layout.entry_operation == layout.operations.index(sim.LABEL)
    assert (seen.entry_anomaly[mine & seen.entry_missing] == MISSING_ANOMALY).all()
    assert seen.entry_missing[mine].sum() >= 8


def test_scales_are_doubted_where_the_input_is_off_support(baseline):
    odd, usual = observe(baseline, "unit_at_source"), observe(baseline)
    j = baseline.column[Cell(sim.DERIVE, "mean[ratio]")]
    assert odd.doubt_of_scale[j] > 2
    assert usual.doubt_of_scale[j] < 1.5
    handed_on = baseline.column[Cell(sim.FILTER, "mean[age]")]
    assert odd.doubt_of_scale[handed_on] < 1.7


def test_a_renamed_function_is_still_known(baseline):
    run = sim.make_run(70, seed=13)
    renamed = tuple(
        replace(op, scope="tidy", key=op.key.replace("prepare/", "tidy/"))
        if op.scope == "prepare"
        else op
        for op in run
    )
    seen = Observation(baseline, replace(run, operations=renamed))
    assert set(seen.operations) == set(baseline.layout.operations)
    np.testing.assert_array_equal(seen.values, Observation(baseline, run).values)


def test_what_runs_before_have_in_common_is_left_out():
    assert left_over(15.0, 10.0, np.array([12.0, 13.0])) == pytest.approx(2.5)  # a factor
    assert left_over(7.0, 10.0, np.array([8.0, 5.0])) == pytest.approx(-1.0)  # a difference
    assert left_over(15.0, 10.0, np.array([12.0, 9.0])) == 5.0
    assert left_over(1.0, 0.0, np.array([3.0])) == -2.0
    assert left_over(2.0, -1.0, np.array([1.5])) == 0.5


@given(st.floats(-100, 100), st.floats(-100, 100), st.lists(st.floats(-100, 100), min_size=1))
def test_no_more_is_left_than_the_difference_from_the_nearest_run_before(value, center, before):
    found = abs(left_over(value, center, np.array(before)))
    nearest = min(before, key=lambda b: abs(b - center))
    assert found <= max(abs(value - nearest), abs(value - center))
    assert left_over(nearest, center, np.full(3, nearest)) == 0.0


def rewired(key, change):
    """Make a run in which an operation reads its inputs as `change` has them."""
    run = sim.make_run(70, seed=13)
    operations = [
        replace(op, inputs=tuple(change(run, list(op.inputs)))) if op.key == key else op
        for op in run
    ]
    return replace(run, operations=tuple(operations))


def test_inputs_in_another_order_are_the_usual_ones(baseline):
    seen = Observation(baseline, rewired(sim.JOIN, lambda run, refs: refs[::-1]))
    plain = Observation(baseline, sim.make_run(70, seed=13))
    mine = baseline.layout.entry_operation == baseline.layout.operations.index(sim.JOIN)
    assert seen.slots[sim.JOIN] == plain.slots[sim.JOIN][::-1] != plain.slots[sim.JOIN]
    np.testing.assert_array_equal(seen.entries[mine], plain.entries[mine])
    np.testing.assert_array_equal(seen.entry_anomaly[mine], plain.entry_anomaly[mine])


def test_an_input_from_elsewhere_is_as_unusual_as_it_is_there(baseline):
    def other(run, refs):
        return [run.operation(sim.LOAD_DIM).outputs[0], *refs[1:]]

    seen = Observation(baseline, rewired(sim.DROPNA, other))
    mine = baseline.layout.entry_operation == baseline.layout.operations.index(sim.DROPNA)
    named = {baseline.layout.names[j].column for j in baseline.layout.entry_cell[mine]}
    rows = [
        e
        for e in np.flatnonzero(mine)
        if baseline.layout.names[baseline.layout.entry_cell[e]].statistic == "rows_out"
    ]
    assert len(named) > 3
    assert len(rows) == 1
    size = seen.trace.operation(sim.LOAD_DIM).outputs[0].rows
    assert seen.entries[rows[0]] == size
    assert size != sim.make_run(70, seed=13).operation(sim.LOAD).outputs[0].rows
    j = baseline.column[Cell(sim.LOAD_DIM, "rows_out")]
    assert seen.entry_anomaly[rows[0]] == seen.unusual[j] < 3


@pytest.mark.parametrize(
    ("after", "followed", "over"),
    [(1, True, False), (9, True, False), (15, True, True), (30, False, True)],
)
def test_a_trend_may_go_on_for_as_long_as_it_was_seen(baseline, after, followed, over):
    starts = np.arange(20.0) * 5
    late = replace(baseline, starts=starts)
    run = replace(sim.make_run(60, seed=17), start_ns=int((starts[-1] + 5 * after) * 1e9))
    known = [np.isfinite(start) for start in Observation(late, run)._starts]
    assert (True in known, False in known) == (followed, over)


def test_where_a_trend_may_be_over_the_less_surprising_counts():
    """A number that grew by one a run either grew on, or is what it was."""
    n = 30

    def grown(i, value):
        run = sim.make_run(i, seed=17)
        load = run.operation(sim.LOAD)
        told = replace(load, features={**load.features, "mean[amount]": value})
        operations = (told if op.key == sim.LOAD else op for op in run)
        return replace(run, operations=tuple(operations), start_ns=i * 10**9)

    noise = np.random.default_rng(0).normal(0, 0.1, n)
    learnt = MechanismBaseline.from_traces([grown(i, 50 + i + noise[i]) for i in range(n)])
    j = learnt.column[Cell(sim.LOAD, "mean[amount]")]

    def surprise(value):
        return Observation(learnt, grown(n + 15, value)).judgement.surprise[j]

    assert surprise(50 + n + 15) < 3  # it grew on
    assert surprise(50 + n) < 3
    assert surprise(50 + n + 200) > 5
