"""What a run read from outside and what it left there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from lineage_stats.trace import DataRef, Operation, Trace

_MADE_IN_MEMORY = frozenset({"DataFrame", "Series"})


class ExternalData(NamedTuple):
    """Data outside of a run.

    Attributes
    ----------
    namespace, name : str
        What it is called, by OpenLineage's conventions.
    operation : Operation
        What read or wrote it.
    ref : DataRef or None
        The data inside of the run.
    digest : str
        Of the content, else of what is known of it; ``""`` where nothing is.
    size : int or None
        Bytes, where that is known.
    """

    namespace: str
    name: str
    operation: Operation
    ref: DataRef | None
    digest: str
    size: int | None


def data_read(trace: Trace) -> list[ExternalData]:
    """Return what the sources of a run read."""
    sources = (op for op in trace if op.kind == "source" and op.status == "ok")
    return [
        _external(trace, op, next(iter(op.outputs), None))
        for op in sources
        if "file[path]" in op.facts or (not op.inputs and op.name not in _MADE_IN_MEMORY)
    ]


def data_written(trace: Trace) -> list[ExternalData]:
    """Return what the sinks of a run wrote."""
    sinks = (op for op in trace if op.kind == "sink" and op.status == "ok")
    return [_external(trace, op, next(iter(op.inputs), None)) for op in sinks]


def column_names(trace: Trace, data: ExternalData) -> Iterator[tuple[str, str]]:
    """Yield name and type of each column."""
    if data.ref is not None:
        yield from trace.columns(data.ref)


def _external(trace: Trace, op: Operation, ref: DataRef | None) -> ExternalData:
    path = op.facts.get("file[path]", "")
    namespace, name = _named(path) if path else ("", f"{trace.pipeline}/{op.key}")
    size = op.facts.get("file[size]", "")
    digest = op.facts.get("file[digest]", "").partition(":")[2]
    return ExternalData(
        namespace, name, op, ref, digest, int(size) if size.isascii() and size.isdigit() else None
    )


def _named(path: str) -> tuple[str, str]:
    """Return namespace and name of a file: that of a store of objects has a host."""
    parts = urlsplit(path)
    if parts.netloc and len(parts.scheme) > 1:
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}", parts.path.lstrip("/") or "/"
    return "file", path
