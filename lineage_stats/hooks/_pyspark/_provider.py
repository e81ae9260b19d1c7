"""The provider for PySpark: frames, SQL, readers and writers, actions, and pyspark.ml."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

from lineage_stats.features import DataShape
from lineage_stats.hooks._provider import (
    IGNORE,
    Call,
    HookProvider,
    OperationSpec,
    PublicName,
    Target,
)
from lineage_stats.hooks._pyspark import _pandas_names as on_spark
from lineage_stats.hooks._pyspark import _targets as names
from lineage_stats.hooks._pyspark._pandas_targets import pandas_targets
from lineage_stats.hooks._pyspark._pandas_views import DATA_TYPES

_GROUPING = DataShape("grouping")
_MODEL = DataShape("model")
_OPAQUE = DataShape("opaque")

Describe = Callable[[Call], OperationSpec | None]


def _late(name: str) -> Describe:
    """Return a function of `_describe`, which is loaded when Spark is used."""

    def describe(call: Call) -> OperationSpec | None:
        from lineage_stats.hooks._pyspark import _describe

        found: OperationSpec | None = getattr(_describe, name)(call)
        return _describe.failure(call, found) if call.failed else found

    return describe


class PysparkProvider(HookProvider):
    """Watches what programs do with Spark, without one job of its own."""

    name = "pyspark"
    library = "pyspark"
    requires = ">=3.5"
    optional_modules = names.OPTIONAL_MODULES | on_spark.MODULES
    frame_sensitive = ("pyspark.errors.utils", "pyspark.pandas.sql_processor")
    data_types = MappingProxyType(
        {
            **DATA_TYPES,
            "GroupedData": lambda grouping: _GROUPING,
            "PandasCogroupedOps": lambda grouping: _GROUPING,
            "DataFrameWriter": lambda writer: _OPAQUE,
            "DataFrameWriterV2": lambda writer: _OPAQUE,
            "DataFrameNaFunctions": lambda functions: _OPAQUE,
            "DataFrameStatFunctions": lambda functions: _OPAQUE,
            "RDD": lambda rdd: _OPAQUE,
            "Estimator": lambda model: _MODEL,
            "Transformer": lambda model: _MODEL,
        }
    )

    def targets(self) -> Iterator[Target]:
        """Yield what is watched."""
        for module in names.FRAME_MODULES:
            yield from _frame_targets(module)
        for module in names.GROUP_MODULES:
            yield from _each(module, "GroupedData", names.GROUPED, "transformation")
            yield from _links(module, "GroupedData", names.GROUP_LINKS)
        for module in names.COGROUP_MODULES:
            yield from _each(
                module, "PandasCogroupedOps", {"join": "applyInPandas applyInArrow"},
                "transformation",
            )  # fmt: skip
        for module in names.FRAME_MODULES:
            yield from _each(module, "DataFrameNaFunctions", names.NA_FUNCTIONS, "transformation")
            yield from _each(
                module, "DataFrameStatFunctions", names.STAT_FUNCTIONS, "transformation"
            )
            yield from _each(
                module, "DataFrameStatFunctions", {"aggregation": names.STAT_ACTIONS}, "action"
            )
        for module in names.WRITER_MODULES:
            yield from _reader_and_writer(module)
        for module in names.SESSION_MODULES:
            yield from _each(module, "SparkSession", {"source": names.SESSION_SOURCES}, "query")
            yield from _each(module, "SparkSession", {"source": "createDataFrame"}, "hand_in")
        yield from _arrow_targets()
        yield from _rdd_targets()
        yield from _model_targets()
        yield from pandas_targets()

    def let_go(self) -> None:
        """Keep no frame and no plan of Spark alive."""
        # Spark was not used where this was not loaded.
        if (book := sys.modules.get("lineage_stats.hooks._pyspark._book")) is not None:
            book.BOOK.let_go()

    def public_names(self) -> Iterator[PublicName]:
        """Yield what programs call in PySpark; its modules are imported for it."""
        from lineage_stats.hooks._pyspark._surface import pyspark_names

        return pyspark_names()


def _each(
    module: str, cls: str, kinds: dict[str, str], describe: str, **more: Any
) -> Iterator[Target]:
    described = _late(describe)
    for kind, methods in kinds.items():
        for method in methods.split():
            yield Target(module, f"{cls}.{method}", kind, describe=described, **more)


def _links(module: str, cls: str, methods: str) -> Iterator[Target]:
    for method in methods.split():
        yield Target(module, f"{cls}.{method}", link=True)


def _frame_targets(module: str) -> Iterator[Target]:
    yield from _each(module, "DataFrame", names.TRANSFORMATIONS, "transformation")
    yield from _each(module, "DataFrame", {"selection": names.CHOICE}, "choice")
    yield from _each(module, "DataFrame", {"split": names.SPLITS}, "split")
    yield from _each(module, "DataFrame", {"sink": names.ACTIONS}, "action")
    yield from _each(module, "DataFrame", {"transform": names.HAND_OVERS}, "hand_over")
    yield from _each(module, "DataFrame", {"sink": names.VIEWS}, "view", link=True)
    yield from _links(module, "DataFrame", names.FRAME_LINKS)


def _reader_and_writer(module: str) -> Iterator[Target]:
    yield from _each(module, "DataFrameReader", {"source": names.READER}, "read")
    yield from _each(module, "DataFrameWriter", {"sink": names.WRITER}, "write")
    yield from _links(module, "DataFrameWriter", names.WRITER_LINKS)
    yield from _each(module, "DataFrameWriterV2", {"sink": names.WRITER_V2}, "write")
    yield from _links(module, "DataFrameWriterV2", names.WRITER_V2_LINKS)


def _arrow_targets() -> Iterator[Target]:
    for function, describe in names.ARROW_FUNCTIONS.items():
        said = _with_spark(_late(describe))
        # As a link, a conversion that fails leaves nothing: programs try whether one works.
        yield Target(names.ARROW_MODULE, function, "transform", describe=said, link=True)


def _with_spark(describe: Describe) -> Describe:
    """Return a description that takes calls for nothing where Spark is not used."""
    return lambda call: describe(call) if "pyspark.sql" in sys.modules else IGNORE


def _rdd_targets() -> Iterator[Target]:
    for module in names.RDD_MODULES:
        yield from _links(module, "RDD", names.RDD_LINKS)
        yield from _each(module, "RDD", {"sink": names.RDD_ACTIONS}, "rdd_action")
        yield from _each(module, "RDD", {"sink": names.RDD_SINKS}, "rdd_action")


def _model_targets() -> Iterator[Target]:
    base = "pyspark.ml.base"
    yield Target(base, "Estimator.fit", "fit", describe=_late("fit"))
    yield Target(base, "Transformer.transform", "predict", describe=_late("transform"))
    yield Target("pyspark.ml.evaluation", "Evaluator.evaluate", "metric", describe=_late("metric"))
    for writer in names.MODEL_WRITERS:
        yield Target("pyspark.ml.util", f"{writer}.save", "sink", describe=_late("save_model"))
    for module, readers in names.MODEL_READERS.items():
        for reader in readers.split():
            yield Target(module, f"{reader}.load", "source", describe=_late("load_model"))
