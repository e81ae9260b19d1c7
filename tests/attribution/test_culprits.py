"""How often the right operation is named, over many seeds that no constant was set on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lineage_stats.attribution import MechanismBaseline, attribute_root_cause
from tests.attribution import simulated as sim

SEED, N_CASES = 31415, 6
FACTS = ("call", "code", "param[C]", "param[average]", "param[how]", "param[path]")


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([sim.make_run(i, seed=SEED) for i in range(30)])


def attributions(baseline, *faults, drop=()):
    for j in range(N_CASES):
        run = sim.without(sim.make_run(1000 + j, *faults, seed=SEED), *drop)
        yield attribute_root_cause(run, "f1_score", baseline=baseline)


def hit_rate(found, *culprits):
    return np.mean([a.top is not None and a.top.operation in culprits for a in found])


def blamed(found, *culprits):
    """Largest share, in parts of the drop, of any operation but the culprits."""
    return max(c.share / a.drop for a in found for c in a if c.operation not in culprits)


# What a trace cannot decide, with tests of their own.
UNDECIDED = ("labels_shuffled_silently", "column_lost")


@pytest.mark.parametrize("fault", [f for f in sim.FAULTS if f not in UNDECIDED])
def test_one_fault(baseline, fault):
    found = list(attributions(baseline, fault))
    assert hit_rate(found, sim.FAULTS[fault]) >= 5 / 6
    assert np.median([a.unexplained / a.drop for a in found]) < 0.35


def test_a_lost_column_is_named_though_the_model_may_do_without_it(baseline):
    found = list(attributions(baseline, "column_lost"))
    assert hit_rate(found, sim.FAULTS["column_lost"]) == 1.0
    assert blamed(found, sim.FAULTS["column_lost"]) < 0.01
    assert np.median([a.unexplained / a.drop for a in found]) < 0.75


def test_labels_that_break_without_an_edit_are_charged_to_their_source_with_doubt(baseline):
    found = list(attributions(baseline, "labels_shuffled_silently"))
    assert hit_rate(found, sim.LOAD) == 1.0
    assert blamed(found, sim.LOAD) < 0.05
    assert np.median([a.unexplained / a.drop for a in found]) > 0.5


@pytest.mark.parametrize("decoy", sim.HARMLESS)
@pytest.mark.parametrize("fault", ["truncated", "join_how", "fit_parameter", "filter_constant"])
def test_a_fault_beside_a_harmless_change(baseline, fault, decoy):
    found = list(attributions(baseline, fault, decoy))
    assert hit_rate(found, sim.FAULTS[fault]) >= 5 / 6


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        ("truncated", 0.95),
        ("unit_at_source", 0.95),
        ("nulls_at_source", 0.95),
        # Fewer ages go less with the target, which the source of the ages might have done too.
        ("filter_constant", 0.85),
    ],
)
def test_who_passes_a_fault_on_gets_nothing(baseline, fault, least):
    found = list(attributions(baseline, fault))
    assert blamed(found, sim.FAULTS[fault]) < 0.1
    nothing = [c.share == 0 for a in found for c in a if c.operation != sim.FAULTS[fault]]
    assert np.mean(nothing) > least


def test_a_harmless_change_alone_explains_no_chance_fluctuation(baseline):
    for decoy in ("slow", "verbose", "unused_column"):
        for a in attributions_of_fake_drop(baseline, decoy):
            assert a.unexplained > 0.5 * a.drop


def test_a_drop_that_healthy_operations_do_not_explain_stays_unexplained(baseline):
    unexplained = [a.unexplained / a.drop for a in attributions_of_fake_drop(baseline)]
    assert np.mean(unexplained) > 0.85


def attributions_of_fake_drop(baseline, *harmless):
    for j in range(2 * N_CASES):
        run = sim.make_run(2000 + j, *harmless, seed=SEED)
        operations = tuple(
            replace(op, features={**op.features, "metric_value": 0.72}) if op.metric else op
            for op in run
        )
        yield attribute_root_cause(
            replace(run, operations=operations), "f1_score", baseline=baseline
        )


def test_two_faults_share_the_drop(baseline):
    pair = ("join_how", "fit_parameter")
    both = [sim.FAULTS[f] for f in pair]
    found = list(attributions(baseline, *pair))
    assert all(set(a.ranking()[:2]) == set(both) for a in found)
    for a in found:
        shares = [c.share for c in a.contributions[:2]]
        assert min(shares) > 0.1 * a.drop


@pytest.mark.parametrize(
    "fault", ["truncated", "nulls_at_source", "unit_at_source", "join_how", "filter_constant"]
)
def test_numbers_alone_name_it_too(fault):
    runs = [sim.without(sim.make_run(i, seed=SEED), *FACTS) for i in range(30)]
    learnt = MechanismBaseline.from_traces(runs)
    found = list(attributions(learnt, fault, drop=FACTS))
    assert hit_rate(found, sim.FAULTS[fault]) >= 5 / 6
