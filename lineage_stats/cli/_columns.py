"""``lineage-stats upstream`` and ``downstream``: what a column came from, and where it went."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from lineage_stats.cli._console import emit_json, emit_text
from lineage_stats.cli._find import find_run
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    DirectoryOption,
    JsonOption,
    PipelineOption,
    complete_run,
)

if TYPE_CHECKING:
    from lineage_stats.trace import ColumnLineage

ColumnArgument = Annotated[
    str,
    typer.Argument(
        metavar="COLUMN",
        help="A column alone where that is clear, else OPERATION.COLUMN or VARIABLE.COLUMN; "
        "a metric; a model.",
    ),
]
RunOption = Annotated[
    str,
    typer.Option("--run", metavar="RUN", help="Which run.", autocompletion=complete_run),
]
SourcesOption = Annotated[
    bool, typer.Option("--sources", help="Only what comes from nothing that was recorded.")
]


def upstream(
    column: ColumnArgument,
    run: RunOption = "latest",
    sources: SourcesOption = False,
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List everything that a column, model or metric depends on, nearest first."""
    found = find_run(run, directory, pipeline=pipeline).upstream(column)
    _emit(found.sources if sources else found, as_json)


def downstream(
    column: ColumnArgument,
    run: RunOption = "latest",
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List everything that depends on a column, nearest first."""
    _emit(find_run(run, directory, pipeline=pipeline).downstream(column), as_json)


def _emit(found: ColumnLineage, as_json: bool) -> None:
    if as_json:
        records = [asdict(dependency) for dependency in found]
        emit_json({"of": found.of, "direction": found.direction, "dependencies": records})
    else:
        emit_text(found.summary())
