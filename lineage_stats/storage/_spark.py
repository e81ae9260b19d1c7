"""Runs of a store for Spark: read by its workers, or as a data frame with one row per run.

The workers read the files, so they need this package and a folder that all of them see.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from lineage_stats._optional import import_optional
from lineage_stats.exceptions import NoTracesError, TraceFileError
from lineage_stats.storage._inventory import HOW_TO_RECORD, nothing_found
from lineage_stats.storage._selection import Moment, Selection, make_selection
from lineage_stats.storage._stored import Problem, StoredFile, read_outlined, stored_files
from lineage_stats.trace import DATA_REF_FIELDS, OPERATION_FIELDS, RUN_FIELDS, Trace

if TYPE_CHECKING:
    import pyarrow as pa

    from lineage_stats.storage._outlines import Outlines
    from lineage_stats.storage._pack_rows import PackedRun

_FILES_PER_TASK: Final = 100
_RUNS_PER_BATCH: Final = 64
_FILE_COLUMNS: Final = "path string, kind string, others array<string>"

_DDL: Final[Mapping[str, str]] = {
    "int64": "bigint",
    "bool": "boolean",
    "list<string>": "array<string>",
}
_LISTS_OF: Final = {"list<data_ref>": DATA_REF_FIELDS, "list<operation>": OPERATION_FIELDS}


class Reader(Protocol):
    """From the rows of a data frame to runs; it is sent to the workers."""

    def __call__(self, batch: pa.RecordBatch) -> Iterator[Trace | Problem]:
        """Read the runs of some rows."""


class OutlinedReader(Protocol):
    """The same, where runs of known outlines may stay columns."""

    def __call__(
        self, batch: pa.RecordBatch, outlines: Outlines
    ) -> Iterator[Trace | PackedRun | Problem]:
        """Read the runs of some rows."""


@dataclass(frozen=True)
class RunSource:
    """Where the workers of Spark find runs.

    Attributes
    ----------
    frame : pyspark.sql.DataFrame
        Rows, each with one run or more.
    read : Reader
        How to read them.
    read_outlined : OutlinedReader
        How to read them where runs may stay columns.
    """

    frame: Any
    read: Reader
    read_outlined: OutlinedReader


def scan_traces(
    path: str | os.PathLike[str] = "lineage_traces",
    *,
    spark: Any = None,
    pipeline: str | None = None,
    tags: Mapping[str, str] | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> Any:
    """Return recorded runs as a data frame of Spark, one row per run.

    Parameters
    ----------
    path : path-like, default="lineage_traces"
        Folder of a trace store, or the folder of one pipeline in it, on a file system that all
        workers see under this name.
    spark : pyspark.sql.SparkSession, default=None
        The session; None takes the active one, or starts one.
    pipeline : str, default=None
        Take only runs of this pipeline.
    tags : mapping of str to str, default=None
        Take only runs that bear all of these.
    since, until : datetime, date or str, default=None
        Take only runs that began in this time, as for `load_traces`.

    Returns
    -------
    pyspark.sql.DataFrame
        Columns ``run_id``, ``pipeline``, ``start_ns``, ``end_ns``, ``status``, ``complete``,
        ``tags``, ``environment``, ``problems``, ``schemas`` (JSON) and ``operations``, an array of
        structs with the fields of `Operation`. Nothing is read until an action is called. A
        file that cannot be read is a row without ``run_id`` that has the reason in ``problems``.

    Raises
    ------
    MissingDependencyError
        If PySpark is not installed.
    NoTracesError
        If the folder does not exist or holds no run.
    ValueError
        If a parameter is of the wrong kind.

    See Also
    --------
    load_traces : The same in the memory of this process.
    lineage_stats.detectors.BaseDetector.fit : Learns from such a frame.

    Examples
    --------
    >>> healthy = scan_traces("traces", tags={"status": "healthy"})  # doctest: +SKIP
    >>> healthy.selectExpr("run_id", "explode(operations) as op").groupBy(
    ...     "op.name").count().show()  # doctest: +SKIP
    """
    selection = make_selection(pipeline, tags, since, until)
    source = store_source(path, spark=spark, selection=selection)
    return source.frame.mapInArrow(partial(_to_rows, source.read), _row_columns())


def store_source(
    path: str | os.PathLike[str],
    *,
    spark: Any = None,
    selection: Selection | None = None,
    newest: int | None = None,
) -> RunSource:
    """Return a source of the runs of a store; parameters and errors are those of `scan_traces`.

    Of `newest`, an int, only so many of the latest runs are read.
    """
    sql = import_optional("pyspark.sql", extra="spark", purpose="The engine 'spark'")
    folder, chosen = Path(path).absolute(), selection or Selection()
    if not folder.is_dir():
        raise NoTracesError(f"No traces were found: '{folder}' is no folder. {HOW_TO_RECORD}")
    files = stored_files(folder, chosen, newest)
    if not (files or stored_files(folder, chosen.at_any_time(), newest=1)):
        raise NoTracesError(nothing_found(folder, chosen, {}))
    session = spark or sql.SparkSession.getActiveSession() or sql.SparkSession.builder.getOrCreate()
    frame = session.createDataFrame(files, _FILE_COLUMNS)
    n_tasks = -(-len(files) // _FILES_PER_TASK)
    return RunSource(
        frame.repartition(max(n_tasks, 2)),
        partial(_read_files, folder, chosen),
        partial(_read_outlined, folder, chosen),
    )


def frame_source(frame: Any) -> RunSource:
    """Return a source of the runs in a data frame as of `scan_traces`.

    Raises
    ------
    ValueError
        If columns are missing.
    """
    wanted = [name for name, _ in _row_fields()]
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise ValueError(
            f"The data frame has no column '{missing[0]}'. Runs on Spark are one row per run, with "
            f"the columns {', '.join(wanted)}: make them with scan_traces(path)."
        )
    return RunSource(frame.select(*wanted), _read_rows, _read_rows)


def _read_files(
    folder: Path, selection: Selection, batch: pa.RecordBatch
) -> Iterator[Trace | Problem]:
    for run in _read_outlined(folder, selection, batch):
        if isinstance(run, Trace | Problem):
            yield run


def _read_outlined(
    folder: Path, selection: Selection, batch: pa.RecordBatch, outlines: Outlines | None = None
) -> Iterator[Trace | PackedRun | Problem]:
    for row in batch.to_pylist():
        try:
            yield from read_outlined(StoredFile(**row), folder, selection, outlines)
        except (TraceFileError, OSError) as error:
            yield Problem(row["path"], str(error))


# -- one row per run ------------------------------------------------------------------------------


def _row_fields() -> tuple[tuple[str, str], ...]:
    return (*RUN_FIELDS, ("schemas", "string"), ("operations", "list<operation>"))


def _row_columns() -> str:
    """Return the columns of the frame in the language of Spark."""

    def struct(fields: Iterable[tuple[str, str]]) -> str:
        return f"struct<{', '.join(f'`{name}`: {ddl(kind)}' for name, kind in fields)}>"

    def ddl(kind: str) -> str:
        if kind in _LISTS_OF:
            return f"array<{struct(_LISTS_OF[kind])}>"
        return _DDL.get(kind, kind)

    return ", ".join(f"`{name}` {ddl(kind)}" for name, kind in _row_fields())


def _to_rows(read: Reader, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    waiting: list[dict[str, Any]] = []
    for batch in batches:
        for found in read(batch):
            waiting.append(_row_of(found))
            if len(waiting) == _RUNS_PER_BATCH:
                yield _batch_of(waiting)
                waiting = []
    if waiting:
        yield _batch_of(waiting)


def _row_of(found: Trace | Problem) -> dict[str, Any]:
    if isinstance(found, Problem):
        nothing: dict[str, Any] = dict.fromkeys(name for name, _ in RUN_FIELDS)
        told = {"tags": {}, "environment": {}, "problems": [found.text], "operations": []}
        return nothing | told | {"schemas": "{}"}
    row = found.to_dict()
    return row | {"schemas": json.dumps(row["schemas"])}


def _batch_of(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    import pyarrow as pa

    from lineage_stats.storage._arrow import build_array
    from lineage_stats.storage._parquet import SCHEMA

    types = {
        "string": pa.string(), "int64": pa.int64(), "list<string>": pa.list_(pa.string()),
        "map<string,string>": pa.map_(pa.string(), pa.string()),
        "list<operation>": pa.list_(pa.struct(list(SCHEMA))),
    }  # fmt: skip
    columns = {}
    for name, kind in _row_fields():
        values = [row[name] for row in rows]
        flag = kind == "bool"
        columns[name] = pa.array(values, pa.bool_()) if flag else build_array(values, types[kind])
    return pa.RecordBatch.from_pydict(columns)


def _read_rows(
    batch: pa.RecordBatch, outlines: Outlines | None = None
) -> Iterator[Trace | Problem]:
    import pyarrow as pa

    from lineage_stats.storage._parquet import operations_in

    lists = batch.column("operations")
    structs, bounds = lists.values, list(pairwise(lists.offsets.to_pylist()))
    names = [field.name for field in structs.type]
    for row, (begin, end) in zip(
        batch.drop_columns("operations").to_pylist(maps_as_pydicts="strict"), bounds, strict=True
    ):
        if row["run_id"] is None:
            yield Problem("", "; ".join(row["problems"]))
            continue
        table = pa.Table.from_arrays(structs.slice(begin, end - begin).flatten(), names=names)
        schemas = json.loads(row.pop("schemas"))
        yield Trace(
            **(row | {"problems": tuple(row["problems"])}),
            operations=tuple(operations_in(table)),
            schemas={k: tuple((n, d) for n, d in v) for k, v in schemas.items()},
        )
