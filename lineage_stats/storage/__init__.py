"""Storage: a folder of runs, one immutable Parquet file each, and the journals of running ones.

Importing this package imports neither pyarrow nor NumPy: a process that only records loads
pyarrow when the run ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineage_stats._lazy import lazy_names
from lineage_stats.storage._journal import Journal
from lineage_stats.storage._store import TraceStore

if TYPE_CHECKING:
    from lineage_stats.storage._baseline_log import BaselineEvent
    from lineage_stats.storage._compact import Compaction
    from lineage_stats.storage._load import load_traces
    from lineage_stats.storage._spark import scan_traces
    from lineage_stats.storage._stream import TraceStream, stream_traces

__all__ = [
    "BaselineEvent",
    "Compaction",
    "Journal",
    "TraceStore",
    "TraceStream",
    "load_traces",
    "scan_traces",
    "stream_traces",
]


__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "BaselineEvent": "_baseline_log",
        "Compaction": "_compact",
        "TraceStream": "_stream",
        "load_traces": "_load",
        "scan_traces": "_spark",
        "stream_traces": "_stream",
    },
)
