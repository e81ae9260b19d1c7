"""Which runs are the healthy ones."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lineage_stats.attribution import MechanismBaseline, attribute_root_cause
from lineage_stats.attribution._healthy import healthy_runs_before, resolve_baseline
from lineage_stats.exceptions import BaselineError, FewRunsWarning, TooFewRunsError
from lineage_stats.trace import Trace, TraceSet
from tests.attribution import simulated as sim


def run(i, status="ok", complete=True, pipeline="p", **tags):
    return Trace(f"r{i}", pipeline, start_ns=i, status=status, complete=complete, tags=tags)


def ids(runs):
    return [r.run_id for r in runs]


def test_tags_decide_where_any_run_has_one():
    tagged = [replace(run(i), tags={"status": tag}) for i, tag in ((2, "healthy"), (3, "bad"))]
    runs = [run(1), *tagged]
    assert ids(healthy_runs_before(run(9), runs)) == ["r2"]


def test_else_those_that_ended_well_and_are_complete():
    runs = [run(1), run(2, status="failed"), run(3, complete=False), run(4, team="a")]
    assert ids(healthy_runs_before(run(9), runs)) == ["r1", "r4"]


def test_a_tag_of_the_run_itself_does_not_make_the_others_unhealthy():
    mine = replace(run(9), tags={"status": "faulty"})
    assert ids(healthy_runs_before(mine, [run(1), mine])) == ["r1"]


def test_only_earlier_runs_of_the_same_pipeline_and_never_the_run_itself():
    runs = [run(1), run(2, pipeline="q"), run(5), run(6)]
    assert ids(healthy_runs_before(run(5), runs)) == ["r1"]


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
