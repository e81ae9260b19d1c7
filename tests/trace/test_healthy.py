"""Which runs are the healthy ones."""

from __future__ import annotations

from lineage_stats.trace import Trace, TraceSet, healthy_runs
from lineage_stats.trace._healthy import distinct_runs


def run(i, status="ok", complete=True, pipeline="p", **tags):
    return Trace(f"r{i}", pipeline, start_ns=i, status=status, complete=complete, tags=tags)


def tagged(i, status):
    return Trace(f"r{i}", "p", start_ns=i, status="ok", tags={"status": status})


def ids(runs):
    assert isinstance(runs, TraceSet)
    return [r.run_id for r in runs]


def test_tags_decide_where_any_run_has_one():
    runs = [run(1), tagged(2, "healthy"), tagged(3, "bad")]
    assert ids(healthy_runs(runs)) == ids(healthy_runs(runs, before=run(9))) == ["r2"]


def test_a_tag_of_a_later_run_decides_too():
    assert ids(healthy_runs([run(1), tagged(7, "bad")], before=run(5))) == []


def test_else_those_that_ended_well_and_are_complete():
    runs = [run(1), run(2, status="failed"), run(3, complete=False), run(4, team="a")]
    assert ids(healthy_runs(runs)) == ids(healthy_runs(runs, before=run(9))) == ["r1", "r4"]


def test_tags_of_the_caller_win():
    runs = [run(1, team="a"), tagged(2, "healthy"), run(3, status="failed", team="a")]
    assert ids(healthy_runs(runs, tags={"team": "a"})) == ["r1", "r3"]
    assert ids(healthy_runs(runs, tags={})) == ["r2"]


def test_a_tag_of_the_run_itself_does_not_make_the_others_unhealthy():
    mine = tagged(9, "faulty")
    assert ids(healthy_runs([run(1), mine], before=mine)) == ["r1"]


def test_only_earlier_runs_of_the_same_pipeline_and_never_the_run_itself():
    runs = [run(6), run(2, pipeline="q"), run(5), run(1)]
    assert ids(healthy_runs(runs, before=run(5))) == ["r1"]
    assert ids(healthy_runs(runs)) == ["r1", "r2", "r5", "r6"]


def test_a_run_that_goes_on_or_was_killed_is_not_healthy_whatever_it_was_tagged():
    ends = enumerate(["ok", "failed", "running", "killed"], start=1)
    runs = [run(i, status=end, team="a") for i, end in ends]
    assert ids(healthy_runs(runs, tags={"team": "a"})) == ["r1", "r2"]


def test_each_run_once():
    first, again = Trace("a", "p", start_ns=1), Trace("a", "p", start_ns=1)
    other = Trace("a", "p", start_ns=2)  # of the same name only
    assert distinct_runs([other, first, again, other]) == [other, first]
