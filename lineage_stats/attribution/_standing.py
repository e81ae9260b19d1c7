"""Which operations may have done it, of what kind they are, and who is upstream of whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._inspector import Inspector


class Standing:
    """The operations of one run that signs are collected of, missing ones included.

    Parameters
    ----------
    inspector : Inspector
        What is known of the run.
    keys : iterable of str
        The operations.
    """

    def __init__(self, inspector: Inspector, keys: Iterable[str]) -> None:
        self.observation = inspector.observation
        self.baseline = inspector.baseline
        self.keys = tuple(keys)
        self.position = {key: i for i, key in enumerate(self.keys)}

    def is_of(self, kind: str, positive: bool = True) -> npt.NDArray[np.bool_]:
        """Return which operations are of a kind, or are not."""
        return np.array([(self.kind(key) == kind) == positive for key in self.keys])

    def kind(self, key: str) -> str:
        """Return the kind of an operation."""
        op = self.observation.operations.get(key) or self.baseline.reference_operations[key]
        return op.kind

    @cached_property
    def ancestors(self) -> npt.NDArray[np.bool_]:
        """Whether one operation is upstream of another: [i, j] if j is upstream of i."""
        n = len(self.keys)
        found = np.zeros((n, n), dtype=np.bool_)
        slots = {**self.baseline.slots, **self.observation.slots}
        order = sorted(range(n), key=lambda i: self._rank.get(self.keys[i], n))
        for i in order:
            for producer in slots.get(self.keys[i], ()):
                if producer is not None and producer[0] in self.position:
                    j = self.position[producer[0]]
                    if j != i:
                        found[i] |= found[j]
                        found[i, j] = True
        return found

    @cached_property
    def _rank(self) -> Mapping[str, int]:
        """Order in which operations ran; a missing one where healthy runs have it."""
        reference = {key: i for i, key in enumerate(self.baseline.reference_operations)}
        ran = {key: i for i, key in enumerate(self.observation.operations)}
        return {**reference, **ran}
