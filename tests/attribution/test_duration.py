"""Why a run is slow."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.attribution import MechanismBaseline, attribute_duration
from lineage_stats.exceptions import BaselineError, MetricNotWorseError, TooFewRunsError
from lineage_stats.trace import Operation, Trace
from tests.strategies import make_traces

NAMES = ("read", "clean", "merge", "split", "fit", "score")
USUAL = (1.0, 0.5, 2.0, 0.1, 4.0, 0.2)


def run_of(i, seconds, names=NAMES):
    start, ops = 0, []
    for name, s in zip(names, seconds, strict=True):
        length = round(s * 1e9)
        ops.append(Operation(f"main/{name}#1", name, start_ns=start, duration_ns=length,
                             file="main.py", line=len(ops) + 1))  # fmt: skip
        start += length
    return Trace(f"r{i:03d}", "demo", tuple(ops), start_ns=0, end_ns=start)


def healthy_runs(n=20):
    rng = np.random.default_rng(0)
    return [run_of(i, np.array(USUAL) * rng.lognormal(0, 0.03, len(USUAL))) for i in range(n)]


HEALTHY = healthy_runs()


def slow(**changes):
    """Return a run in which some steps took longer."""
    return run_of(99, [changes.get(n, s) for n, s in zip(NAMES, USUAL, strict=True)])


def explain(trace, **options):
    return attribute_duration(trace, baseline=HEALTHY, **options)


def test_the_slow_step_is_named_in_seconds():
    found = explain(slow(merge=9.0))
    assert found.top.operation == "main/merge#1"
    assert found.top.share == pytest.approx(7.0, abs=0.3)
    assert found.top.location == "main.py:3"
    assert found.is_worse
    assert found.verdict.startswith("main/merge#1 (main.py:3) answers for")
    assert "rise of duration" in found.verdict


def test_where_everything_is_slower_the_machine_is():
    found = attribute_duration(run_of(99, [2 * s for s in USUAL]), baseline=HEALTHY)
    assert found.top.operation == "machine"
    assert found.top.share == pytest.approx(sum(USUAL), rel=0.1)
    assert "most steps took 2 times as long" in found.top.reason


def test_a_slow_step_on_a_slow_machine():
    found = attribute_duration(
        run_of(
            99,
            [2 * s * (5 if name == "merge" else 1) for name, s in zip(NAMES, USUAL, strict=True)],
        ),
        baseline=HEALTHY,
    )
    shares = {c.operation: c.share for c in found}
    assert found.top.operation == "main/merge#1"
    assert shares["main/merge#1"] == pytest.approx(2 * (5 - 1) * (1 + 2) / 2, rel=0.1)
    assert shares["machine"] == pytest.approx(5.8 + 2 * (1 + 5) / 2, rel=0.1)


@given(st.lists(st.floats(0.5, 6), min_size=6, max_size=6))
def test_shares_and_the_rest_sum_to_the_excess(factors):
    trace = run_of(99, [f * s for f, s in zip(factors, USUAL, strict=True)])
    try:
        found = explain(trace)
    except MetricNotWorseError:
        return
    total = math.fsum(c.share for c in found) + found.unexplained
    assert total == pytest.approx(found.drop, abs=1e-9)
    chances = [c.probability for c in found] + [found.unexplained_probability]
    assert math.fsum(chances) == pytest.approx(1.0)


def test_a_step_that_is_new_answers_for_all_of_its_time():
    trace = run_of(99, (*USUAL[:3], 3.0, *USUAL[3:]), (*NAMES[:3], "sort", *NAMES[3:]))
    found = explain(trace)
    assert found.top.operation == "main/sort#1"
    assert found.top.share == pytest.approx(3.0, abs=0.3)


def test_steps_have_the_keys_of_the_run():
    """A step more before another one of its name: in the healthy runs the later one was first."""

    def twice(i, seconds):
        usual = run_of(i, [seconds] * 3, ("merge", "fit", "score"))
        merge, *rest = usual.operations
        return replace(usual, operations=(replace(merge, facts={"call": "late"}), *rest))

    healthy = [twice(i, 1 + i / 1000) for i in range(20)]
    trace = run_of(99, (1, 9, 1, 1), ("merge", "later", "fit", "score"))
    first, second, *rest = trace.operations
    second = replace(second, key="main/merge#2", name="merge", facts={"call": "late"})
    first = replace(first, facts={"call": "early"})
    trace = replace(trace, operations=(first, second, *rest))
    found = attribute_duration(trace, baseline=healthy)
    assert (found.top.operation, found.top.canonical) == ("main/merge#2", "main/merge#1")
    keys = {c.canonical: c.operation for c in found}
    assert keys["main/merge#1+"] == "main/merge#1"


def test_what_the_program_does_itself_is_named_by_what_comes_next():
    ops = slow().operations
    moved = [*ops[:4], *(op.__class__.from_dict({**op.to_dict(), "start_ns": op.start_ns + 10**10})
                         for op in ops[4:])]  # fmt: skip
    trace = Trace("r99", "demo", tuple(moved), start_ns=0, end_ns=slow().end_ns + 10**10)
    found = explain(trace)
    assert found.top.operation == "before main/fit#1"
    assert found.top.kind == "opaque"


def test_a_few_percent_are_no_cause_to_find():
    found = explain(slow(read=1.05))
    assert not found.is_worse
    assert found.verdict.startswith("No cause to find")


def test_the_recorded_runs_of_the_store_are_the_baseline(store):
    from lineage_stats import load_traces

    *healthy, last = make_traces(12)
    for run in (*healthy, replace(last, end_ns=last.end_ns + 10**11)):
        store.write(run)
    found = attribute_duration(load_traces(store.path)[-1])
    assert found.n_runs == 11
    assert found.top.operation == "after the last operation"


def test_what_cannot_be_explained_says_why():
    with pytest.raises(MetricNotWorseError, match="no longer than the median"):
        explain(slow(fit=1.0))
    with pytest.raises(BaselineError, match="was not loaded from a store"):
        attribute_duration(slow(fit=9.0))
    with pytest.raises(BaselineError, match="keeps no times"):
        attribute_duration(slow(fit=9.0), baseline=MechanismBaseline.from_traces(make_traces(10)))
    with pytest.raises(TooFewRunsError, match="1 healthy runs"):
        attribute_duration(slow(fit=9.0), baseline=HEALTHY[:1])
    with pytest.raises(ValueError, match=r"'false_alarm_rate' .* Got 1 instead"):
        explain(slow(fit=9.0), false_alarm_rate=1)
