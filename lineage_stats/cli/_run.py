"""``lineage-stats run``: records a script that knows nothing of it."""

from __future__ import annotations

import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineage_stats.cli._console import command, emit_json, note
from lineage_stats.cli._options import tags_of

if TYPE_CHECKING:
    from lineage_stats._session import Session


def run(
    script: Annotated[
        str, typer.Argument(metavar="SCRIPT", help="The script, or with -m a module.")
    ],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS", help="Arguments of the script.")
    ] = None,
    module: Annotated[
        bool, typer.Option("-m", help="SCRIPT is the name of a module, as in python -m.")
    ] = False,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--dir", metavar="DIR", help="Folder to record to.", show_default="lineage_traces"
        ),
    ] = None,
    pipeline: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Name of the pipeline.", show_default="the script's file name"
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Tag of the run; may be repeated."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Do not say at the end where the run is.")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Say at the end where the run is in one line of JSON, the last of stdout.",
        ),
    ] = False,
) -> None:
    """Run a script as Python would, and record it.

    Options stand before SCRIPT; what follows belongs to the script. The exit code is the script's.
    """
    from lineage_stats._config import settings_from_environment
    from lineage_stats._script import run_script

    settings = settings_from_environment()
    given: dict[str, Any] = {"pipeline": pipeline, "directory": directory and str(directory)}
    settings = replace(
        settings,
        tags={**settings.tags, **tags_of(tag)},
        **{name: value for name, value in given.items() if value},
    )
    try:
        code = run_script(
            script,
            arguments or [],
            module=module,
            settings=settings,
            at_end=_emit_where if as_json else None if quiet else _say_where,
        )
    except SyntaxError as error:  # of the script: it never began, so there is nothing recorded
        traceback.print_exception(type(error), error, None)
        raise typer.Exit(1) from None
    raise typer.Exit(code)


def _emit_where(session: Session) -> None:
    """Write where the run is; nulls where nothing was recorded."""
    path = session.path
    document = {
        "run_id": None if path is None else session.run_id,
        "pipeline": session.pipeline,
        "directory": str(session.directory),
        "path": None if path is None else str(path),
    }
    emit_json(document, indent=None)


def _say_where(session: Session) -> None:
    from lineage_stats._config import Settings

    if session.path is None:
        return
    directory = session.settings.directory
    elsewhere = [] if directory == Settings().directory else ["--dir", directory]
    note(
        f"lineage-stats: recorded as run {session.run_id} of '{session.pipeline}' in "
        f"{directory}. See it with: {command('show', session.run_id, *elsewhere)}"
    )
