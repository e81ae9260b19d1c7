"""Steps that moved to another function are still the same steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from lineage_stats.trace import Operation, Trace


def match_moved(reference: Trace, trace: Trace, aligned: Mapping[str, str]) -> Mapping[str, str]:
    """Match what `align` left over: steps whose calling function was renamed, or that moved.

    Parameters
    ----------
    reference : Trace
        Run that gives the canonical keys.
    trace : Trace
        Another run.
    aligned : mapping of str to str
        What `align` found: keys of `trace` to canonical ones.

    Returns
    -------
    mapping of str to str
        The same, with left-over steps of the same name and the same call, or of the same name
        and number, matched to left-over steps of the reference.
    """
    known, taken = set(reference.keys), set(aligned.values())
    new: dict[str, list[Operation]] = defaultdict(list)
    old: dict[str, list[Operation]] = defaultdict(list)
    for op in trace:
        if aligned[op.key] not in known:
            new[op.name].append(op)
    for op in reference:
        if op.key not in taken:
            old[op.name].append(op)
    found = dict(aligned)
    for name, operations in new.items():
        found.update(_match(operations, old.get(name, [])))
    return found


def _match(new: list[Operation], old: list[Operation]) -> dict[str, str]:
    if len(new) == len(old):
        return {a.key: b.key for a, b in zip(new, old, strict=True)}
    found: dict[str, str] = {}
    free = list(old)
    for op in new:
        call = op.facts.get("call")
        same = next((o for o in free if call is not None and o.facts.get("call") == call), None)
        if same is not None:
            found[op.key] = same.key
            free.remove(same)
    return found
