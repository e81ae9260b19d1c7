"""Which data entered a run from nowhere: nothing recorded made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lineage_stats.trace._operation import DataRef, Operation

_USES_A_FITTED_MODEL = frozenset({"predict", "transform"})


@dataclass(frozen=True, slots=True)
class InputCoverage:
    """How much of what a run read is known to come from its own operations.

    Attributes
    ----------
    n_inputs : int
        Pieces of data that were read, each counted once.
    unknown : tuple of (str, DataRef)
        Those that no recorded operation made, each with the key of the operation that read it
        first. Nothing is guessed about where they came from.

    Examples
    --------
    >>> from lineage_stats import DataRef, Operation, Trace
    >>> fit = Operation("fit#1", "Ridge.fit", "fit", inputs=(DataRef("d1", "array", 9),))
    >>> print(Trace("r1", "churn", (fit,)).input_coverage)
    1 input appeared from nowhere
    """

    n_inputs: int
    unknown: tuple[tuple[str, DataRef], ...]

    @property
    def n_unknown(self) -> int:
        """Number of inputs that appeared from nowhere."""
        return len(self.unknown)

    def __str__(self) -> str:
        if not self.unknown:
            return "every input is known"
        return f"{self.n_unknown} input{'s'[: self.n_unknown > 1]} appeared from nowhere"

    @property
    def readers(self) -> frozenset[str]:
        """Keys of the operations that read such an input first."""
        return frozenset(key for key, _ in self.unknown)


def input_coverage(operations: Sequence[Operation]) -> InputCoverage:
    """Return what was read and not made; operations are in topological order."""
    made = {ref.id for op in operations for ref in op.outputs}
    read: dict[str, tuple[str, DataRef]] = {}
    for op in operations:
        for ref in op.inputs:
            if ref.kind != "model" or _uses_fitted(op):
                read.setdefault(ref.id, (op.key, ref))
    unknown = tuple(found for name, found in read.items() if name not in made)
    return InputCoverage(len(read), unknown)


def _uses_fitted(op: Operation) -> bool:
    """Return whether a model must have been fitted before: others are only settings."""
    return op.kind in _USES_A_FITTED_MODEL or op.name.endswith(".score")
