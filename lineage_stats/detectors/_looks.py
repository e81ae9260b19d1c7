"""New steps that only look at data, as for a line of a log."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from lineage_stats.trace import Operation, Trace

# Kinds that make data of data, and do nothing else.
_LOOKING: Final = frozenset(
    {"selection", "projection", "join", "aggregation", "concatenation", "transform"}
)


def only_looking(trace: Trace, new: Collection[str]) -> frozenset[str]:
    """Return which of some operations made nothing that any other one read.

    Parameters
    ----------
    trace : Trace
        A run.
    new : collection of str
        Keys of operations of it that healthy runs do not have.

    Returns
    -------
    frozenset of str
        Those that make new data, which nothing reads but others of these. An operation that
        writes, measures, fits, fails or changes data in place is none of them.
    """
    among = frozenset(new)
    found: set[str] = set()
    for op in reversed(trace.operations):
        if op.key in among and _makes_data(op) and found.issuperset(trace.children(op.key)):
            found.add(op.key)
    return frozenset(found)


def _makes_data(op: Operation) -> bool:
    in_place = op.facts.get("param[inplace]", "False") != "False" or op.name.endswith(".pop")
    return op.kind in _LOOKING and op.status == "ok" and bool(op.outputs) and not in_place
