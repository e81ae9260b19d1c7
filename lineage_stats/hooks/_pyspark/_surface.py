"""What programs can call in PySpark, and why some of it is not watched.

The reasons are: *column*, makes an expression, which the plan of the frame holds; *control*,
settings of a session, a job or a stream; *metadata*, looks at a frame or a catalog and returns no
data; *passes*, calls a function of the user's whose own calls are recorded; *streaming*, runs
without end.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from lineage_stats.hooks._provider import PublicName
from lineage_stats.hooks._pyspark._pandas_surface import pandas_names

_CLASSES = """pyspark.sql.DataFrame pyspark.sql.GroupedData pyspark.sql.DataFrameReader
    pyspark.sql.DataFrameWriter pyspark.sql.DataFrameWriterV2 pyspark.sql.DataFrameNaFunctions
    pyspark.sql.DataFrameStatFunctions pyspark.sql.SparkSession
    pyspark.ml.base.Estimator pyspark.ml.base.Transformer pyspark.ml.evaluation.Evaluator"""

_REASONS: dict[str, str] = {
    "column": "colRegex metadataColumn",
    "control": """active addArtifact addArtifacts addTag clearTags clearProgressHandlers conf
        getTags removeTag interruptAll interruptOperation interruptTag newSession profile
        registerProgressHandler removeProgressHandler stop getActiveSession builder Builder client
        udf udtf
        dataSource copyFromLocalToFs sparkContext streams copy extractParamMap getOrDefault
        getParam hasDefault hasParam isDefined isSet explainParam explainParams set clear
        fitMultiple isLargerBetter params schema format option options tvf addJar emptyDataFrame
        is_stopped loadTable""",
    "metadata": """columns dtypes schema explain printSchema inputFiles isLocal isStreaming
        storageLevel sparkSession sql_ctx executionInfo plot semanticHash sameSemantics version
        catalog read df uid""",
    "passes": "transform",
    "streaming": "readStream transformWithState transformWithStateInPandas",
}
_REASON_OF = {name: reason for reason, names in _REASONS.items() for name in names.split()}


def pyspark_names() -> Iterator[PublicName]:
    """Yield methods of PySpark's classes and names of pandas-on-Spark, as this version has them."""
    for path in _CLASSES.split():
        module, _, name = path.rpartition(".")
        cls = _classic(getattr(importlib.import_module(module), name))
        for method in sorted(dir(cls)):
            if not method.startswith("_"):
                yield PublicName(f"{name}.{method}", cls, method, _reason(name, method))
    yield from pandas_names()


def _classic(cls: Any) -> Any:
    """Return the class that programs really use: Spark 4 has a parent of two."""
    if cls.__module__ != "pyspark.sql.dataframe":
        return cls
    try:
        module = importlib.import_module("pyspark.sql.classic.dataframe")
    except ImportError:
        return cls
    return getattr(module, cls.__name__, cls)


def _reason(cls: str, method: str) -> str | None:
    if cls == "Transformer" and method == "transform":
        return None
    if cls == "DataFrameWriter" and method in ("format", "option", "options"):
        return None
    return _REASON_OF.get(method)
