"""Steps that moved to another function, or met another kind of model, are still the same steps."""

from __future__ import annotations

from collections import Counter, defaultdict
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
        What `align` found: keys of `trace` to canonical ones. Steps of one name whose calls two
        functions exchanged are told apart by these.

    Returns
    -------
    mapping of str to str
        The same, with left-over steps of the same name and the same call, or of the same name
        and number, matched to left-over steps of the reference. So are methods of the same name
        with the same call: `model.predict(x)` is the same step whatever the model is. What is
        left then and alone stands where one left-over step stood, between the same others,
        replaced it.
    """
    aligned = {**aligned, **_exchanged(reference, trace, aligned)}
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


def _exchanged(reference: Trace, trace: Trace, aligned: Mapping[str, str]) -> dict[str, str]:
    """Match steps of one name by their calls where the very same calls are in another order."""
    old = {op.key: op for op in reference}
    changed: dict[str, list[tuple[Operation, Operation]]] = defaultdict(list)
    for op in trace:
        usual = old.get(aligned[op.key])
        if usual is not None and usual.facts.get("call") != op.facts.get("call"):
            changed[op.name].append((op, usual))
    found: dict[str, str] = {}
    for pairs in changed.values():
        by_call = {usual.facts.get("call"): usual.key for _, usual in pairs}
        calls = {op.facts.get("call") for op, _ in pairs}
        if len(by_call) == len(pairs) and calls == by_call.keys():
            found.update({op.key: by_call[op.facts.get("call")] for op, _ in pairs})
    return found


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
    """Match steps that read what a left-over step read, and are read by what read that.

    Those that made the same columns come first. Where two could be meant, none is.
    """
    known, taken = set(reference.keys), set(found.values())
    old: dict[frozenset[str], list[Operation]] = defaultdict(list)
    for op in (op for op in reference if op.key not in taken):
        old[frozenset(reference.parents(op.key))].append(op)
    alike: list[tuple[Operation, Operation]] = []
    for op in (op for op in trace if old and found[op.key] not in known):
        read = frozenset(found[parent] for parent in trace.parents(op.key))
        readers = {found[child] for child in trace.children(op.key)}
        stood = old.get(read, ()) if read else ()
        alike += [(op, g) for g in stood if not readers.isdisjoint(reference.children(g.key))]
    same = [(o, g) for o, g in alike if _columns(trace, o) == _columns(reference, g)]
    matched = _mutual(same)
    rest = [(o, g) for o, g in alike if o.key not in matched and g.key not in matched.values()]
    return {**found, **matched, **_mutual(rest)}


def _columns(trace: Trace, op: Operation) -> list[list[str]]:
    return [[name for name, _ in trace.columns(ref)] for ref in op.outputs]


def _mutual(pairs: list[tuple[Operation, Operation]]) -> dict[str, str]:
    """Return the pairs of which neither half is in another one."""
    new, old = Counter(o.key for o, _ in pairs), Counter(g.key for _, g in pairs)
    return {o.key: g.key for o, g in pairs if new[o.key] == 1 == old[g.key]}


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
