"""Storage: a folder of runs, one immutable Parquet file each, and the journals of running ones.

Importing this package imports neither pyarrow nor NumPy: a process that only records loads
pyarrow when the run ends.
"""

from lineage_stats.storage._journal import Journal
from lineage_stats.storage._load import load_traces
from lineage_stats.storage._store import TraceStore

__all__ = [
    "Journal",
    "TraceStore",
    "load_traces",
]
