"""The trace schema as plain data: what a stored trace holds, field by field.

Nothing here imports a file format. ``lineage_stats.storage`` translates these tables to Arrow.
"""

from __future__ import annotations

SCHEMA_VERSION = 1

# Data that passes along an edge.
DATA_REF_FIELDS: tuple[tuple[str, str], ...] = (
    ("id", "string"),
    ("kind", "string"),
    ("rows", "int64"),
    ("n_columns", "int64"),
    ("schema", "string"),
)

# One row per operation, in the order in which they started.
OPERATION_FIELDS: tuple[tuple[str, str], ...] = (
    ("key", "string"),
    ("name", "string"),
    ("kind", "string"),
    ("scope", "string"),
    ("occurrence", "int64"),
    ("inputs", "list<data_ref>"),
    ("outputs", "list<data_ref>"),
    ("features", "map<string,double>"),
    ("facts", "map<string,string>"),
    ("status", "string"),
    ("error", "string"),
    ("start_ns", "int64"),
    ("duration_ns", "int64"),
    ("file", "string"),
    ("line", "int64"),
    ("source", "string"),
    ("metric", "string"),
    ("lineage", "string"),
    ("cell", "string"),
    ("steps", "string"),
)

# One record per run.
RUN_FIELDS: tuple[tuple[str, str], ...] = (
    ("run_id", "string"),
    ("pipeline", "string"),
    ("start_ns", "int64"),
    ("end_ns", "int64"),
    ("status", "string"),
    ("complete", "bool"),
    ("tags", "map<string,string>"),
    ("environment", "map<string,string>"),
    ("problems", "list<string>"),
)

OPERATION_KINDS: tuple[str, ...] = (
    "source",
    "selection",
    "projection",
    "join",
    "aggregation",
    "concatenation",
    "assignment",
    "transform",
    "split",
    "fit",
    "predict",
    "metric",
    "sink",
    "opaque",
)

DATA_KINDS: tuple[str, ...] = ("table", "column", "array", "grouping", "model", "value", "opaque")

OPERATION_STATUSES: tuple[str, ...] = ("ok", "failed")
RUN_STATUSES: tuple[str, ...] = ("running", "ok", "failed", "killed")
