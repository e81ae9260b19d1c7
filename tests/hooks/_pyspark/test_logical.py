"""Plans of any size and depth are looked at or let be; rows are tested on recorded programs."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from lineage_stats.hooks._pyspark._inspect import Event, Found, inspect
from lineage_stats.hooks._pyspark._logical import MOST_NODES, LogicalPlan, PlanTooLargeError
from lineage_stats.hooks._pyspark._marks import Marks

NO_MARKS = Marks(None, {})


class Sequence:
    """A sequence of Scala's."""

    def __init__(self, *items: Any) -> None:
        self._items = items

    def size(self) -> int:
        return len(self._items)

    def apply(self, i: int) -> Any:
        return self._items[i]


class Node:
    """A node of a plan, which has the rows of its child."""

    def __init__(self, *children: Node) -> None:
        self._children = Sequence(*children)

    def nodeName(self) -> str:  # noqa: N802  # Spark's name
        return "SubqueryAlias"

    def children(self) -> Sequence:
        return self._children

    def getTagValue(self, tag: object) -> Any:  # noqa: N802  # Spark's name
        return SimpleNamespace(toString=lambda: "None")


def chain(length: int) -> Node:
    node = Node()
    for _ in range(length - 1):
        node = Node(node)
    return node


def test_a_chain_is_read_from_its_end() -> None:
    plan = LogicalPlan(chain(20), NO_MARKS, 0)
    assert len(plan.steps) == 20
    assert plan.root is plan.steps[-1]
    assert [step.relation for step in plan.steps] == ["", *["same"] * 19]


def test_a_plan_of_too_many_nodes_is_let_be() -> None:
    with pytest.raises(PlanTooLargeError):
        LogicalPlan(Node(*(Node() for _ in range(MOST_NODES))), NO_MARKS, 0)
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20 * MOST_NODES)
    try:
        with pytest.raises(PlanTooLargeError):
            LogicalPlan(chain(MOST_NODES + 1), NO_MARKS, 0)
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize("length", [MOST_NODES, 50 * MOST_NODES])
def test_a_plan_deeper_than_the_stack_says_nothing(length: int) -> None:
    execution = SimpleNamespace(analyzed=lambda: chain(length))
    assert inspect(Event("count", execution, 0), NO_MARKS, {}, ()) == Found()
