"""What programs can call in pandas-on-Spark, and why some of it is not watched.

The reasons are those of pandas, and beside them: *column*, makes an expression of Spark; *view*,
what it yields stands for its frame without being watched.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from types import FunctionType

from lineage_stats.hooks._pandas._surface import reason_of
from lineage_stats.hooks._provider import PublicName
from lineage_stats.hooks._pyspark import _pandas_names as names

# Beside those that pandas has for the class of the same name.
_REASONS: dict[str, str] = {
    "accessor": "koalas pandas_on_spark spark",
    "column": "column get_make_interval",
    "control": """get_option option_context reset_option set_option unpersist
        require_minimum_pandas_version require_minimum_pyarrow_version""",
    "draws": "kde",
    "leaves": "iterrows",
    "metadata": """explain print_schema schema data_type nullable storage_level has_duplicates
        holds_integer identical indexer_at_time indexer_between_time inferred_type is_boolean
        is_categorical is_floating is_integer is_interval is_numeric is_object names nlevels
        get_dtype_counts is_monotonic is_all_dates is_type_compatible""",
    "retired": "sort",
    "same": "T transpose",
    "scalar": "all any argmax argmin nunique",
    "view": "items iteritems",
}
_REASON_OF = {name: reason for reason, listed in _REASONS.items() for name in listed.split()}


def pandas_names() -> Iterator[PublicName]:
    """Yield functions and methods of pandas-on-Spark, where it can be imported."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the program's settings, which are not ours
            package = importlib.import_module(names.PACKAGE)
    except ImportError:  # not with this version of pandas
        return
    for name, value in sorted(vars(package).items()):
        if isinstance(value, FunctionType) and not name.startswith("_"):
            yield PublicName(f"pandas.{name}", package, name, _reason("", name))
    for path in dict.fromkeys((*names.CLASSES, *names.METHODS)):
        module, _, shown = path.rpartition(".")
        cls = getattr(importlib.import_module(f"{names.PACKAGE}.{module}"), shown)
        for name in sorted(dir(cls)):
            if not name.startswith("_"):
                yield PublicName(f"pandas.{shown}.{name}", cls, name, _reason(shown, name))


def _reason(shown: str, name: str) -> str | None:
    return reason_of(shown, name) or _REASON_OF.get(name)
