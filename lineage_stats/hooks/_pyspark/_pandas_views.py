"""What objects of pandas-on-Spark are, and which frame they show. Nothing here asks Spark.

A column of pandas-on-Spark is a view of a frame, and one object for as long as the frame has it:
what changes the frame changes the column. So what a column stands for is what its frame stands for
at the moment.
"""

from __future__ import annotations

from typing import Any

from lineage_stats.features import DataShape
from lineage_stats.features._pandas_access import label
from lineage_stats.hooks._data import OWNERS, SHOWN

MOST_COLUMNS = 1000

_OPAQUE = DataShape("opaque")
_GROUPING = DataShape("grouping")

# Where an object holds what it was made of.
_HELD = ("_psdf_or_psser", "_groupby", "_psser", "_data", "_psdf")


def is_on_spark(obj: Any) -> bool:
    """Return whether an object is one of pandas-on-Spark."""
    return type(obj).__module__.startswith("pyspark.pandas.")


def frame_shape(frame: Any) -> DataShape:
    """Return the shape of a frame of Spark or pandas-on-Spark; how many rows is not known."""
    if not is_on_spark(frame):
        return DataShape("table")
    internal = vars(frame)["_internal_frame"]
    return _shape("table", internal.column_labels, internal.data_fields)


def column_shape(column: Any) -> DataShape:
    """Return the shape of a column."""
    internal = vars(column)["_anchor"]._internal_frame
    name = vars(column)["_col_label"]
    return _shape("column", [name], [internal.field_for(name)])


def index_shape(index: Any) -> DataShape:
    """Return the shape of an index."""
    internal = vars(index)["_anchor"]._internal_frame
    return _shape("column", internal.index_names, internal.index_fields)


def _shape(kind: str, labels: Any, fields: Any) -> DataShape:
    if len(labels) > MOST_COLUMNS:
        return DataShape(kind, None, len(labels))
    taken: dict[str, int] = {}
    columns = []
    for each, field in zip(labels, fields, strict=True):
        name = "0" if each is None else label(each if len(each) > 1 else each[0])
        taken[name] = n = taken.get(name, 0) + 1
        columns.append((name if n == 1 else f"{name}#{n}", str(field.dtype)))
    return DataShape(kind, None, len(columns), tuple(columns))


def anchor_of(obj: Any) -> Any:
    """Return the frame that a column or an index is a view of; None of anything else."""
    return vars(obj).get("_anchor")


def owner_of(obj: Any) -> Any:
    """Return what a grouping, a window, an accessor or ``.loc`` was made of."""
    own = vars(obj)
    return next((own[name] for name in _HELD if own.get(name) is not None), None)


DATA_TYPES = {
    "DataFrame": frame_shape,
    "Series": column_shape,
    "Index": index_shape,
    **dict.fromkeys(
        ("GroupBy", "Resampler", "RollingAndExpanding", "ExponentialMovingLike"),
        lambda grouping: _GROUPING,
    ),
    **dict.fromkeys(
        """StringMethods DatetimeMethods CategoricalAccessor IndexerLike SparkFrameMethods
        SparkIndexOpsMethods PandasOnSparkFrameMethods PandasOnSparkSeriesMethods""".split(),
        lambda accessor: _OPAQUE,
    ),
}

_COLUMNS = """series indexes.base indexes.multi indexes.datetimes indexes.timedelta indexes.category
    indexes.numeric"""
_VIEWS = "strings datetimes categorical indexing window accessors spark.accessors"
# A grouping may have been made of keys of other frames: what it was made from stays.
_GROUPINGS = "groupby resample"
SHOWN.update((f"pyspark.pandas.{module}", anchor_of) for module in _COLUMNS.split())
SHOWN.update((f"pyspark.pandas.{module}", owner_of) for module in _VIEWS.split())
OWNERS.update((f"pyspark.pandas.{module}", owner_of) for module in _GROUPINGS.split())
