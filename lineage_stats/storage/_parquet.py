"""One run as one Parquet file: operations as rows, the run itself in the footer.

This module loads pyarrow and NumPy; the others of the package import it only when a file is
read or written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from lineage_stats.exceptions import TraceFileError
from lineage_stats.storage._arrow import build_array
from lineage_stats.storage._recovery import check_schema_version
from lineage_stats.trace import (
    DATA_REF_FIELDS,
    OPERATION_FIELDS,
    RUN_FIELDS,
    SCHEMA_VERSION,
    DataRef,
    Operation,
    Trace,
)

if TYPE_CHECKING:
    from lineage_stats.trace import TraceSet

_PREFIX = "lineage_stats."

_SCALARS = {"string": pa.string(), "int64": pa.int64(), "double": pa.float64()}
_DATA_REF = pa.struct([(name, _SCALARS[kind]) for name, kind in DATA_REF_FIELDS])
_TYPES = {
    **_SCALARS,
    "list<data_ref>": pa.list_(_DATA_REF),
    "map<string,double>": pa.map_(pa.string(), pa.float64()),
    "map<string,string>": pa.map_(pa.string(), pa.string()),
}
SCHEMA = pa.schema([(name, _TYPES[kind]) for name, kind in OPERATION_FIELDS])

Run = Mapping[str, Any]


def write_parquet(trace: Trace, path: Path) -> None:
    """Write a trace to a file that appears at once and whole.

    Parameters
    ----------
    trace : Trace
        The run.
    path : Path
        The file; its folder must exist.

    Raises
    ------
    OSError
        If the file cannot be written; none is left behind.
    """
    table = _table(trace)
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        use_dictionary=False,  # smaller and a third faster for runs of usual size
        write_statistics=False,
        write_page_checksum=True,
    )
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(sink.getvalue())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


def read_parquet(
    path: Path,
    takes: Callable[[Run], bool] = lambda _: True,
    history: Callable[[Run], Callable[[], TraceSet]] | None = None,
) -> Trace | None:
    """Read a file that `write_parquet` wrote.

    Parameters
    ----------
    path : Path
        The file.
    takes : callable, default=all
        Given the fields of the run, whether it is wanted. Nothing but the footer of a run that
        is not wanted is read.
    history : callable, default=None
        Given the fields of the run, what becomes its `Trace.history`.

    Returns
    -------
    Trace or None
        The run; None if it is not wanted.

    Raises
    ------
    TraceFileError
        If the file is not a readable trace.
    SchemaVersionError
        If a newer version of the package wrote it.
    """
    try:
        with pq.ParquetFile(
            path, pre_buffer=False, memory_map=False, page_checksum_verification=True
        ) as file:
            footer = file.schema_arrow.metadata or {}
            run = _run(path, footer)
            if not takes(run):
                return None
            schemas = json.loads(footer.get(f"{_PREFIX}schemas".encode(), b"{}"))
            table = file.read(use_threads=False)
            return Trace(
                run_id=run["run_id"],
                pipeline=run["pipeline"],
                operations=tuple(operations_in(table)),
                start_ns=run["start_ns"],
                end_ns=run["end_ns"],
                status=run["status"],
                complete=run["complete"],
                tags=run["tags"],
                environment=run["environment"],
                schemas={k: tuple((n, d) for n, d in v) for k, v in schemas.items()},
                problems=tuple(run["problems"]),
                history=history(run) if history else None,
            )
    except TraceFileError:
        raise
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TraceFileError(f"'{path}' is not a readable trace: {error}") from error


def read_run(path: Path) -> Run:
    """Return the fields of the run from the footer alone; raises as `read_parquet`."""
    found: list[Run] = []

    def look(run: Run) -> bool:
        found.append(run)
        return False

    read_parquet(path, look)
    return found[0]


def _table(trace: Trace) -> pa.Table:
    run = replace(trace, operations=()).to_dict()
    footer = {
        "schema_version": SCHEMA_VERSION,
        "run": {name: run[name] for name, _ in RUN_FIELDS},
        "metrics": dict(trace.metrics),
        "schemas": run["schemas"],
    }
    metadata = {f"{_PREFIX}{name}": json.dumps(value) for name, value in footer.items()}
    return pa.Table.from_arrays(
        operation_columns(trace.operations), schema=SCHEMA.with_metadata(metadata)
    )


def operation_columns(operations: Sequence[Operation]) -> list[pa.Array]:
    """Return for each field of `SCHEMA` what the operations have there."""
    return [build_array(_column(operations, field.name), field.type) for field in SCHEMA]


def _column(operations: Sequence[Operation], name: str) -> list[Any]:
    values = list(map(attrgetter(name), operations))
    if name in ("inputs", "outputs"):
        return [[ref.to_dict() for ref in refs] for refs in values]
    return values


def _run(path: Path, footer: Mapping[bytes, bytes]) -> Run:
    version = footer.get(f"{_PREFIX}schema_version".encode())
    record = footer.get(f"{_PREFIX}run".encode())
    if version is None or record is None:
        raise TraceFileError(f"'{path}' is a Parquet file, but not a trace of lineage_stats.")
    check_schema_version(path, int(version))
    run: dict[str, Any] = json.loads(record)
    return {**_RUN_DEFAULTS, **run}


_RUN_DEFAULTS: Run = {
    "end_ns": 0,
    "status": "ok",
    "complete": True,
    "tags": {},
    "environment": {},
    "problems": [],
}


Read = Callable[[str, pa.Array], list[Any]]


def plain_values(_: str, array: pa.Array) -> list[Any]:
    """Return the values of an array without lists as Python objects."""
    return _flat(array)


def operations_in(
    rows: pa.Table | pa.RecordBatch, read: Read = plain_values
) -> Iterator[Operation]:
    """Make operations from whole columns: a row at a time would be ten times slower.

    Parameters
    ----------
    rows : Table or RecordBatch
        One row for each operation; columns that the schema does not have are passed over.
    read : callable, default=plain_values
        Given the name of a column, as ``features.key``, and what it has, returns objects.
    """
    have = [(name, kind) for name, kind in OPERATION_FIELDS if name in rows.schema.names]
    columns = [_values(name, rows.column(name), kind, read) for name, kind in have]
    names = [name for name, _ in have]
    for row in zip(*columns, strict=True):
        yield Operation(**dict(zip(names, row, strict=True)))


def _values(name: str, array: pa.Array | pa.ChunkedArray, kind: str, read: Read) -> list[Any]:
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if kind.startswith("map"):
        keys = read(f"{name}.key", _within(array, array.keys))
        items = read(f"{name}.value", _within(array, array.items))
        return [dict(zip(keys[i:j], items[i:j], strict=True)) for i, j in _bounds(array)]
    if kind == "list<data_ref>":
        refs = _data_refs(name, _within(array, array.values), read)
        return [tuple(refs[i:j]) for i, j in _bounds(array)]
    return read(name, array)


def _bounds(array: pa.Array) -> Iterable[tuple[int, int]]:
    offsets = array.offsets.to_pylist()
    return pairwise([offset - offsets[0] for offset in offsets])


def _within(array: pa.Array, values: pa.Array) -> pa.Array:
    """Return that part of the values of lists that belongs to these."""
    first, last = array.offsets[0].as_py(), array.offsets[-1].as_py()
    return values.slice(first, last - first)


def _flat(array: pa.Array) -> list[Any]:
    if pa.types.is_float64(array.type) and array.null_count == 0 and len(array):
        # Array.to_numpy would import pandas.
        first, last = 8 * array.offset, 8 * (array.offset + len(array))
        return memoryview(array.buffers()[1])[first:last].cast("d").tolist()
    if pa.types.is_string(array.type) and len(array) > 256:
        codes = array.dictionary_encode()
        words = codes.dictionary.to_pylist()
        return [None if i is None else words[i] for i in codes.indices.to_pylist()]
    return list(array.to_pylist())


def _data_refs(name: str, array: pa.Array, read: Read) -> list[DataRef]:
    fields = {f.name: read(f"{name}.{f.name}", array.field(f.name)) for f in array.type}
    known = [name for name, _ in DATA_REF_FIELDS if name in fields]
    rows = zip(*(fields[name] for name in known), strict=True)
    return [DataRef(**dict(zip(known, row, strict=True))) for row in rows]
