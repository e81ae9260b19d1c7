"""The truth of shares: exact Shapley values over the versions of a case."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

Version = frozenset[str]


def versions(changes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Return all subsets of some changes, each in the order of the changes."""
    for n in range(len(changes) + 1):
        yield from itertools.combinations(changes, n)


def shares(changes: Sequence[str], worse: Mapping[Version, float]) -> dict[str, float]:
    """Divide the harm of all changes together among them.

    ``worse`` gives for each subset of the changes by how much the metric is worse than without
    any. A share is the mean, over all orders of making the changes, of what one change adds; the
    shares add up to the harm of all.
    """
    n = len(changes)
    found = {}
    for change in changes:
        others = [other for other in changes if other != change]
        found[change] = sum(
            math.factorial(len(subset)) * math.factorial(n - len(subset) - 1) / math.factorial(n)
            * (worse[frozenset((*subset, change))] - worse[frozenset(subset)])
            for subset in versions(others)
        )  # fmt: skip
    return found
