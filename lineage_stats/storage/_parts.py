"""Parts of a run: what the processes wrote that a recorded program started.

Every process writes a file of its own beside that of the run. Read together they are one trace,
and nothing in it tells which process did what: workers take their tasks as they come, and the
key of an operation must not depend on that. A call from one place in the source is counted over
all processes, in the order in which the tasks were handed out, as if one process had done it all.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lineage_stats.storage._process import is_gone
from lineage_stats.trace import DataRef, Operation, Trace
from lineage_stats.trace._spread import Spread, merged_spread

_SPREADS = ("duration", "rows_out")  # statistics that an operation of many calls has
_MAX_EDGES = 16  # inputs and outputs that an operation of many calls keeps

Order = tuple[int, ...]


@dataclass
class Part:
    """One process's part of a run, as it is on disk."""

    path: Path
    operations: dict[str, tuple[Order, Operation]] = field(default_factory=dict)
    schemas: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    process: Mapping[str, str] = field(default_factory=dict)
    repeats: int = 30
    forked_ns: int = 0
    n_untracked: int = 0
    ended: bool = False

    @property
    def token(self) -> str:
        """What tells the part from the others of its run."""
        return self.path.stem.rpartition(".")[2]

    @property
    def is_over(self) -> bool:
        """Whether nothing will be added."""
        return self.ended or is_gone(self.process)


def read_parts(paths: Iterable[Path]) -> list[Part]:
    """Read parts; a file that is gone or is none is passed over."""
    parts = []
    for path in paths:
        with suppress(OSError):
            part = _read_part(path)
            if part is not None:
                parts.append(part)
    return parts


def merge_parts(trace: Trace, parts: Sequence[Part]) -> Trace:
    """Return the run with its parts in it; those that are in it already are passed over."""
    known = trace.environment.get("parts", "").split()
    parts = [part for part in parts if part.token not in known]
    if not parts:
        return trace
    # Those that are in it already have their numbers.
    numbered = enumerate(parts, start=len(known))
    calls = [call for number, part in numbered for call in _calls(trace, part, number)]
    calls.sort(key=lambda call: (call.order, call.operation.start_ns))
    operations = _renumbered(trace.operations, calls)
    environment = dict(trace.environment)
    environment["parts"] = " ".join([*known, *(part.token for part in parts)])
    n_untracked = int(environment.get("untracked_inputs", 0))
    environment["untracked_inputs"] = str(n_untracked + sum(p.n_untracked for p in parts))
    problems = [problem for part in parts for problem in part.problems]
    return replace(
        trace,
        operations=tuple(sorted(operations, key=lambda op: op.start_ns)),
        schemas={**trace.schemas, **{k: v for part in parts for k, v in part.schemas.items()}},
        environment=environment,
        problems=(*trace.problems, *problems),
        complete=trace.complete and not problems,
    )


@dataclass
class _Call:
    """An operation of a child process, and which place in the source it was called from."""

    order: Order
    operation: Operation
    place: tuple[Any, ...]
    repeats: int


def _calls(trace: Trace, part: Part, number: int) -> Iterable[_Call]:
    known = _refs_before(trace, part.forked_ns)
    places = _places([op for _, op in part.operations.values()])
    for order, op in part.operations.values():
        inputs = tuple(ref if ref.id in known else _named(ref, number) for ref in op.inputs)
        outputs = tuple(_named(ref, number) for ref in op.outputs)
        moved = replace(op, inputs=inputs, outputs=outputs)
        yield _Call(order, moved, places[op.scope, op.name, op.occurrence], part.repeats)


def _refs_before(trace: Trace, moment: int) -> frozenset[str]:
    """Return the data that a process forked at that moment shares with its parent."""
    done = (op for op in trace.operations if op.start_ns + op.duration_ns <= moment)
    return frozenset(ref.id for op in done for ref in op.outputs)


def _named(ref: DataRef, number: int) -> DataRef:
    return replace(ref, id=f"p{number + 1}.{ref.id}")


def _places(operations: Iterable[Operation]) -> dict[tuple[str, str, int], tuple[Any, ...]]:
    """Return a name of each calling place that is the same in all processes of a run.

    Processes number the places of a scope as they meet them. File, line and the digest of the
    call are the same everywhere; of equal calls in one line, the first met is the first.
    """
    at: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for op in operations:
        spot = (op.scope, op.name, op.file, op.line, op.facts.get("call"))
        if op.occurrence not in at[spot]:
            at[spot].append(op.occurrence)
    return {
        (spot[0], spot[1], occurrence): (*spot, turn)
        for spot, found in at.items()
        for turn, occurrence in enumerate(sorted(found))
    }


def _renumbered(own: Sequence[Operation], calls: Sequence[_Call]) -> list[Operation]:
    """Return all operations, those of the parts under keys that go on from the run's own."""
    merged = {op.key: op for op in own}
    ordinals = {place: key[2] for key, place in _places(own).items()}
    last: dict[tuple[str, str], int] = defaultdict(int)
    turns: dict[str, int] = defaultdict(int)
    for op in own:
        last[op.scope, op.name] = max(last[op.scope, op.name], op.occurrence)
        turns[_base(op)] += int(op.features.get("calls", 1))
    for call in calls:
        op = call.operation
        if call.place not in ordinals:
            last[op.scope, op.name] += 1
            ordinals[call.place] = last[op.scope, op.name]
        op = replace(op, occurrence=ordinals[call.place])
        base = _base(op)
        turns[base] += int(op.features.get("calls", 1))
        if turns[base] <= call.repeats and "calls" not in op.features:
            key = base if turns[base] == 1 else f"{base}:{turns[base]}"
            merged[key] = replace(op, key=key)
        else:
            key = f"{base}:{call.repeats + 1}+"
            merged[key] = _folded(merged.get(key), replace(op, key=key))
    return list(merged.values())


def _base(op: Operation) -> str:
    return f"{op.scope}/{op.name}#{op.occurrence}"


def _folded(old: Operation | None, op: Operation) -> Operation:
    """Add calls to an operation that counts them."""
    op = _counted(op)
    if old is None:
        return op
    n_old, n_new = old.features["calls"], op.features["calls"]
    features = {**old.features, "calls": n_old + n_new}
    for name in _SPREADS:
        features.update(merged_spread(name, old.features, n_old, op.features, n_new))
    if "cpu" in op.features:
        features["cpu"] = features.get("cpu", 0.0) + op.features["cpu"]
    if "metric_value" in op.features:
        features["metric_value"] = op.features["metric_value"]
    return replace(
        old,
        inputs=tuple(dict.fromkeys(old.inputs + op.inputs))[:_MAX_EDGES],
        outputs=tuple(dict.fromkeys(old.outputs + op.outputs))[:_MAX_EDGES],
        features=features,
        status=op.status if op.status == "failed" else old.status,
        error=op.error or old.error,
        start_ns=min(old.start_ns, op.start_ns),
        duration_ns=old.duration_ns + op.duration_ns,
    )


def _counted(op: Operation) -> Operation:
    """Return an operation as one that counts calls."""
    if "calls" in op.features:
        return op
    durations, rows = Spread(), Spread()
    durations.add(op.duration_ns)
    if op.outputs and op.outputs[0].rows is not None:
        rows.add(op.outputs[0].rows)
    spreads = {**durations.features("duration", scale=10**9), **rows.features("rows_out")}
    return replace(op, features={**op.features, "calls": 1.0, **spreads})


def _read_part(path: Path) -> Part | None:
    part = Part(path)
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            _add(part, json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            if number == 1:
                return None
            part.problems.append(f"line {number} of the part of a process cannot be read")
    return part


def _add(part: Part, record: Mapping[str, Any]) -> None:
    kind = record["t"]
    if kind == "run":
        part.process = record["process"]
        part.repeats, part.forked_ns = int(record["repeats"]), int(record["forked_ns"])
    elif kind == "op":
        order = tuple(int(number) for number in record.get("order", ()))
        part.operations[record["key"]] = order, Operation.from_dict(record)
    elif kind == "drop":
        for key in record["keys"]:
            part.operations.pop(key, None)
    elif kind == "schema":
        part.schemas[record["digest"]] = tuple((str(n), str(d)) for n, d in record["columns"])
    elif kind == "end":
        part.ended = True
        part.problems += map(str, record.get("problems") or ())
        part.n_untracked = int(record.get("n_untracked", 0))
