"""Which of several steps of one name is which, where one was inserted, removed or edited."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lineage_stats.trace._operation import Operation
from lineage_stats.trace._trace import Trace

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Pairs = list[tuple[Operation, Operation]]

# What it costs to take two steps for one that was edited, in tenths of a step that is new or
# missing: two edited ones are likelier than one removed and one added, three are not, nor are two
# that stand elsewhere, too.
_OTHER_CALL: Final = 7
_OTHER_SOURCES: Final = 2
_OTHER_READERS: Final = 2
_UNPAIRED: Final = 10
_MOST: Final = 4_000_000  # comparisons, some 50 MB; beyond them steps are matched in order


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Tells steps of one name apart by what stands around them.

    Attributes
    ----------
    trace : Trace
        The run.
    names : mapping of str to object
        What each operation of it is called in both runs: its canonical key, or where that is
        still to be found what all steps of its name have in common.
    """

    trace: Trace
    names: Mapping[str, Hashable]

    def sources(self, op: Operation) -> Hashable:
        """Return what made the data of a step."""
        return frozenset(self.names[key] for key in self.trace.parents(op.key))

    def readers(self, op: Operation) -> Hashable:
        """Return what reads the data that a step made."""
        return frozenset(self.names[key] for key in self.trace.children(op.key))


def paired(
    old: Sequence[Operation], new: Sequence[Operation], before: Surroundings, after: Surroundings
) -> Pairs:
    """Match steps of two runs by what they have in common.

    Parameters
    ----------
    old, new : sequence of Operation
        Steps of one scope and name, in order.
    before, after : Surroundings
        Of the runs that `old` and `new` are of.

    Returns
    -------
    list of (Operation, Operation)
        An old step and the new one that it became; no step is in two pairs.

    Notes
    -----
    A global alignment (Needleman and Wunsch, 1970): of all ways to match the steps in order the one
    that costs least. Two steps cost nothing where call, sources and readers are the same, less
    than one that is new or missing where only the call is, and less than two where nothing is.
    Where the steps that are left with another call, or with none, have the same calls in another
    order, these moved, and are matched by them.
    """
    if len(old) * len(new) > _MOST:
        return list(zip(old, new, strict=False))
    pairs = [(old[i], new[j]) for i, j in _cheapest(_costs(old, new, before, after))]
    return _with_moved(old, new, pairs) if len(old) == len(new) else pairs


def _costs(
    old: Sequence[Operation], new: Sequence[Operation], before: Surroundings, after: Surroundings
) -> npt.NDArray[np.int32]:
    import numpy as np  # not needed to record

    def differ(some: list[Hashable], others: list[Hashable]) -> npt.NDArray[np.bool_]:
        numbers: dict[Hashable, int] = {}
        one, other = (
            [numbers.setdefault(x, len(numbers)) for x in side] for side in (some, others)
        )
        return np.asarray(np.not_equal.outer(np.array(one, int), np.array(other, int)), dtype=bool)

    costs = np.zeros((len(old), len(new)), dtype=np.int32)
    told: list[tuple[int, list[Hashable], list[Hashable]]] = [
        (_OTHER_CALL, [_call(op) for op in old], [_call(op) for op in new]),
        (_OTHER_SOURCES, [*map(before.sources, old)], [*map(after.sources, new)]),
        (_OTHER_READERS, [*map(before.readers, old)], [*map(after.readers, new)]),
    ]
    for cost, some, others in told:
        costs[differ(some, others)] += cost
    return costs


def _cheapest(costs: npt.NDArray[np.int32]) -> list[tuple[int, int]]:
    """Return the cheapest way to match rows with columns in order, of equals the earliest."""
    import numpy as np

    n, m = costs.shape
    unpaired = _UNPAIRED * np.arange(m + 1, dtype=np.int32)
    rest = np.empty((n + 1, m + 1), dtype=np.int32)  # least cost of what comes behind
    rest[n] = unpaired[::-1]
    for i in range(n - 1, -1, -1):
        best = rest[i + 1] + _UNPAIRED
        best[:-1] = np.minimum(best[:-1], costs[i] + rest[i + 1, 1:])
        rest[i] = np.minimum.accumulate((best + unpaired)[::-1])[::-1] - unpaired
    found, i, j = [], 0, 0
    while i < n and j < m:
        if rest[i, j] == costs[i, j] + rest[i + 1, j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif rest[i, j] == rest[i + 1, j] + _UNPAIRED:
            i += 1
        else:
            j += 1
    return found


def _with_moved(old: Sequence[Operation], new: Sequence[Operation], pairs: Pairs) -> Pairs:
    """Match calls by themselves where the very same ones are in another order."""
    same = [(one, other) for one, other in pairs if _call(one) == _call(other)]
    known = {id(op) for pair in same for op in pair}
    here, there = ({_call(op): op for op in side if id(op) not in known} for side in (old, new))
    n_left = len(old) - len(same)
    if len(here) == n_left and here.keys() == there.keys():
        return same + [(op, there[call]) for call, op in here.items()]
    return pairs


def _call(op: Operation) -> str:
    return op.facts.get("call", op.key)
