"""Steps that moved to another function, or met another kind of model, are still the same steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

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
        and number, matched to left-over steps of the reference. So are methods of the same name
        with the same call: `model.predict(x)` is the same step whatever the model is. What is
        left then and stands where a left-over step stood, between the same others, replaced it.
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
    found.update(_methods_of_others(new, old, found))
    return _replaced(reference, trace, found)


def keys_in_run(aligned: Mapping[str, str], canonical: Iterable[str]) -> dict[str, str]:
    """Return the keys that a run has for canonical ones.

    Parameters
    ----------
    aligned : mapping of str to str
        Keys of the run to canonical ones.
    canonical : iterable of str
        The canonical keys that are asked for.

    Returns
    -------
    dict of str to str
        For each its key in the run. A step that the run lacks keeps the canonical one, with a
        minus behind it where the run has another step under that key.
    """
    own = {name: key for key, name in aligned.items()}
    return {name: own.get(name, f"{name}-" if name in aligned else name) for name in canonical}


def _methods_of_others(
    new: Mapping[str, list[Operation]],
    old: Mapping[str, list[Operation]],
    found: Mapping[str, str],
) -> dict[str, str]:
    """Match the same method of objects of different classes where the call is unchanged."""
    taken = set(found.values())
    free = [op for operations in old.values() for op in operations if op.key not in taken]
    known = {op.key for operations in old.values() for op in operations}
    matched: dict[str, str] = {}
    for op in (op for operations in new.values() for op in operations):
        if found[op.key] in known or "call" not in op.facts or "." not in op.name:
            continue
        same = next((o for o in free if _is_same_method(o, op)), None)
        if same is not None:
            matched[op.key] = same.key
            free.remove(same)
    return matched


def _replaced(reference: Trace, trace: Trace, found: dict[str, str]) -> dict[str, str]:
    """Match steps that read what a left-over step read, and are read by what read that."""
    known, taken = set(reference.keys), set(found.values())
    free = [op.key for op in reference if op.key not in taken]
    result = dict(found)
    for key in (op.key for op in trace if free and found[op.key] not in known):
        read = {result[parent] for parent in trace.parents(key)}
        readers = {result[child] for child in trace.children(key)}
        old = [o for o in free if _stood_there(reference, o, read, readers)]
        if len(old) == 1:
            result[key] = old[0]
            free.remove(old[0])
    return result


def _stood_there(reference: Trace, key: str, read: set[str], readers: set[str]) -> bool:
    return (
        bool(read)
        and read == set(reference.parents(key))
        and not readers.isdisjoint(reference.children(key))
    )


def _is_same_method(one: Operation, other: Operation) -> bool:
    methods = {op.name.rpartition(".")[2] for op in (one, other)}
    same_call = one.facts.get("call") == other.facts["call"]
    return len(methods) == 1 and one.kind == other.kind and same_call


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
