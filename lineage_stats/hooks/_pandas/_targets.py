"""What is watched in pandas, as plain data.

An *operation* is a step of the pipeline and becomes a node of the graph: it chooses rows or
columns, combines, summarises, fills, computes with parameters of its own, reads or writes. A
*link* only carries data on: comparisons, arithmetic, masks, column reads, accessors and summaries
of columns; its result stands for the data that it was made from.

Names that a supported version of pandas lacks are passed over. What is left out on purpose stands
in `_pandas_left_out`, with the reason.
"""

from __future__ import annotations

_FILL = "fillna ffill bfill pad backfill interpolate"
_CUMULATE = "cumsum cumprod cummax cummin"
_SUMMARISE = """sum mean median min max std var sem prod count nunique any all quantile skew kurt
    idxmax idxmin describe"""
_COMBINE = """add sub subtract mul multiply div divide truediv floordiv mod pow dot
    radd rsub rmul rdiv rtruediv rfloordiv rmod rpow eq ne lt le gt ge"""
_RESHAPE_NAMES = """drop filter rename rename_axis reindex reindex_like reset_index set_axis
    add_prefix add_suffix droplevel swaplevel reorder_levels"""
_TAKE_ROWS = """dropna drop_duplicates head tail sample nlargest nsmallest truncate xs take at_time
    between_time first last asof"""
_COMPUTE = f"""{_FILL} {_CUMULATE} replace astype where mask clip apply map transform sort_values
    sort_index explode round shift diff rank pct_change convert_dtypes combine combine_first
    unstack asfreq"""
_WRITE = """to_csv to_json to_excel to_hdf to_sql to_pickle to_string to_latex to_markdown
    to_clipboard"""
_GROUPED = f"{_SUMMARISE} agg aggregate size first last apply corr cov ohlc value_counts"
_GROUPED_ROWS = (
    f"{_CUMULATE} transform cumcount ngroup rank shift diff pct_change ffill bfill fillna"
)
_WINDOW = """sum mean median min max std var sem count nunique quantile skew kurt rank first last
    apply agg aggregate corr cov"""
_WEIGHTED_WINDOW = "sum mean std var agg aggregate"

# Functions of the pandas namespace by kind of operation.
FUNCTIONS: dict[str, str] = {
    "source": """read_csv read_table read_fwf read_parquet read_feather read_orc read_json read_xml
        read_html read_excel read_hdf read_sql read_sql_query read_sql_table read_pickle read_stata
        read_sas read_spss read_gbq read_iceberg read_clipboard json_normalize
        date_range bdate_range period_range timedelta_range interval_range""",
    "join": "merge merge_asof merge_ordered",
    "concatenation": "concat",
    "aggregation": "pivot_table crosstab",
    "transform": """get_dummies from_dummies cut qcut melt lreshape wide_to_long pivot to_datetime
        to_numeric to_timedelta factorize""",
    "sink": "to_pickle",
    "opaque": "eval",
}

# Methods by class and kind of operation. An inherited method is watched where it is defined.
METHODS: dict[str, dict[str, str]] = {
    "DataFrame": {
        "source": "from_dict from_records from_arrow",
        "selection": f"{_TAKE_ROWS} query",
        "projection": f"{_RESHAPE_NAMES} select select_dtypes set_index",
        "join": "merge join",
        "assignment": "assign insert isetitem update eval",
        "aggregation": "agg aggregate pivot_table value_counts corr cov",
        "transform": f"{_COMPUTE} applymap melt pivot stack transpose T swapaxes",
        "sink": f"""{_WRITE} to_parquet to_feather to_orc to_xml to_stata to_gbq to_iceberg
            to_html""",
    },
    "Series": {
        "selection": _TAKE_ROWS,
        "projection": _RESHAPE_NAMES,
        "assignment": "update",
        "aggregation": "value_counts",
        "transform": f"{_COMPUTE} case_when repeat factorize",
        "sink": _WRITE,
    },
    "core.groupby.generic.DataFrameGroupBy": {
        "aggregation": f"{_GROUPED} corrwith",
        "transform": _GROUPED_ROWS,
        "selection": "filter head tail sample take get_group",
    },
    "core.groupby.generic.SeriesGroupBy": {
        "aggregation": f"{_GROUPED} unique nlargest nsmallest",
        "transform": _GROUPED_ROWS,
        "selection": "filter head tail sample take get_group",
    },
    "core.resample.Resampler": {
        "aggregation": """sum mean median min max std var sem prod count size nunique quantile first
            last ohlc apply agg aggregate""",
        "transform": "transform ffill bfill nearest interpolate asfreq",
    },
    "core.window.rolling.Rolling": {"transform": _WINDOW},
    "core.window.rolling.Window": {"transform": _WEIGHTED_WINDOW},
    "core.window.expanding.Expanding": {"transform": _WINDOW},
    "core.window.ewm.ExponentialMovingWindow": {"transform": f"{_WEIGHTED_WINDOW} corr cov"},
    "core.groupby.indexing.GroupByNthSelector": {"selection": "__call__ __getitem__"},
    "io.parsers.readers.TextFileReader": {"source": "__next__ read get_chunk"},
    "io.json._json.JsonReader": {"source": "__next__ read"},
    "ExcelFile": {"source": "parse"},
    "HDFStore": {"source": "get select __getitem__", "sink": "put append __setitem__"},
}

# Classes of objects that stand for a file.
FILES = frozenset({"ExcelFile", "HDFStore"})

# Numbers that a column is reduced to. A metric logged with such a number has it for its input.
_REDUCE = """mean median sum std var sem min max prod product skew kurt kurtosis corr cov autocorr
    count"""

# Functions of the pandas namespace that only carry data on.
LINK_FUNCTIONS = "unique"

# Generators: what they yield is what they were given, in parts.
ITERATED: dict[str, str] = {
    "DataFrame": "items iterrows",
    "core.groupby.ops.BaseGrouper": "get_iterator",
    "core.window.rolling.BaseWindow": "__iter__",
}

_READ = """copy isna isnull notna notnull isin duplicated to_numpy values get squeeze abs align
    compare infer_objects set_flags tz_localize tz_convert to_period to_timestamp
    groupby rolling expanding ewm resample"""
_PROTOCOLS = """__getattr__ __array__ __array_ufunc__ __neg__ __pos__ __invert__ __abs__ __round__
    __copy__ __deepcopy__"""

# Calls that only carry data on.
LINKS: dict[str, str] = {
    "DataFrame": f"""{_READ} {_PROTOCOLS} {_SUMMARISE} {_COMBINE} product kurtosis mode corrwith
        to_records __matmul__ __rmatmul__ __divmod__ __rdivmod__""",
    "Series": f"""pop {_READ} {_PROTOCOLS} {_COMBINE} {_REDUCE} agg aggregate between
        quantile describe mode unique argsort searchsorted divmod rdivmod to_frame array
        __matmul__ __rmatmul__ __add__ __sub__ __mul__ __truediv__ __floordiv__ __mod__ __pow__
        __divmod__
        __radd__ __rsub__ __rmul__ __rtruediv__ __rfloordiv__ __rmod__ __rpow__ __rdivmod__
        __eq__ __ne__ __lt__ __le__ __gt__ __ge__
        __and__ __or__ __xor__ __rand__ __ror__ __rxor__""",
    "Index": "astype isin map to_frame to_series",
    "DatetimeIndex": "astype",
    "core.groupby.groupby.BaseGroupBy": "__iter__",
    "core.groupby.generic.DataFrameGroupBy": """__getitem__ __getattr__ rolling expanding ewm
        resample""",
    "core.base.SelectionMixin": "__getitem__",
    "core.window.rolling.BaseWindow": "__getattr__",
    "core.resample.Resampler": "__getattr__",
    # What gives a Series its .str, .dt and .cat, by its newer and its older name.
    "core.accessor.Accessor": "__get__",
    "core.series.CachedAccessor": "__get__",
    "core.strings.accessor.StringMethods": """__getitem__ capitalize casefold cat center contains
        count decode encode endswith extract extractall find findall fullmatch get get_dummies index
        isalnum isalpha isascii isdecimal isdigit islower isnumeric isspace istitle isupper join len
        ljust lower lstrip match normalize pad partition removeprefix removesuffix repeat replace
        rfind rindex rjust rpartition rsplit rstrip slice slice_replace split startswith strip
        swapcase title translate upper wrap zfill""",
    "core.indexes.accessors.DatetimeProperties": """as_unit ceil day_name floor isocalendar
        month_name normalize round strftime to_period to_pydatetime tz_convert tz_localize date day
        day_of_week day_of_year dayofweek dayofyear days_in_month daysinmonth hour is_leap_year
        is_month_end is_month_start is_quarter_end is_quarter_start is_year_end is_year_start
        microsecond minute month nanosecond quarter second time timetz weekday year""",
    "core.indexes.accessors.TimedeltaProperties": """as_unit ceil components days floor microseconds
        nanoseconds round seconds to_pytimedelta total_seconds""",
    "core.indexes.accessors.PeriodProperties": """asfreq day day_of_week day_of_year dayofweek
        dayofyear days_in_month daysinmonth end_time hour is_leap_year minute month quarter qyear
        second start_time strftime to_timestamp week weekday weekofyear year""",
    "core.arrays.arrow.accessors.ListAccessor": "__getitem__ flatten len",
    "core.arrays.arrow.accessors.StructAccessor": "explode field",
    "core.arrays.sparse.accessor.SparseAccessor": "to_coo to_dense",
    "core.arrays.sparse.accessor.SparseFrameAccessor": "to_coo to_dense",
    "core.arrays.categorical.CategoricalAccessor": """add_categories as_ordered as_unordered codes
        remove_categories remove_unused_categories rename_categories reorder_categories
        set_categories""",
}

# Operators that change a frame in place; a column that they change reads the other operand.
AUGMENTED = """__iadd__ __isub__ __imul__ __itruediv__ __ifloordiv__ __imod__ __ipow__ __iand__
    __ior__ __ixor__"""

# Methods that change their object when called with ``inplace=True``.
INPLACE = frozenset(
    """dropna drop_duplicates query drop rename reset_index set_index fillna ffill bfill pad
    backfill interpolate replace where mask clip sort_values sort_index eval rename_axis""".split()
)

# Methods that always change their object.
ALWAYS_INPLACE = frozenset("insert isetitem update".split())
