"""Steps of a run: what is called from one place, listed one by one or folded."""

from __future__ import annotations

from dataclasses import replace

from lineage_stats.hooks._callsite import CallSite
from lineage_stats.trace import DataRef, Operation

MAX_REPEATS = 30  # calls from one place that are listed one by one
MAX_EDGES = 16  # inputs that a folded step remembers


class Step:
    """All calls of one name from one place in the source.

    The first `MAX_REPEATS` calls are operations of their own. All later ones are folded into
    one operation that counts them, so that a loop of a million calls stays one line.

    Parameters
    ----------
    place : CallSite
        Where it is called from.
    name : str
        What is called.
    ordinal : int
        How many-th place in its scope from which that name is called, from 1.
    """

    __slots__ = ("folded", "n_calls", "name", "ordinal", "place")

    def __init__(self, place: CallSite, name: str, ordinal: int) -> None:
        self.place = place
        self.name = name
        self.ordinal = ordinal
        self.n_calls = 0
        self.folded: Operation | None = None

    def key(self, turn: int) -> str:
        """Return the key of the `turn`-th call: ``scope/name#ordinal``, repeated ``:turn``."""
        key = f"{self.place.scope}/{self.name}#{self.ordinal}"
        if turn == 1:
            return key
        return f"{key}:{turn}" if turn <= MAX_REPEATS else f"{key}:{MAX_REPEATS + 1}+"

    def outputs(self, turn: int, n_outputs: int) -> tuple[DataRef, ...] | None:
        """Return the references that stand for results of all folded calls, if there are any."""
        if turn <= MAX_REPEATS or self.folded is None:
            return None
        return self.folded.outputs if len(self.folded.outputs) == n_outputs else None

    def fold(self, operation: Operation) -> Operation:
        """Add a call to the folded operation and return that."""
        old = self.folded
        if old is None:
            features = {**operation.features, "calls": 1.0}
            self.folded = replace(operation, features=features)
            return self.folded
        features = dict(old.features)
        features["calls"] += 1.0
        features["cpu"] = features.get("cpu", 0.0) + operation.features.get("cpu", 0.0)
        if "metric_value" in operation.features:
            features["metric_value"] = operation.features["metric_value"]
        self.folded = replace(
            old,
            inputs=tuple(dict.fromkeys(old.inputs + operation.inputs))[:MAX_EDGES],
            outputs=tuple(dict.fromkeys(old.outputs + operation.outputs))[:MAX_EDGES],
            features=features,
            status=operation.status if operation.status == "failed" else old.status,
            error=operation.error or old.error,
            duration_ns=old.duration_ns + operation.duration_ns,
        )
        return self.folded
