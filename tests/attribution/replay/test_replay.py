"""`attribute_root_cause(..., replay=...)` with pipelines that are no scripts."""

import math
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats import attribute_root_cause
from lineage_stats.attribution import MechanismBaseline, Replay, ReplayAttribution, Suspect
from lineage_stats.exceptions import ReplayError
from tests.strategies import FILTER, MERGE, METRIC, InjectedFault, make_trace, make_traces

FAULT = InjectedFault("rows_lost", MERGE, severity=0.4)


FAULTY = make_trace(30, fault=FAULT)


@cache
def learnt():
    return MechanismBaseline.from_traces(make_traces(30))


@pytest.fixture
def healthy():
    return learnt()


@pytest.fixture
def faulty():
    return FAULTY


def replayed(faulty, healthy, run, **options):
    how = Replay(run=run, **options) if options else run
    return attribute_root_cause(faulty, "f1_score", baseline=healthy, replay=how)


def pipeline_of(center, drop):
    """Return a pipeline in which only the join does harm."""
    return lambda coalition: center - drop * (MERGE in coalition)


def test_the_culprit_is_measured_and_verified(faulty, healthy):
    prior = attribute_root_cause(faulty, "f1_score", baseline=healthy)
    found = replayed(faulty, healthy, pipeline_of(prior.center, prior.drop))
    assert isinstance(found, ReplayAttribution)
    assert found.cure == (MERGE,)
    assert found.is_verified
    assert found.is_reproduced
    assert found.top.operation == MERGE
    assert found.top.kind == "join"
    assert found.top.share == pytest.approx(prior.drop)
    assert found.top.probability == 1.0
    assert found.before_replay == prior.ranking()
    assert f"with it reverted f1_score returns to {prior.center:.4g}" in found.verdict
    assert found.top.evidence[0].change == f"with it reverted f1_score is {prior.center:.4g}"


@given(st.lists(st.floats(-0.2, 0.3), min_size=3, max_size=3), st.booleans())
def test_shares_and_the_rest_sum_to_the_drop(harms, thorough):
    names = ["a", "b", "c"]

    def run(coalition):
        value = 0.8 - sum(h for name, h in zip(names, harms, strict=True) if name in coalition)
        return value - 0.1 * ({"a", "b"} <= coalition)

    found = replayed(FAULTY, learnt(), run, suspects=names, thorough=thorough)
    total = math.fsum(c.share for c in found) + found.unexplained
    assert total == pytest.approx(found.drop, abs=1e-9)
    chances = [c.probability for c in found] + [found.unexplained_probability]
    assert math.fsum(chances) == pytest.approx(1.0)


def test_suspects_may_be_named(faulty, healthy):
    suspects = [Suspect("orders.csv", "data", detail="of Monday"), "labels", MERGE]
    found = replayed(faulty, healthy, lambda c: 0.8 - 0.3 * ("orders.csv" in c), suspects=suspects)
    assert found.top.operation == "orders.csv"
    assert found.top.kind == "data"
    assert found.suspects[2].operations == (MERGE,)
    assert "of Monday" in found.summary()


def test_a_metric_that_is_better_when_lower(healthy, faulty):
    found = attribute_root_cause(faulty, "f1_score", baseline=healthy, replay=pipeline_of(0.8, 0.2))
    mirrored = [_mirrored(run) for run in make_traces(30)]
    upside_down = attribute_root_cause(
        _mirrored(faulty),
        "f1_score",
        baseline=mirrored,
        greater_is_better=False,
        replay=lambda c: -pipeline_of(0.8, 0.2)(c),
    )
    assert upside_down.top.share == pytest.approx(found.top.share)
    assert upside_down.cure == found.cure
    assert "rise of f1_score" in upside_down.verdict


def _mirrored(trace):
    ops = []
    for op in trace.operations:
        if op.metric:
            op = replace(op, features={**op.features, "metric_value": -op.metric_value})
        ops.append(op)
    return replace(trace, operations=tuple(ops))


def test_seeds_give_standard_errors(faulty, healthy):
    def run(coalition, seed):
        return 0.8 + 0.002 * seed - (0.3 + 0.004 * seed) * (MERGE in coalition)

    found = replayed(faulty, healthy, run, suspects=[MERGE, FILTER], n_repeats=3)
    assert found.top.standard_error > 0
    assert found.cured_error > 0
    assert f"± {found.cured_error:.2g}" in found.verdict
    assert {run.n_seeds for run in found.runs} == {3}


def test_two_culprits_are_verified_together(faulty, healthy):
    prior = attribute_root_cause(faulty, "f1_score", baseline=healthy)
    half = prior.drop / 2

    def run(coalition):
        return prior.center - half * (MERGE in coalition) - half * (FILTER in coalition)

    found = replayed(faulty, healthy, run, suspects=[MERGE, FILTER])
    assert set(found.cure) == {MERGE, FILTER}
    assert "answer for" in found.verdict
    assert "with them reverted" in found.verdict


def test_what_is_none_of_the_suspects_stays_unexplained(faulty, healthy):
    found = replayed(faulty, healthy, lambda c: faulty.metrics["f1_score"])
    assert found.unexplained == pytest.approx(found.drop)
    assert found.unexplained_probability == 1.0
    assert found.top is None
    assert found.verdict.startswith("None of what was replayed explains")
    assert any("has another cause" in note for note in found.notes)


def test_a_drop_that_does_not_come_back_is_said(faulty, healthy):
    found = replayed(faulty, healthy, lambda c: 0.8)
    assert not found.is_reproduced
    assert "does not come back" in found.verdict


def test_a_partial_cause_is_no_cure(faulty, healthy):
    bad = faulty.metrics["f1_score"]
    drop = 0.8 - bad
    found = replayed(faulty, healthy, lambda c: bad + drop / 2 * (MERGE not in c), suspects=[MERGE])
    assert not found.is_verified
    assert "but reverting it does not bring f1_score back" in found.verdict


def test_a_version_that_breaks_down_is_told(faulty, healthy):
    def run(coalition):
        if FILTER not in coalition:
            raise KeyError("amount")
        return 0.8 - 0.3 * (MERGE in coalition)

    found = replayed(faulty, healthy, run, suspects=[MERGE, FILTER])
    broken = [run for run in found.runs if run.error]
    assert broken
    assert all(FILTER in run.reverted for run in broken)
    assert found.cure == (MERGE,)
    assert f"It breaks down with {FILTER} reverted: KeyError: 'amount'" in found.summary()


def test_pieces_that_only_run_together_are_noted(faulty, healthy):
    def run(coalition):
        if ("x" in coalition) != ("y" in coalition):
            raise NameError("x")
        return 0.8 - 0.3 * (MERGE in coalition)

    found = replayed(faulty, healthy, run, suspects=["x", "y", MERGE])
    assert found.top.operation == MERGE
    assert any("x and y only run together" in note for note in found.notes)


def test_a_budget_is_kept_and_said(faulty, healthy):
    found = replayed(faulty, healthy, pipeline_of(0.8, 0.3), suspects=["a", "b", MERGE], max_runs=3)
    assert len(found.runs) == 3
    assert found.method == "partial"
    assert "the budget was spent" in found.summary()


def test_an_operation_that_cannot_be_reverted_at_all(faulty, healthy):
    with pytest.raises(ReplayError, match="can be reverted"):
        replayed(faulty, healthy, len, suspects=[])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_suspects": 0}, "'n_suspects' parameter of Replay must be an int of at least 1"),
        ({"max_runs": 1}, "'max_runs' parameter of Replay must be an int of at least 2"),
        ({"max_minutes": 0}, "'max_minutes' parameter of Replay must be a positive float"),
        ({"max_exact": 11}, "'max_exact' parameter of Replay must be at most 10"),
        ({"n_jobs": 1.5}, "'n_jobs' .* Got 1.5 instead"),
    ],
)
def test_parameters_out_of_range_are_named(faulty, healthy, options, message):
    with pytest.raises(ValueError, match=message):
        replayed(faulty, healthy, len, **options)


def test_what_cannot_be_called_is_refused(faulty, healthy):
    with pytest.raises(ValueError, match="'run' parameter of Replay must be a callable"):
        replayed(faulty, healthy, 3)


def test_operations_are_tried_in_the_order_of_the_trace(faulty, healthy):
    seen = []
    replayed(faulty, healthy, lambda c: seen.append(c) or 0.5)
    assert METRIC in seen[0]
    prior = attribute_root_cause(faulty, "f1_score", baseline=healthy)
    first = {c.operation for c in prior.contributions[:3]}
    assert seen[0] - seen[1] == first
