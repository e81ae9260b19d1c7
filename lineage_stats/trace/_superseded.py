"""Operations of a notebook's cell that was run again, taken out of the graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from lineage_stats.trace._operation import DataRef, Operation


def without_superseded(
    operations: Sequence[Operation], superseded: Iterable[Operation]
) -> tuple[Operation, ...]:
    """Return operations that read past those that do not count any more.

    Where ``df = df.dropna()`` is run twice, the second run reads what the first one made. The
    first is taken out: the second then reads what the first one read.
    """
    gone = {ref.id: op.inputs for op in superseded for ref in op.outputs}
    if not gone:
        return tuple(operations)
    for op in operations:
        for ref in op.outputs:
            gone.pop(ref.id, None)
    return tuple(
        replace(op, inputs=_read_past(op.inputs, gone))
        if any(ref.id in gone for ref in op.inputs)
        else op
        for op in operations
    )


def _read_past(
    inputs: Sequence[DataRef], gone: Mapping[str, tuple[DataRef, ...]]
) -> tuple[DataRef, ...]:
    found: dict[DataRef, None] = {}
    waiting, seen = list(reversed(inputs)), set()
    while waiting:
        ref = waiting.pop()
        above = gone.get(ref.id, ())
        if not above:
            found[ref] = None  # also what was made from nothing: it is unknown now
        elif ref.id not in seen:
            seen.add(ref.id)
            waiting.extend(reversed(above))
    return tuple(found)
