"""Reachability, held against a naive reference."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.trace._graph import children_of, reachable


@st.composite
def dags(draw: st.DrawFn) -> list[list[int]]:
    """Parents of each node; every parent comes earlier."""
    n = draw(st.integers(0, 12))
    return [
        sorted(draw(st.sets(st.integers(0, max(i - 1, 0)), max_size=3))) if i else []
        for i in range(n)
    ]


def naive_reachable(neighbours: list[list[int]], start: int) -> set[int]:
    found = set(neighbours[start])
    for _ in neighbours:
        found |= {b for a in found for b in neighbours[a]}
    return found


@given(dags(), st.data())
def test_reachable_is_the_transitive_closure(parents: list[list[int]], data: st.DataObject) -> None:
    if not parents:
        return
    start = data.draw(st.integers(0, len(parents) - 1))
    assert reachable(parents, [start]) == naive_reachable(parents, start)


@given(dags())
def test_children_are_the_parents_turned_round(parents: list[list[int]]) -> None:
    children = children_of(parents)
    assert {(p, c) for c, above in enumerate(parents) for p in above} == {
        (p, c) for p, below in enumerate(children) for c in below
    }


def test_a_cycle_does_not_hang() -> None:
    assert reachable([[1], [0]], [0]) == {0, 1}


def test_a_long_chain_needs_no_recursion() -> None:
    n = 50_000
    chain = [[i - 1] if i else [] for i in range(n)]
    assert len(reachable(chain, [n - 1])) == n - 1
