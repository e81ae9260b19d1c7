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
    from lineage_stats.storage._load import load_traces

__all__ = [
    "Journal",
    "TraceStore",
    "load_traces",
]


__getattr__, __dir__ = lazy_names(__name__, {"load_traces": "_load"})
