"""Executors that a cluster lost while the program went on."""

from __future__ import annotations

from typing import Any

from lineage_stats.hooks._pyspark import _bridge as bridge

MOST_EXECUTORS = 200

# What the scheduler says of executors that it lets go on purpose.
_LET_GO = ("killed by driver", "decommission")


class Executors:
    """Knows which executors of a session have been lost.

    Parameters
    ----------
    context : JavaObject
        The SparkContext of the session, on the Java side.

    Notes
    -----
    Asking takes two trips to Java for each executor, so clusters of more than 200 are asked no
    more; where Spark runs in one process there is nobody to lose.
    """

    def __init__(self, context: Any) -> None:
        self._store = None if context.isLocal() else context.statusStore()
        self._gone: set[str] = set()
        self.lost()  # before anybody asked

    def lost(self) -> int | None:
        """Return how many were lost since the last time; None where that is not known."""
        if self._store is None:
            return None
        every = self._store.executorList(False)
        if every.size() > MOST_EXECUTORS:
            self._store = None
            return None
        before = len(self._gone)
        let_go = 0
        for executor in bridge.items(every):
            name = str(executor.id())
            if name not in self._gone and not executor.isActive():
                self._gone.add(name)
                reason = str(executor.removeReason().toString()).lower()
                let_go += any(words in reason for words in _LET_GO)
        return len(self._gone) - before - let_go
