"""What is watched in pandas-on-Spark, as plain data.

It has the names of pandas, and they mean the same: `lineage_stats.hooks._pandas._targets` lists
them. Here stands which class has the names of which, and what pandas does not have. Names that
pandas-on-Spark or a version of it lacks are passed over.
"""

from __future__ import annotations

PACKAGE = "pyspark.pandas"
FUNCTIONS_MODULE = f"{PACKAGE}.namespace"
SQL_MODULE = f"{PACKAGE}.sql_formatter"
INDEXING_MODULE = f"{PACKAGE}.indexing"

_GROUPBY = "core.groupby.generic."
_WINDOW = "core.window."
_DATES = "core.indexes.accessors.DatetimeProperties"

# Classes of pandas-on-Spark by module, and the classes of pandas whose names they have.
CLASSES: dict[str, tuple[str, ...]] = {
    "frame.DataFrame": ("DataFrame",),
    "series.Series": ("Series",),
    "indexes.base.Index": ("Index",),
    "indexes.datetimes.DatetimeIndex": ("DatetimeIndex", _DATES),
    "groupby.DataFrameGroupBy": (f"{_GROUPBY}DataFrameGroupBy",),
    "groupby.SeriesGroupBy": (f"{_GROUPBY}SeriesGroupBy",),
    "resample.Resampler": ("core.resample.Resampler",),
    "window.Rolling": (f"{_WINDOW}rolling.Rolling",),
    "window.RollingGroupby": (f"{_WINDOW}rolling.Rolling",),
    "window.Expanding": (f"{_WINDOW}expanding.Expanding",),
    "window.ExpandingGroupby": (f"{_WINDOW}expanding.Expanding",),
    "window.ExponentialMoving": (f"{_WINDOW}ewm.ExponentialMovingWindow",),
    "window.ExponentialMovingGroupby": (f"{_WINDOW}ewm.ExponentialMovingWindow",),
    "strings.StringMethods": ("core.strings.accessor.StringMethods",),
    "datetimes.DatetimeMethods": (_DATES,),
    "categorical.CategoricalAccessor": ("core.arrays.categorical.CategoricalAccessor",),
}

# What pandas lacks, or has in C.
METHODS: dict[str, dict[str, str]] = {
    "frame.DataFrame": {"sink": "to_delta to_spark_io to_table", "concatenation": "append"},
    "series.Series": {"concatenation": "append"},
    "groupby.DataFrameGroupBy": {"selection": "nth", "aggregation": "mad"},
    "spark.accessors.SparkFrameMethods": {
        "transform": "hint repartition coalesce checkpoint local_checkpoint apply",
        "sink": "to_table to_spark_io",
    },
    "spark.accessors.SparkSeriesMethods": {"transform": "transform apply"},
    "accessors.PandasOnSparkFrameMethods": {
        "transform": "apply_batch transform_batch attach_id_column",
    },
    "accessors.PandasOnSparkSeriesMethods": {"transform": "transform_batch"},
}
FUNCTIONS: dict[str, str] = {"source": "from_pandas range read_delta read_spark_io"}
LINK_FUNCTIONS = "broadcast isna isnull notna notnull"

# Classes with `to_pandas`, which makes Spark work.
HAND_OVERS = ("frame.DataFrame", "series.Series", "indexes.base.Index")

LINKS: dict[str, str] = {
    # Operators that are one function for frames and columns in pandas, and two here.
    "frame.DataFrame": """to_spark __add__ __sub__ __mul__ __truediv__ __floordiv__ __mod__ __pow__
        __radd__ __rsub__ __rmul__ __rtruediv__ __rfloordiv__ __rmod__ __rpow__ __eq__ __ne__ __lt__
        __le__ __gt__ __ge__ mad""",
    "series.Series": "to_dataframe mad",
    # An index that is put into a frame reads what the first one belonged to.
    "indexes.base.Index": """append asi8 asof copy delete difference drop drop_duplicates droplevel
        dropna factorize fillna get_level_values insert intersection max min rename repeat set_names
        shift sort_values symmetric_difference take to_numpy union unique value_counts values""",
    "indexes.datetimes.DatetimeIndex": "week weekofyear",
    "datetimes.DatetimeMethods": "week weekofyear",
    "groupby.SeriesGroupBy": "rolling expanding ewm",
    "spark.accessors.SparkFrameMethods": "frame cache persist analyzed",
    "spark.accessors.SparkIndexOpsMethods": "transform analyzed",
    "spark.accessors.SparkSeriesMethods": "analyzed",
}

# What stands for a frame or a column, and what may change either: `.loc` and its kin.
INDEXERS: dict[str, str] = {"LocIndexer": "loc", "iLocIndexer": "iloc"}
CELLS: dict[str, str] = {"AtIndexer": "at", "iAtIndexer": "iat"}

MODULES = frozenset(
    [
        FUNCTIONS_MODULE, SQL_MODULE, INDEXING_MODULE,
        *(f"{PACKAGE}.{path.rpartition('.')[0]}" for path in (*CLASSES, *METHODS, *LINKS)),
    ]
)  # fmt: skip
