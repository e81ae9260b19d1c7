"""What a run waits for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.attribution._critical_path import by_key, critical_path
from lineage_stats.trace import Operation, Trace


def trace_of(*spans, end):
    """Return a run from (name, begin, end), in seconds."""
    ops = tuple(
        Operation(name, name, start_ns=int(a * 1e9), duration_ns=int((b - a) * 1e9))
        for name, a, b in spans
    )
    return Trace("r", "p", ops, start_ns=0, end_ns=int(end * 1e9))


def shown(trace):
    return {key: round(seconds, 6) for key, seconds in by_key(critical_path(trace)).items()}


def test_one_after_the_other_with_gaps():
    assert shown(trace_of(("a", 1, 2), ("b", 2, 5), end=6)) == {
        "before a": 1, "a": 1, "b": 3, "after the last operation": 1,
    }  # fmt: skip


def test_of_two_side_by_side_the_longer_one_counts():
    side_by_side = trace_of(("a", 0, 1), ("long", 1, 9), ("short", 1, 3), ("b", 9, 10), end=10)
    assert shown(side_by_side) == {"a": 1, "long": 8, "b": 1}


def test_a_chain_beside_a_longer_operation_does_not_count():
    assert shown(trace_of(("long", 0, 9), ("x", 1, 2), ("y", 3, 4), end=9)) == {"long": 9}


def test_a_run_without_operations_waits_for_itself():
    assert shown(trace_of(end=3)) == {"after the last operation": 3}


spans = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 9)).map(lambda s: (s[0], s[0] + s[1])), max_size=8
)


@given(spans, st.integers(0, 30))
def test_the_path_is_as_long_as_the_run(times, end):
    named = [(f"op{i}", a, b) for i, (a, b) in enumerate(sorted(times))]
    path = critical_path(trace_of(*named, end=end))
    assert sum(segment.seconds for segment in path) == pytest.approx(end)
    assert all(segment.seconds > 0 for segment in path)
