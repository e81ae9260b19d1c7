"""Reading the journal of a run, however it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lineage_stats.exceptions import SchemaVersionError, TraceFileError
from lineage_stats.storage._process import is_gone
from lineage_stats.trace import SCHEMA_VERSION, Operation, Trace, TraceBuilder


def read_journal(path: Path) -> Trace:
    """Return the run that a journal holds, whether it was finished or not.

    Parameters
    ----------
    path : Path
        The file. A last line without an end is ignored; any other line that cannot be read is
        left out and named in `Trace.problems`.

    Returns
    -------
    Trace
        Status "running" and not complete, unless the journal was finished; "killed" where the
        process that wrote it is gone.

    Raises
    ------
    TraceFileError
        If the record of the run is missing, or holds what it cannot hold.
    SchemaVersionError
        If a newer version of the package wrote it.
    """
    content = path.read_bytes()
    trace, process = _read(path, content)
    if trace.status != "running" or not is_gone(process):
        return trace
    latest = path.read_bytes()  # it may have finished before it went
    if latest != content:
        trace, _ = _read(path, latest)
    if trace.status != "running":
        return trace
    problems = (*trace.problems, "the process is gone and left no end of the run")
    return replace(trace, status="killed", problems=problems)


def is_left(path: Path) -> bool:
    """Return whether the process that wrote a journal has certainly ended."""
    return is_gone(_read(path, path.read_bytes())[1])


def _read(path: Path, content: bytes) -> tuple[Trace, Mapping[str, str]]:
    """Return the run that a journal of this content holds, and the process that wrote it."""
    lines = content.split(b"\n")[:-1]
    run = _record(lines[0]) if lines else None
    if run is None or run.get("t") != "run" or not {"run_id", "pipeline", "start_ns"} <= set(run):
        raise TraceFileError(f"'{path}' does not begin with the record of a run. Remove the file.")
    check_schema_version(path, run.get("schema_version", 1))
    process = run.pop("process", None)
    builder = TraceBuilder(run)
    end: dict[str, Any] | None = None
    damaged: list[str] = []
    for number, line in enumerate(lines[1:], start=2):
        record = _record(line)
        if record is not None and record.get("t") == "end":
            end = record
        elif record is None or not _add(builder, record):
            damaged.append(f"line {number} of the journal cannot be read")
    if end is not None:
        builder.finish(end)
    try:
        trace = builder.build()
    except (TypeError, ValueError) as error:
        raise TraceFileError(f"'{path}' is not a readable trace: {error}") from error
    if damaged:
        trace = replace(trace, complete=False, problems=(*trace.problems, *damaged))
    return trace, process if isinstance(process, dict) else {}


def check_schema_version(path: Path, version: object) -> None:
    """Raise `SchemaVersionError` if this version of the package cannot read that schema."""
    if not isinstance(version, int):
        raise TraceFileError(f"'{path}' is not a readable trace: schema version {version!r}.")
    if version > SCHEMA_VERSION:
        raise SchemaVersionError(
            f"'{path}' has schema version {version}; this version of lineage_stats reads up to "
            f"{SCHEMA_VERSION}. Please upgrade lineage_stats: pip install -U lineage-stats"
        )


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _add(builder: TraceBuilder, record: Mapping[str, Any]) -> bool:
    """Hand a record to the builder; return whether it made sense."""
    try:
        if record["t"] == "op":
            builder.add(Operation.from_dict(record))
        elif record["t"] == "schema":
            builder.add_schema(record["digest"], record["columns"])
        elif record["t"] == "drop":
            builder.drop(record["keys"])
        elif record["t"] == "note":
            builder.note(record["environment"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return True
