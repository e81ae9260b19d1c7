"""The healthy runs that a caller means."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lineage_stats.attribution import MechanismBaseline, attribute_root_cause
from lineage_stats.attribution._healthy import resolve_baseline
from lineage_stats.exceptions import BaselineError, FewRunsWarning, TooFewRunsError
from lineage_stats.trace import TraceSet
from tests.attribution import simulated as sim


def ids(runs):
    return [r.run_id for r in runs]


@pytest.fixture(scope="module")
def healthy():
    return TraceSet(sim.make_run(i, seed=5) for i in range(12))


@pytest.fixture
def faulty():
    return sim.make_run(40, "truncated", seed=5)


def test_the_store_of_a_trace_gives_its_baseline(healthy, faulty):
    stored = replace(faulty, history=lambda: [*healthy, faulty])
    found = attribute_root_cause(stored, "f1_score")
    assert found.n_runs == 12
    assert found == attribute_root_cause(faulty, "f1_score", baseline=healthy)


def test_without_a_store_it_says_to_pass_a_baseline(faulty):
    with pytest.raises(BaselineError, match=r"not loaded from a store.*Pass healthy runs as `base"):
        attribute_root_cause(faulty, "f1_score")


def test_a_run_is_never_part_of_its_own_baseline(healthy, faulty):
    assert resolve_baseline(faulty, [*healthy, faulty]).n_runs == 12


def test_a_fitted_detector_names_its_runs(healthy, faulty):
    detector = SimpleNamespace(run_ids_=tuple(ids(healthy))[:10])
    stored = replace(faulty, history=lambda: healthy)
    assert resolve_baseline(stored, detector).n_runs == 10
    with pytest.raises(BaselineError, match="names its healthy runs but does not keep them"):
        resolve_baseline(faulty, detector)
    with pytest.raises(BaselineError, match="None of the 1 runs"):
        resolve_baseline(stored, SimpleNamespace(run_ids_=("gone",)))


def test_a_baseline_of_something_else_is_refused(healthy, faulty):
    other = [replace(r, pipeline="other") for r in healthy]
    with pytest.raises(BaselineError, match="of pipeline 'credit', the baseline is of 'other'"):
        attribute_root_cause(faulty, "f1_score", baseline=other)
    with pytest.raises(BaselineError, match="of pipeline 'credit', the baseline is of 'other'"):
        resolve_baseline(faulty, MechanismBaseline.from_traces(other))
    with pytest.raises(BaselineError, match="runs of several pipelines"):
        attribute_root_cause(faulty, "f1_score", baseline=[*healthy, *other])
    with pytest.raises(BaselineError, match=r"must be traces, a detector .* Got int"):
        attribute_root_cause(faulty, "f1_score", baseline=3)
    with pytest.raises(BaselineError, match=r"must hold traces\. Got str"):
        attribute_root_cause(faulty, "f1_score", baseline=["a"])
    with pytest.raises(BaselineError, match="is a single run"):
        attribute_root_cause(faulty, "f1_score", baseline=healthy[0])


def test_too_few_runs_are_refused_and_few_are_warned_of(healthy, faulty):
    with pytest.raises(TooFewRunsError, match="holds 1 healthy runs; at least 2"):
        attribute_root_cause(faulty, "f1_score", baseline=healthy[:1])
    stored = replace(faulty, history=lambda: TraceSet())
    with pytest.raises(TooFewRunsError, match="There are 0 healthy runs of 'credit' before"):
        attribute_root_cause(stored, "f1_score")
    with pytest.warns(FewRunsWarning, match="only 9 healthy runs"):
        attribute_root_cause(faulty, "f1_score", baseline=healthy[:9])


def test_where_the_latest_runs_lack_the_metric_those_that_have_it_count(healthy, faulty):
    def without(run):
        return replace(run, operations=tuple(op for op in run.operations if op.metric is None))

    runs = [without(run) if i % 2 else run for i, run in enumerate(healthy)]
    with pytest.warns(FewRunsWarning):
        found = attribute_root_cause(faulty, "f1_score", baseline=runs)
    assert found.n_runs == 6
    with pytest.raises(BaselineError, match="have no metric"), pytest.warns(FewRunsWarning):
        attribute_root_cause(faulty, "f1_score", baseline=[*map(without, healthy)][:8])


def test_a_run_that_comes_twice_counts_once(healthy, faulty):
    found = attribute_root_cause(faulty, "f1_score", baseline=[*healthy, *healthy])
    assert found == attribute_root_cause(faulty, "f1_score", baseline=healthy)
