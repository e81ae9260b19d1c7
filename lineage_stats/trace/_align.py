"""Which operation of one run is the same step as which operation of another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lineage_stats.trace._operation import Operation
from lineage_stats.trace._pairing import Surroundings, paired
from lineage_stats.trace._trace import Trace


@dataclass(frozen=True, slots=True)
class Alignment:
    """Result of `align`.

    Attributes
    ----------
    keys : tuple of str
        Canonical key of every step that occurs in at least one run; those of the reference
        first, in its order.
    mappings : tuple of mapping of str to str
        For each trace: its own operation key -> canonical key.
    reference : int
        Position of the trace that gave the order of steps.
    """

    keys: tuple[str, ...]
    mappings: tuple[Mapping[str, str], ...]
    reference: int

    def new(self, i: int) -> tuple[str, ...]:
        """Return the canonical keys that trace `i` has and the reference has not."""
        known = set(self.mappings[self.reference].values())
        return tuple(k for k in self.mappings[i].values() if k not in known)

    def missing(self, i: int) -> tuple[str, ...]:
        """Return the canonical keys that the reference has and trace `i` has not."""
        have = set(self.mappings[i].values())
        return tuple(k for k in self.mappings[self.reference].values() if k not in have)


def align(traces: Sequence[Trace], *, reference: int | None = None) -> Alignment:
    """Match the operations of several runs of one pipeline.

    Parameters
    ----------
    traces : sequence of Trace
        The runs.
    reference : int, default=None
        Position of the run that gives the order of steps. None takes the latest one among
        those with the most frequent list of keys.

    Returns
    -------
    Alignment
        Canonical keys, one mapping per trace, and what could not be matched.

    Notes
    -----
    A step is identified by its scope and name; among several steps of one scope and name the
    occurrence decides while their calls are those of the reference. Where they differ, a step
    was inserted, removed, moved or edited: they are then matched so that it costs least, where an
    edited call costs less than one that is missing and one that is new, and equal calls are told
    apart by what they read and who reads them. The same calls in another order moved.
    The time is linear in the number of operations, but for steps of one name whose calls changed:
    there it is the product of their numbers.

    Examples
    --------
    >>> from lineage_stats.trace import Operation, Trace, align
    >>> a = Trace("a", "p", (Operation("f/read_csv#1", "read_csv", scope="f"),))
    >>> align([a, a]).keys
    ('f/read_csv#1',)
    """
    if not traces:
        return Alignment((), (), 0)
    if reference is None:
        reference = latest_of_most_frequent([trace.keys for trace in traces])
    base = _Reference(traces[reference], _groups(traces[reference]))
    keys: dict[str, None] = dict.fromkeys(traces[reference].keys)
    mappings = []
    for trace in traces:
        mapping = base.match(trace)
        mappings.append(mapping)
        keys.update(dict.fromkeys(mapping.values()))
    return Alignment(tuple(keys), tuple(mappings), reference)


def latest_of_most_frequent(layouts: Sequence[Hashable]) -> int:
    """Return the last position of the most frequent value; of several such, of the latest."""
    frequency = Counter(layouts)
    return max(range(len(layouts)), key=lambda i: (frequency[layouts[i]], i))


Group = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Reference:
    trace: Trace
    groups: Mapping[Group, list[Operation]]

    def match(self, trace: Trace) -> dict[str, str]:
        mapping: dict[str, str] = {}
        changed: dict[Group, list[Operation]] = {}
        for group, operations in _groups(trace).items():
            known = self.groups.get(group, [])
            if _calls(known) == _calls(operations):
                mapping.update((o.key, k.key) for o, k in zip(operations, known, strict=True))
            else:
                changed[group] = operations
        if changed:
            self._match_changed(trace, changed, mapping)
        return {key: mapping[key] for key in trace.keys}

    def _match_changed(
        self, trace: Trace, changed: Mapping[Group, list[Operation]], mapping: dict[str, str]
    ) -> None:
        """Match steps of those scopes and names whose calls are not those of the reference."""
        after = Surroundings(trace, {op.key: mapping.get(op.key, _group(op)) for op in trace})
        found = set(mapping.values())
        before = Surroundings(
            self.trace, {op.key: op.key if op.key in found else _group(op) for op in self.trace}
        )
        for group, operations in changed.items():
            known = self.groups.get(group, [])
            mapping.update((op.key, k.key) for k, op in paired(known, operations, before, after))
            taken = {k.key for k in known}
            for op in operations:
                if op.key not in mapping:
                    mapping[op.key] = op.key if op.key not in taken else f"{op.key}+"


def _calls(operations: Iterable[Operation]) -> list[str | None]:
    return [op.facts.get("call") for op in operations]


def _group(op: Operation) -> Group:
    return op.scope, op.name


def _groups(operations: Iterable[Operation]) -> dict[Group, list[Operation]]:
    groups: dict[Group, list[Operation]] = defaultdict(list)
    for op in operations:
        groups[_group(op)].append(op)
    return groups
