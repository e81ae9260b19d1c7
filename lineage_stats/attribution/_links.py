"""Who made the data that an operation read, also where it went by a file or out of sight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lineage_stats.trace import DataRef, Operation, Trace

# Who made the data in a slot, and as which of its outputs; None where nobody knows.
Producer = tuple[str, int] | None
# Predictions are what is most often reshaped by hand before it is judged.
_LAST_MADE = ("predict", "transform")
_DATA_KINDS = ("table", "column", "array")


def producers_of(trace: Trace) -> Mapping[str, tuple[Producer, ...]]:
    """Return for each operation who made what it read, slot by slot.

    A file that was written and read again within the run leads to whoever made what was written;
    who uses a model that was read in this way has used what was fitted, too. Data that appears from
    nowhere counts as made by the latest prediction (else transformation) of as many rows whose
    result only metrics have read: an assumption, where else there would be no way at all.
    """
    made: dict[str, tuple[str, int]] = {}
    files: dict[tuple[str, str], Producer] = {}
    fitted: dict[str, Producer] = {}  # models that were read again
    read: set[str] = set()
    found: dict[str, tuple[Producer, ...]] = {}
    earlier: list[Operation] = []
    for op in trace:
        slots = [made.get(ref.id) or _last_of_size(earlier, ref, read) for ref in op.inputs]
        slots += [fitted[ref.id] for ref in op.inputs if ref.id in fitted]
        if op.kind != "metric":
            read.update(slot[0] for slot in slots if slot is not None)
        name = (op.facts.get("file[path]", ""), op.facts.get("file[digest]", ""))
        if all(name):
            if op.kind == "sink" and slots:
                files[name] = next((slot for slot in slots if slot is not None), None)
            elif op.kind == "source" and files.get(name) is not None:
                slots.append(files[name])
                fitted.update((ref.id, files[name]) for ref in op.outputs if ref.kind == "model")
        found[op.key] = tuple(slots)
        made.update((ref.id, (op.key, port)) for port, ref in enumerate(op.outputs))
        earlier.append(op)
    return found


def _last_of_size(earlier: list[Operation], ref: DataRef, read: set[str]) -> Producer:
    if ref.kind not in _DATA_KINDS or not ref.rows:
        return None
    for kind in _LAST_MADE:
        for op in reversed(earlier):
            if op.kind == kind and op.key not in read:
                for port, output in enumerate(op.outputs):
                    if output.rows == ref.rows and output.kind in _DATA_KINDS:
                        return op.key, port
    return None


def ancestors_of(trace: Trace, key: str) -> tuple[str, ...]:
    """Return the operations upstream of one, in order."""
    found = all_above(producers_of(trace), key)
    return tuple(k for k in trace.keys if k in found)


def all_above(slots: Mapping[str, Iterable[Producer]], key: str) -> set[str]:
    """Return the operations that a way through the slots leads back to."""
    seen: set[str] = set()
    stack = [key]
    while stack:
        for producer in slots[stack.pop()]:
            if producer is not None and producer[0] not in seen:
                seen.add(producer[0])
                stack.append(producer[0])
    return seen
