"""Shuffled labels and columns: seen at the fit, charged upstream."""

from __future__ import annotations

import pytest

from lineage_stats.attribution import MechanismBaseline
from lineage_stats.attribution._association import charge, find_breaks
from lineage_stats.attribution._inspector import Inspector, upstream_of
from lineage_stats.attribution._observation import Observation
from tests.attribution import simulated as sim


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([sim.make_run(i, seed=29) for i in range(25)])


def inspect(baseline, *faults):
    seen = Observation(baseline, sim.make_run(90, *faults, seed=29))
    return Inspector(seen, [seen.keys[k] for k in upstream_of(seen.trace, sim.METRIC)[0]])


def charged(baseline, *faults):
    inspector = inspect(baseline, *faults)
    found = charge(inspector, inspector.suspicions())
    return max(found, key=lambda k: found[k].strength), found


def test_healthy_runs_have_no_break(baseline):
    assert find_breaks(inspect(baseline)) == []


def test_shuffled_labels_break_all_columns(baseline):
    (found,) = find_breaks(inspect(baseline, "labels_shuffled_in_code"))
    assert found.of_target
    assert found.fit == sim.FIT
    assert {"amount", "age"} <= set(found.columns)


def test_a_shuffled_column_breaks_alone(baseline):
    (found,) = find_breaks(inspect(baseline, "column_shuffled"))
    assert not found.of_target
    assert found.columns == ("age",)


@pytest.mark.parametrize(
    "fault", ["labels_shuffled_in_code", "labels_shuffled_new_step", "column_shuffled"]
)
def test_who_was_edited_answers(baseline, fault):
    top, found = charged(baseline, fault)
    assert top == sim.FAULTS[fault]
    assert "association" in found[top].evidence[0].change
    assert found[sim.FIT].strength == 0.0


def test_else_the_step_that_made_the_label(baseline):
    top, found = charged(baseline, "labels_shuffled_silently")
    assert top == sim.LABEL
    assert found[top].strength < 0.7


def test_a_break_that_the_columns_themselves_show_is_not_charged_again(baseline):
    inspector = inspect(baseline, "nulls_at_source")
    before = inspector.suspicions()
    after = charge(inspector, before)
    assert after[sim.LOAD_DIM].strength == before[sim.LOAD_DIM].strength
