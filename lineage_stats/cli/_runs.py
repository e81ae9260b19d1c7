"""``lineage-stats runs``: which runs there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from lineage_stats.cli._console import emit_json, working
from lineage_stats.cli._options import (
    DirectoryArgument,
    JsonOption,
    PipelineOption,
    SameDirectoryOption,
    TagOption,
    directory_of,
    tags_of,
)
from lineage_stats.cli._table import Column, print_table

if TYPE_CHECKING:
    from lineage_stats.trace import Trace


COLUMNS = (
    Column("run"),
    Column("pipeline", leaves=4),
    Column("start (UTC)", leaves=3),
    Column("status", leaves=2),
    Column("operations", right=True, leaves=6),
    Column("seconds", right=True, leaves=7),
    Column("metrics", leaves=1),
    Column("tags", leaves=5),
)


def runs(
    directory: DirectoryArgument = None,
    pipeline: PipelineOption = None,
    tag: TagOption = None,
    same_directory: SameDirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """List recorded runs, oldest first."""
    from lineage_stats.storage import load_traces

    directory = directory_of(directory, same_directory)
    with working(f"Reading runs in {directory}"):
        found = load_traces(directory, pipeline=pipeline, tags=tags_of(tag))
    if as_json:
        emit_json({"runs": [_record(trace) for trace in found], "problems": found.problems})
        return
    print_table(COLUMNS, [_row(trace) for trace in found])


def _row(trace: Trace) -> list[str]:
    return [
        escape(trace.run_id),
        escape(trace.pipeline),
        f"{trace.start:%Y-%m-%d %H:%M}",
        trace.status if trace.complete else f"{trace.status}, incomplete",
        str(len(trace)),
        f"{trace.duration:.3g}",
        escape(", ".join(f"{name} {value:.4g}" for name, value in trace.metrics.items())),
        escape(", ".join(f"{key}={value}" for key, value in trace.tags.items())),
    ]


def _record(trace: Trace) -> dict[str, Any]:
    return {
        "run_id": trace.run_id,
        "pipeline": trace.pipeline,
        "start": trace.start.isoformat(),
        "duration": trace.duration,
        "status": trace.status,
        "complete": trace.complete,
        "n_operations": len(trace),
        "tags": dict(trace.tags),
        "metrics": dict(trace.metrics),
    }
