"""Signs of the operations of one run."""

from dataclasses import replace

import numpy as np
import pytest

from lineage_stats.attribution import MechanismBaseline
from lineage_stats.attribution._case import open_case
from lineage_stats.attribution._ranking import rank, weights
from tests.attribution import simulated as sim

RUNS = [sim.make_run(i, seed=5) for i in range(25)]


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces(RUNS)


def signs_of(baseline, *faults, hidden=False):
    trace = sim.make_run(70, *faults, seed=5)
    if hidden:
        trace = replace(trace, operations=tuple(replace(op, facts={}) for op in trace))
    return open_case(baseline, trace, sim.METRIC).signs


def sign(signs, key, name):
    return signs.values[signs.keys.index(key), signs.names.index(name)]


def test_every_sign_has_a_weight_or_none(baseline):
    signs = signs_of(baseline)
    assert set(weights()[0]) <= set(signs.names)
    assert len(set(signs.names)) == len(signs.names)


@pytest.mark.parametrize("fault", [*sim.FAULTS, *sim.HARMLESS])
def test_signs_are_numbers_from_0_to_1(baseline, fault):
    values = signs_of(baseline, fault).values
    assert np.isfinite(values).all()
    assert (values >= 0).all()
    assert (values <= 1 + 1e-9).all()


def test_an_edit_is_a_sign_of_who_was_edited(baseline):
    signs = signs_of(baseline, "filter_code")
    assert sign(signs, sim.FILTER, "call") == 1.0
    assert sign(signs, sim.FILTER, "only_edit") == 1.0
    assert sign(signs, sim.LOAD, "source_besides") == 1.0
    assert sign(signs, sim.LOAD, "source_alone") == 0.0
    # What lies below a source may be the edit's doing, and is weighed apart.
    assert sign(signs, sim.LOAD, "beside_downstream") > 0.1
    assert sign(signs, sim.LOAD, "source_downstream") == 0.0


def test_where_nothing_was_edited_sources_are_alone(baseline):
    signs = signs_of(baseline, "truncated")
    assert sign(signs, sim.LOAD, "source_alone") == 1.0
    assert sign(signs, sim.LOAD, "source_rows") > 0.3
    assert sign(signs, sim.LOAD, "source_downstream") > 0.1
    assert sign(signs, sim.LOAD, "beside_downstream") == 0.0
    assert sign(signs, sim.FIT, "held") == 1.0
    assert sign(signs, sim.FILTER, "untouched") == 1.0


def test_without_source_nothing_is_known_to_be_untouched(baseline):
    hidden = MechanismBaseline.from_traces(
        [replace(t, operations=tuple(replace(op, facts={}) for op in t)) for t in RUNS]
    )
    signs = signs_of(hidden, "filter_constant", hidden=True)
    assert sign(signs, sim.FILTER, "untold") == 1.0
    assert sign(signs, sim.FILTER, "untold_first") > 0.3
    assert signs.values[:, signs.names.index("held")].max() == 0.0


def test_a_missing_and_a_new_operation_are_told(baseline):
    assert sign(signs_of(baseline, "dropna_removed"), sim.DROPNA, "missing") == 1.0
    new = "prepare/DataFrame.sample#1"
    assert sign(signs_of(baseline, "labels_shuffled_new_step"), new, "new") == 1.0


def test_a_file_that_was_read_before_is_stale():
    def with_digest(trace, text):
        first, *rest = trace.operations
        facts = {**first.facts, "file[digest]": text}
        return replace(trace, operations=(replace(first, facts=facts), *rest))

    runs = [with_digest(t, f"digest {i}") for i, t in enumerate(RUNS)]
    baseline = MechanismBaseline.from_traces(runs)
    today = sim.make_run(70, seed=5)
    stale = open_case(baseline, with_digest(today, "digest 3"), sim.METRIC).signs
    assert sign(stale, sim.LOAD, "stale") == 1.0
    new = open_case(baseline, with_digest(today, "another"), sim.METRIC).signs
    assert sign(new, sim.LOAD, "stale") == 0.0


def test_probabilities_sum_to_one_with_none(baseline):
    found = rank(signs_of(baseline, "truncated"))
    assert found.probability.sum() + found.nothing == pytest.approx(1.0)
    assert found.keys[int(found.probability.argmax())] == sim.LOAD
