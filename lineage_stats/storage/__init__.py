"""Storage: a folder of runs, one immutable Parquet file each, and the journals of running ones.

Importing this package imports neither pyarrow nor NumPy: a process that only records loads
pyarrow when the run ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lineage_stats.storage._journal import Journal
from lineage_stats.storage._store import TraceStore

if TYPE_CHECKING:
    from lineage_stats.storage._load import load_traces

__all__ = [
    "Journal",
    "TraceStore",
    "load_traces",
]


def __getattr__(name: str) -> Any:
    if name != "load_traces":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lineage_stats.storage._load import load_traces

    globals()[name] = load_traces
    return load_traces
