"""What Python workers were sent and gave back for functions of the user's."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from lineage_stats.hooks._pyspark import _bridge as bridge
from lineage_stats.hooks._pyspark import _text as text
from lineage_stats.hooks._pyspark._rows import Step

# Metrics of nodes that run Python, by the features that they are.
_METRICS = {
    "worker_rows": "pythonNumRowsReceived",
    "worker_bytes_sent": "pythonDataSent",
    "worker_bytes_received": "pythonDataReceived",
}
# What nodes hold the calls of functions in; those with none make columns of their own.
_CALLS = ("udfs", "resultExpressions", "windowExpression")

# The number of a call, which it has in all plans of a query.
_CALL = re.compile(r"\)#(\d+)")
_KIND = re.compile(r"EvalPython$|InPandas$|InArrow$|^Arrow\w+Python$")


class WorkerNode(NamedTuple):
    """A node of the plan that Spark ran in Python workers.

    Attributes
    ----------
    calls : frozenset of str
        Numbers of the calls, or of the columns, that it computes.
    features : mapping of str to float, or None
        What was measured of it; None where that is not all.
    """

    calls: frozenset[str]
    features: Mapping[str, float] | None


def runs_python(kind: str) -> bool:
    """Return whether nodes of a name run Python."""
    return _KIND.search(kind) is not None


def worker_node(node: Any, *, whole: bool) -> WorkerNode:
    """Return what a node of the plan tells; `whole` says whether its metrics are the truth."""
    measured = {name: bridge.metric(node, metric) for name, metric in _METRICS.items()}
    features = {name: float(n) for name, n in measured.items() if n is not None and n > 0}
    is_whole = whole and len(features) == len(_METRICS)
    return WorkerNode(_calls_of(node), features if is_whole else None)


def _calls_of(node: Any) -> frozenset[str]:
    for name in _CALLS:
        with suppress(Exception):  # nodes differ in what they hold
            expressions = bridge.texts(getattr(node, name)())
            return frozenset(n for e in expressions for n in _CALL.findall(_unnamed(e)))
    columns = (text.attribute_id(output) for output in bridge.texts(node.output()))
    return frozenset(number for number in columns if number is not None)


def _unnamed(expression: str) -> str:
    """Return an expression without the name that it gets, which may look like a call."""
    found = text.aliased(expression)
    return expression if found is None else found[0]


def worker_features(steps: list[Step], nodes: list[WorkerNode]) -> dict[int, dict[str, float]]:
    """Return what was measured, by the number of the operation that has the functions.

    Nothing of an operation whose functions ran beside those of another one, or in a node that
    was not run to its end, or was run twice.
    """
    owners = _owners(steps)
    found: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    unsure: set[int] = set()
    for node in nodes:
        its = {owners.get(call) for call in node.calls}
        if len(its) != 1 or None in its or node.features is None:
            unsure.update(owner for owner in its if owner is not None)
            continue
        (owner,) = its
        assert owner is not None
        for name, value in node.features.items():
            found[owner][name] += value
    return {owner: dict(sums) for owner, sums in found.items() if owner not in unsure}


def _owners(steps: list[Step]) -> dict[str, int | None]:
    """Return the operation that each call stands in; None where there are several."""
    above = {id(child): step for step in steps for child in step.children}
    found: dict[str, int | None] = {}
    for step in steps:
        owner: Step | None = step
        while owner is not None and not owner.tags:
            owner = above.get(id(owner))
        number = None if owner is None else owner.tags[0]
        for call in _calls_in(step):
            found[call] = number if found.get(call, number) == number else None
    return found


def _calls_in(step: Step) -> Iterator[str]:
    for expression in (*step.definitions.values(), *step.used):
        yield from _CALL.findall(expression)
    if runs_python(step.kind):
        for output in step.outputs:
            yield text.attribute_id(output) or ""
