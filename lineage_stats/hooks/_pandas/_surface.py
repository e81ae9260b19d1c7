"""What programs can call in pandas, and why some of it is not watched.

Together with `_pandas_targets` this names every public function of pandas and every public method
of its frames, series, groupings, windows, indexers and accessors. What a new version of pandas
adds shows in ``lineage-stats doctor``, and fails a test.

The reasons are: *accessor*, what is behind it is watched instead; *compares*; *control*, options
and what makes types and masks without data; *draws*; *leaves*, turns data into Python objects,
which cannot be followed; *metadata*, looks at data and returns none; *retired*, gone from newer
versions; *same*, returns its own object; *scalar*, reads or returns one value; *steps*, runs
functions of the user whose calls are watched.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from lineage_stats.hooks._provider import PublicName

# Classes by the name that they are shown under.
CLASSES: dict[str, str] = {
    "DataFrame": "DataFrame",
    "Series": "Series",
    "DataFrameGroupBy": "core.groupby.generic.DataFrameGroupBy",
    "SeriesGroupBy": "core.groupby.generic.SeriesGroupBy",
    "Resampler": "core.resample.Resampler",
    "Rolling": "core.window.rolling.Rolling",
    "Window": "core.window.rolling.Window",
    "Expanding": "core.window.expanding.Expanding",
    "ExponentialMovingWindow": "core.window.ewm.ExponentialMovingWindow",
    ".loc": "core.indexing._LocIndexer",
    ".iloc": "core.indexing._iLocIndexer",
    ".at": "core.indexing._AtIndexer",
    ".iat": "core.indexing._iAtIndexer",
    ".str": "core.strings.accessor.StringMethods",
    ".cat": "core.arrays.categorical.CategoricalAccessor",
    ".dt": "core.indexes.accessors.DatetimeProperties",
    ".dt (durations)": "core.indexes.accessors.TimedeltaProperties",
    ".dt (periods)": "core.indexes.accessors.PeriodProperties",
    ".list": "core.arrays.arrow.accessors.ListAccessor",
    ".struct": "core.arrays.arrow.accessors.StructAccessor",
    ".sparse": "core.arrays.sparse.accessor.SparseAccessor",
    ".sparse (frames)": "core.arrays.sparse.accessor.SparseFrameAccessor",
}

# What is written as an operator, an index or a loop.
_SYNTAX = """__getitem__ __setitem__ __delitem__ __setattr__ __getattr__ __iter__ __array__
    __array_ufunc__ __copy__ __deepcopy__ __abs__ __invert__ __neg__ __pos__ __round__
    __add__ __sub__ __mul__ __truediv__ __floordiv__ __mod__ __pow__ __matmul__ __divmod__
    __radd__ __rsub__ __rmul__ __rtruediv__ __rfloordiv__ __rmod__ __rpow__ __rmatmul__
    __rdivmod__ __iadd__ __isub__ __imul__ __itruediv__ __ifloordiv__ __imod__ __ipow__
    __and__ __or__ __xor__ __rand__ __ror__ __rxor__ __iand__ __ior__ __ixor__
    __eq__ __ne__ __lt__ __le__ __gt__ __ge__""".split()

_REASONS: dict[str, str] = {
    "accessor": "at cat dt iat iloc list loc nth sparse str struct",
    "compares": "equals",
    "control": "from_spmatrix from_coo online",
    "draws": "boxplot hist plot style",
    "leaves": "to_dict to_list tolist to_xarray itertuples",
    "metadata": """attrs axes columns dtype dtypes empty flags hasnans index info is_unique keys
        is_monotonic_decreasing is_monotonic_increasing memory_usage name nbytes ndim shape size
        first_valid_index last_valid_index exclusions groups indices level ngroups freq tz unit
        categories ordered density fill_value npoints sp_values kind obj axis""",
    "retired": "bool first last grouper ravel swapaxes view fillna value_counts pad backfill",
    "scalar": "item",
    "steps": "pipe",
}

# Only in one class, or among the functions.
_REASONS_IN: dict[str, dict[str, str]] = {
    "": {
        "control": """array col describe_option get_option infer_freq option_context reset_option
            set_eng_float_format set_option show_versions test""",
        "scalar": "isna isnull notna notnull",
        "retired": "value_counts",
    },
    "DataFrame": {"metadata": "__iter__ sparse"},
    "Series": {
        "leaves": "__iter__ items",
        "same": "T transpose",
        "scalar": "all any argmax argmin idxmax idxmin nunique",
        "control": "from_arrow",
    },
    ".at": {"scalar": "__getitem__"},
    ".iat": {"scalar": "__getitem__"},
    ".str": {"leaves": "__iter__"},
    ".list": {"leaves": "__iter__"},
}


def pandas_names(pandas: ModuleType) -> Iterator[PublicName]:
    """Yield functions, methods and operators of pandas, as far as this version has them."""
    for name, value in sorted(vars(pandas).items()):
        if isinstance(value, FunctionType) and not name.startswith("_"):
            yield PublicName(name, pandas, name, reason_of("", name))
    for shown, path in CLASSES.items():
        cls = _find(pandas, path)
        for name in sorted(dir(cls)) if cls is not None else ():
            if _is_own(cls, name) if name in _SYNTAX else not name.startswith("_"):
                yield PublicName(f"{shown}.{name}", cls, name, reason_of(shown, name))


def _find(pandas: ModuleType, path: str) -> Any:
    owner: Any = pandas
    for part in path.split("."):
        owner = getattr(owner, part, None)
    return owner


def _is_own(cls: type, name: str) -> bool:
    """Return whether pandas defines it, and not ``object`` or a base that has nothing to say."""
    return any(
        name in vars(base) and vars(base)[name] is not None
        for base in cls.__mro__
        if base.__module__.partition(".")[0] == "pandas"
        and (base.__name__ not in ("PandasObject", "DirNamesMixin", "NoNewAttributesMixin"))
    )


def reason_of(shown: str, name: str) -> str | None:
    """Return why something is not watched; None where there is no reason."""
    for table in (_REASONS_IN.get(shown, {}), _REASONS if shown else {}):
        for reason, names in table.items():
            if name in names.split():
                return reason
    return None
