"""What is watched in pandas, as plain data."""

from __future__ import annotations

# Functions of the pandas namespace by kind of operation.
FUNCTIONS: dict[str, str] = {
    "source": "read_csv read_parquet read_json read_excel read_feather read_sql read_table",
    "join": "merge merge_asof merge_ordered",
    "concatenation": "concat",
    "aggregation": "pivot_table crosstab",
    "transform": "get_dummies cut qcut melt pivot to_datetime to_numeric wide_to_long factorize",
}

# Methods by class and kind of operation. An inherited method is watched where it is defined.
METHODS: dict[str, dict[str, str]] = {
    "DataFrame": {
        "selection": "dropna drop_duplicates query head tail sample nlargest nsmallest truncate",
        "projection": "drop filter rename reindex select_dtypes reset_index set_index rename_axis",
        "join": "merge join",
        "assignment": "assign insert pop update eval",
        "aggregation": "agg aggregate pivot_table",
        "transform": """fillna ffill bfill interpolate replace astype where mask clip apply map
            transform sort_values sort_index melt pivot stack unstack explode round shift diff rank
            pct_change cumsum cumprod cummax cummin convert_dtypes transpose combine_first""",
        "sink": "to_csv to_parquet to_json to_excel to_feather to_sql to_pickle",
    },
    "Series": {
        "selection": "dropna drop_duplicates head tail sample nlargest nsmallest",
        "projection": "drop rename reindex reset_index",
        "aggregation": "agg aggregate value_counts",
        "transform": """fillna ffill bfill interpolate replace astype where mask clip apply map
            transform sort_values sort_index explode round shift diff rank pct_change cumsum cumprod
            cummax cummin""",
        "sink": "to_csv",
    },
    "core.groupby.generic.DataFrameGroupBy": {
        "aggregation": """agg aggregate mean sum count size min max median std var first last
            nunique quantile prod apply""",
        "transform": "transform cumsum cumcount rank shift diff ffill bfill",
        "selection": "filter head tail nth",
    },
    "core.groupby.generic.SeriesGroupBy": {
        "aggregation": """agg aggregate mean sum count size min max median std var first last
            nunique quantile prod apply value_counts""",
        "transform": "transform cumsum cumcount rank shift diff ffill bfill",
        "selection": "filter head tail nth",
    },
}

# Calls that only carry data on.
LINKS: dict[str, str] = {
    "DataFrame": "groupby copy isna notna to_numpy rolling resample expanding ewm",
    "Series": """groupby copy isna notna isin between to_numpy abs rolling
        __add__ __sub__ __mul__ __truediv__ __floordiv__ __mod__ __pow__
        __radd__ __rsub__ __rmul__ __rtruediv__
        __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __and__ __or__ __xor__ __invert__ __neg__
        to_frame""",
    "core.groupby.generic.DataFrameGroupBy": "__getitem__",
}

# Methods that change their object when called with ``inplace=True``.
INPLACE = frozenset(
    """dropna drop_duplicates query drop rename reset_index set_index fillna ffill bfill
    interpolate replace where mask clip sort_values sort_index eval rename_axis""".split()
)

# Methods that always change their object.
ALWAYS_INPLACE = frozenset("insert pop update".split())
