"""Many runs in one Parquet file: a tenth of the size of a file for each, and as much faster.

For collections of runs that are not added to. The columns are those of a run's own
file; the first row of each run bears the fields of the run as JSON, and the first row of all the
schemas that occur.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from lineage_stats.exceptions import TraceFileError
from lineage_stats.storage._arrow import build_array
from lineage_stats.storage._outlines import Outlines
from lineage_stats.storage._pack_rows import RUN, PackedRun, rows_of_whole_runs
from lineage_stats.storage._parquet import SCHEMA, operation_columns
from lineage_stats.storage._recovery import check_schema_version
from lineage_stats.trace import RUN_FIELDS, SCHEMA_VERSION, Trace

SCHEMAS: Final = "schemas"
_VERSION = b"lineage_stats.pack_schema_version"
_ABOUT = b"lineage_stats.pack"
_PACK = pa.schema([*SCHEMA, (RUN, pa.string()), (SCHEMAS, pa.string())])
_ROWS_AT_ONCE: Final = 1024  # a run of this package takes some 7 KB for each
_COLUMNS_AT_ONCE: Final = 2048  # as columns, some 2 KB


def write_pack(traces: Sequence[Trace], path: Path, about: Mapping[str, Any] | None = None) -> None:
    """Write runs to one file, the same bytes for the same runs.

    Parameters
    ----------
    traces : sequence of Trace
        The runs; each has at least one operation.
    path : Path
        The file.
    about : mapping of str to object, default=None
        What `read_about` is to return.

    Raises
    ------
    ValueError
        If a run has no operation.
    OSError
        If the file cannot be written.
    """
    if empty := [trace.run_id for trace in traces if not trace.operations]:
        raise ValueError(f"Runs without operations cannot be packed: {', '.join(empty)}.")
    operations = [op for trace in traces for op in trace]
    columns = operation_columns(operations)
    runs = build_array(list(_run_texts(traces)), pa.string())
    known = {digest: columns for trace in traces for digest, columns in trace.schemas.items()}
    texts = [json.dumps(known, sort_keys=True), *[None] * (len(operations) - 1)]
    metadata = {_VERSION: str(SCHEMA_VERSION).encode()}
    if about is not None:
        metadata[_ABOUT] = json.dumps(about, sort_keys=True).encode()
    table = pa.Table.from_arrays(
        [*columns, runs, build_array(texts[: len(operations)], pa.string())],
        schema=_PACK.with_metadata(metadata),
    )
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=False,  # a fifth smaller
        write_statistics=False,
        write_page_checksum=True,
        row_group_size=max(len(table), 1),
        data_page_size=1 << 26,  # what repeats from run to run must be seen together
    )


def read_pack(path: Path) -> list[Trace]:
    """Read the runs of a file that `write_pack` wrote, in its order.

    Raises
    ------
    TraceFileError
        If the file is not one of these, or damaged.
    SchemaVersionError
        If a newer version of the package wrote it.
    """
    return list(iter_pack(path))


def iter_pack(path: Path) -> Iterator[Trace]:
    """Read the same runs one after another; raises as `read_pack`, once it is asked for a run.

    A file takes what its columns do in Arrow's memory, and what `_ROWS_AT_ONCE` operations take.
    """
    return (run for run in iter_packed(path) if isinstance(run, Trace))


def iter_packed(path: Path, outlines: Outlines | None = None) -> Iterator[Trace | PackedRun]:
    """Read the same runs, those that have an outline as such; without outlines all as traces."""
    try:
        with pq.ParquetFile(path, pre_buffer=False, page_checksum_verification=True) as file:
            version = (file.schema_arrow.metadata or {}).get(_VERSION)
            if version is None:
                raise TraceFileError(
                    f"'{path}' is a Parquet file, but holds no runs of lineage_stats."
                )
            check_schema_version(path, int(version))
            at_once = _ROWS_AT_ONCE if outlines is None else _COLUMNS_AT_ONCE
            batches = file.iter_batches(batch_size=at_once, use_threads=False)
            yield from _runs(batches, outlines)
    except (TraceFileError, FileNotFoundError):
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise TraceFileError(f"'{path}' cannot be read as a file of runs: {error}") from error


def read_about(path: Path) -> Mapping[str, Any]:
    """Return what is said of the runs of a file, without reading them; raises as `read_pack`."""
    try:
        metadata = pq.read_schema(path).metadata or {}
        check_schema_version(path, int(metadata[_VERSION]))
        about: Mapping[str, Any] = json.loads(metadata.get(_ABOUT, b"{}"))
    except (TraceFileError, FileNotFoundError):
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise TraceFileError(f"'{path}' cannot be read as a file of runs: {error}") from error
    return about


def _run_texts(traces: Iterable[Trace]) -> Iterator[str | None]:
    for trace in traces:
        whole = trace.to_dict()
        run = {name: whole[name] for name, _ in RUN_FIELDS}
        head = {**run, "n_operations": len(trace), "schemas": sorted(trace.schemas)}
        yield json.dumps(head, sort_keys=True)
        yield from [None] * (len(trace) - 1)


def _runs(
    batches: Iterable[pa.RecordBatch], outlines: Outlines | None
) -> Iterator[Trace | PackedRun]:
    """Make runs of their operations, but those of a known outline."""
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        return
    texts = json.loads(first.column(SCHEMAS)[0].as_py())
    schemas = {k: tuple((n, d) for n, d in v) for k, v in texts.items()}
    for rows in rows_of_whole_runs(chain([first], batches)):
        for number, text in enumerate(rows.heads()):
            head = _head(json.loads(text), schemas)
            outline = None if outlines is None else outlines.find(rows, number)
            if outline is not None:
                yield PackedRun(head, outline, rows, number)
            else:
                yield replace(head, operations=rows.operations(number))


def _head(fields: dict[str, Any], schemas: Any) -> Trace:
    """Return a run without its operations."""
    del fields["n_operations"]
    own = {digest: schemas[digest] for digest in fields.pop("schemas")}
    problems = tuple(fields.pop("problems"))
    return Trace(schemas=own, problems=problems, **fields)
