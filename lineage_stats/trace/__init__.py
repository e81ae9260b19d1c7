"""Traces: the recorded graph of one run, and sets of them. The ground floor of the package."""

from typing import TYPE_CHECKING

from lineage_stats._lazy import lazy_names
from lineage_stats.trace._operation import DataRef, Operation
from lineage_stats.trace._schema import (
    DATA_KINDS,
    DATA_REF_FIELDS,
    OPERATION_FIELDS,
    OPERATION_KINDS,
    OPERATION_STATUSES,
    RUN_FIELDS,
    RUN_STATUSES,
    SCHEMA_VERSION,
)

if TYPE_CHECKING:
    from lineage_stats.trace._align import Alignment, align
    from lineage_stats.trace._builder import TraceBuilder
    from lineage_stats.trace._healthy import healthy_runs
    from lineage_stats.trace._inner import InnerStep
    from lineage_stats.trace._lineage._history import ColumnHistory, ColumnRecord
    from lineage_stats.trace._lineage._result import (
        ColumnDependency,
        ColumnLineage,
        ColumnPath,
        ColumnPaths,
    )
    from lineage_stats.trace._trace import Trace
    from lineage_stats.trace._traceset import TraceSet
    from lineage_stats.trace._unknown import InputCoverage

# Not needed to record, and loaded on first use.
_LATER = {
    "Alignment": "_align",
    "ColumnDependency": "_lineage._result",
    "ColumnHistory": "_lineage._history",
    "ColumnLineage": "_lineage._result",
    "ColumnPath": "_lineage._result",
    "ColumnPaths": "_lineage._result",
    "ColumnRecord": "_lineage._history",
    "InnerStep": "_inner",
    "InputCoverage": "_unknown",
    "Trace": "_trace",
    "TraceBuilder": "_builder",
    "TraceSet": "_traceset",
    "align": "_align",
    "healthy_runs": "_healthy",
}

__all__ = [
    "DATA_KINDS",
    "DATA_REF_FIELDS",
    "OPERATION_FIELDS",
    "OPERATION_KINDS",
    "OPERATION_STATUSES",
    "RUN_FIELDS",
    "RUN_STATUSES",
    "SCHEMA_VERSION",
    "Alignment",
    "ColumnDependency",
    "ColumnHistory",
    "ColumnLineage",
    "ColumnPath",
    "ColumnPaths",
    "ColumnRecord",
    "DataRef",
    "InnerStep",
    "InputCoverage",
    "Operation",
    "Trace",
    "TraceBuilder",
    "TraceSet",
    "align",
    "healthy_runs",
]

__getattr__, __dir__ = lazy_names(__name__, _LATER)
