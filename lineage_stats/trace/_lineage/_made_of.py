"""Which columns an operation made of one column of another name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lineage_stats.trace._lineage._frame import VALUES, Node
from lineage_stats.trace._lineage._graph import ColumnGraph

if TYPE_CHECKING:
    from lineage_stats.trace._trace import Trace

# Operation, output and column, as the slot of an input and a column of it.
Sources = dict[tuple[str, int, str], tuple[int, str]]


def made_of_one(trace: Trace) -> Sources:
    """Return the columns whose values an operation computed from one other column alone.

    Parameters
    ----------
    trace : Trace
        The run.

    Returns
    -------
    dict of (str, int, str) to (int, str)
        For the key of an operation, the position of an output and the name of a column: the
        position of the input that holds the source, and its name, where that is another one.
        What is only possible does not count.
    """
    graph = ColumnGraph(trace)
    found: Sources = {}
    for op in trace:
        slots = {ref.id: slot for slot, ref in enumerate(op.inputs)}
        for port, ref in enumerate(op.outputs):
            for name, _ in trace.columns(ref):
                source = _only_source(graph, (ref.id, name))
                if source is not None and source[0] in slots and source[1] != name:
                    found[op.key, port, name] = slots[source[0]], str(source[1])
    return found


def _only_source(graph: ColumnGraph, node: Node) -> Node | None:
    edges: Mapping[tuple[Node, str], bool] = graph.parents.get(node, {})
    valued = {source for (source, relation) in edges if relation in VALUES}
    if len(valued) != 1 or any(edges.values()):
        return None
    (source,) = valued
    return source if source[1] is not None else None
