"""Who made what a metric compares, and how unusual it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lineage_stats.attribution import MechanismBaseline
from lineage_stats.attribution._compared import compared
from lineage_stats.attribution._observation import Observation
from tests.attribution import simulated as sim


def run(i, true=None, predicted=None):
    """Make a run whose metric tells of its two arguments."""
    trace = sim.make_run(i, seed=21)
    usual = 0.4 + 0.01 * (i % 5)
    shares = {"mean[y_true]": true or usual, "mean[y_pred]": predicted or usual}
    operations = (
        replace(op, features={**op.features, **shares}) if op.key == sim.METRIC else op
        for op in trace
    )
    return replace(trace, operations=tuple(operations))


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([run(i) for i in range(12)])


def sizes(baseline, **shares):
    return [size for _, size in compared(Observation(baseline, run(50, **shares)), sim.METRIC)]


def test_the_argument_that_moved_is_unusual(baseline):
    usual = sizes(baseline)
    assert max(usual) < 0.3
    labels, predictions = sizes(baseline, true=0.1)
    assert labels > 0.6
    assert predictions == usual[1]
    labels, predictions = sizes(baseline, predicted=0.1)
    assert labels == usual[0]
    assert predictions > 0.6


def test_makers_are_named_in_order(baseline):
    makers = [maker for maker, _ in compared(Observation(baseline, run(50)), sim.METRIC)]
    assert makers == [sim.SPLIT, sim.PREDICT]


def test_nothing_is_known_of_an_operation_that_healthy_runs_have_not(baseline):
    assert compared(Observation(baseline, run(50)), "model/another#1") == []
