"""Steps of one name, of which one was inserted or removed."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lineage_stats.trace import DataRef, Operation, Trace
from lineage_stats.trace import _pairing as module
from lineage_stats.trace._pairing import Surroundings, _cheapest, paired


def run_of(*steps: tuple[str, str, str]) -> Trace:
    """A run of one function's calls: the call, what it reads, and who reads its result."""
    reads = {source for _, source, _ in steps}
    return Trace(
        "r",
        "p",
        (
            *(Operation(f"read_{s}", f"read_{s}", outputs=(DataRef(s),)) for s in sorted(reads)),
            *(
                Operation(
                    f"pick#{i}", "pick", occurrence=i, facts={"call": call},
                    inputs=(DataRef(source),), outputs=(DataRef(f"out{i}"),),
                )
                for i, (call, source, _) in enumerate(steps)
            ),
            *(
                Operation(f"{reader}#{i}", reader, inputs=(DataRef(f"out{i}"),))
                for i, (*_, reader) in enumerate(steps)
            ),
        ),
    )  # fmt: skip


def surroundings(trace: Trace) -> Surroundings:
    return Surroundings(trace, {op.key: op.name for op in trace})


def pairs(old: Trace, new: Trace) -> dict[str, str]:
    chosen = [[op for op in trace if op.name == "pick"] for trace in (old, new)]
    found = paired(*chosen, surroundings(old), surroundings(new))
    return {a.key: b.key for a, b in found}


def test_equal_calls_are_told_apart_by_their_readers() -> None:
    old = run_of(("x", "a", "fit"), ("x", "a", "transform"), ("x", "a", "plot"))
    new = run_of(("x", "a", "transform"), ("x", "a", "plot"))
    assert pairs(old, new) == {"pick#1": "pick#0", "pick#2": "pick#1"}


def test_equal_calls_are_told_apart_by_their_sources() -> None:
    old = run_of(("x", "a", "fit"), ("x", "b", "fit"))
    assert pairs(old, run_of(("x", "b", "predict"))) == {"pick#1": "pick#0"}


def test_the_same_call_stays_the_same_step_among_other_neighbours() -> None:
    old = run_of(("x", "a", "fit"), ("y", "a", "fit"))
    assert pairs(old, run_of(("y", "b", "predict"))) == {"pick#1": "pick#0"}


def test_an_edited_call_is_known_by_its_neighbours() -> None:
    old = run_of(("x", "a", "fit"), ("y", "b", "fit"))
    assert pairs(old, run_of(("z", "b", "fit"))) == {"pick#1": "pick#0"}


def test_two_edited_calls_are_likelier_than_one_removed_and_one_added() -> None:
    old, new = run_of(("x", "a", "fit"), ("y", "a", "fit")), ("z", "a", "fit")
    assert pairs(old, run_of(("y", "a", "fit"), new)) == {"pick#0": "pick#0", "pick#1": "pick#1"}


def test_unless_their_neighbours_say_otherwise() -> None:
    old = run_of(("x", "a", "fit"), ("y", "b", "plot"))
    assert pairs(old, run_of(("y", "b", "plot"), ("z", "c", "fit"))) == {"pick#1": "pick#0"}


def test_a_call_that_moved_is_known_again() -> None:
    old = run_of(("x", "a", "fit"), ("y", "b", "plot"), ("z", "a", "fit"))
    new = run_of(("z", "a", "fit"), ("y", "b", "plot"), ("x", "a", "fit"))
    assert pairs(old, new) == {"pick#0": "pick#2", "pick#1": "pick#1", "pick#2": "pick#0"}


def test_what_has_nothing_in_common_is_matched_in_order() -> None:
    old = run_of(("x", "a", "fit"), ("y", "b", "plot"))
    assert pairs(old, run_of(("z", "c", "predict"))) == {"pick#0": "pick#0"}


def test_nothing_is_paired_with_nothing() -> None:
    assert pairs(run_of(("x", "a", "fit")), run_of()) == {}


def test_very_many_are_matched_in_order(monkeypatch) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    old = run_of(("x", "a", "fit"), ("y", "a", "fit"))
    assert pairs(old, run_of(("y", "a", "fit"))) == {"pick#0": "pick#0"}


@given(
    st.tuples(st.integers(0, 5), st.integers(0, 5)).flatmap(
        lambda shape: arrays(np.int32, shape, elements=st.integers(0, 11))
    )
)
def test_no_other_way_in_order_costs_less(costs) -> None:
    n, m = costs.shape

    @cache
    def least(i: int, j: int) -> int:
        if i == n or j == m:
            return 10 * (n - i + m - j)
        both = int(costs[i, j]) + least(i + 1, j + 1)
        return min(both, 10 + least(i + 1, j), 10 + least(i, j + 1))

    found = _cheapest(costs)
    rows, columns = [i for i, _ in found], [j for _, j in found]
    assert rows == sorted(set(rows))
    assert columns == sorted(set(columns))
    assert sum(int(costs[i, j]) for i, j in found) + 10 * (n + m - 2 * len(found)) == least(0, 0)
