"""Finds the operation of a run that a result speaks of."""

from __future__ import annotations

from lineage_stats.trace import Trace


class OperationMatcher:
    """Translates keys of healthy runs to keys of one run.

    Results name operations as the healthy runs do. Where a step was inserted, the run's own key
    of the same step differs in its number; name and call site tell which one is meant.

    Parameters
    ----------
    trace : Trace
        The run.
    """

    def __init__(self, trace: Trace) -> None:
        self._location = {op.key: op.location for op in trace}
        self._by_place = {(_stem(op.key), op.location): op.key for op in reversed(trace.operations)}

    def key_of(self, key: str, location: str) -> str | None:
        """Return the run's own key; None for an operation that did not run.

        Parameters
        ----------
        key : str
            Key in a result.
        location : str
            Call site in that result, ``""`` if not known.
        """
        if self._location.get(key) == location:
            return key
        found = self._by_place.get((_stem(key), location)) if location else None
        return found or (key if key in self._location and not location else None)


def _stem(key: str) -> str:
    """Return a key without the number of its occurrence."""
    return key.rpartition("#")[0] or key
