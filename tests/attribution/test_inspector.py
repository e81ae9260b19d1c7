"""How strongly each operation is suspected."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lineage_stats.attribution import MechanismBaseline
from lineage_stats.attribution._inspector import Inspector, upstream_of
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._scoring import HARMLESS_CALL
from tests.attribution import simulated as sim

FACTS = ("call", "code", "param[C]", "param[verbose]", "param[average]", "param[test_size]")


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([sim.make_run(i, seed=23) for i in range(25)])


@pytest.fixture(scope="module")
def bare():
    """Learn from runs whose code was not recorded."""
    runs = [sim.without(sim.make_run(i, seed=23), *FACTS) for i in range(25)]
    return MechanismBaseline.from_traces(runs)


def inspect(baseline, *faults, drop=()):
    seen = Observation(baseline, sim.without(sim.make_run(80, *faults, seed=23), *drop))
    upstream = [seen.keys[k] for k in upstream_of(seen.trace, sim.METRIC)[0]]
    return Inspector(seen, upstream)


def strengths(baseline, *faults, drop=()):
    return {k: s.strength for k, s in inspect(baseline, *faults, drop=drop).suspicions().items()}


def test_the_guilty_is_suspected_most_and_who_passes_it_on_hardly(baseline):
    found = strengths(baseline, "unit_at_source")
    assert max(found, key=found.get) == sim.LOAD
    for key in (sim.DROPNA, sim.JOIN, sim.FILTER, sim.LABEL, sim.SPLIT):
        assert found[key] < 0.05


def test_a_fit_that_is_as_before_bears_witness_only(baseline):
    found = strengths(baseline, "truncated")
    for key in (sim.SPLIT, sim.SCALE, sim.FIT, sim.PREDICT, sim.METRIC):
        assert found[key] == 0.0


def test_a_changed_parameter_of_a_fit_counts_though_no_output_shows_it(baseline):
    found = inspect(baseline, "fit_parameter").suspicions()[sim.FIT]
    assert found.strength > 0.5
    assert found.evidence[0].change == "param[C]: 1.0 -> 1e-05"


def test_a_rewording_that_shows_in_no_output_is_nearly_harmless(baseline):
    found = strengths(baseline, "refactored")
    assert found[sim.FILTER] == pytest.approx(HARMLESS_CALL)


def test_evidence_says_what_was_expected(baseline):
    found = inspect(baseline, "filter_constant").suspicions()[sim.FILTER]
    rows = next(e for e in found.evidence if e.feature == "rows_out")
    assert rows.value < 0.75 * rows.expected
    assert rows.lower <= rows.expected <= 1.2 * rows.upper
    assert "given its input" in rows.change


def test_what_a_model_predicts_is_charged_to_its_fit_where_code_is_not_known(bare):
    inspector = inspect(bare, "scaling_removed", drop=FACTS)
    assert inspector._answerable(sim.PREDICT) == [sim.FIT]
    assert inspector._answerable(sim.FILTER) == [sim.FILTER]


def test_metrics_are_never_suspected_for_their_own_value(bare):
    assert strengths(bare, "truncated", drop=FACTS)[sim.METRIC] == 0.0


def test_without_known_inputs_all_earlier_steps_are_upstream():
    run = sim.make_run(0)
    assert upstream_of(run, sim.METRIC)[1]
    alone = [op for op in run if op.kind not in ("predict", "fit")]
    cut = type(run)("r", "p", (*alone[:-1], replace(alone[-1], inputs=())))
    keys, known = upstream_of(cut, sim.METRIC)
    assert not known
    assert keys == cut.keys
