"""``lineage-stats run``: records a script that knows nothing of it."""

from __future__ import annotations

import traceback
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from lineage_stats.cli._console import note
from lineage_stats.cli._options import tags_of


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
) -> None:
    """Run a script as Python would, and record it.

    Options stand before SCRIPT; what follows belongs to the script. The exit code is the script's.
    """
    from lineage_stats._config import Settings, settings_from_environment
    from lineage_stats._script import run_script

    settings = settings_from_environment()
    given: dict[str, Any] = {"pipeline": pipeline, "directory": directory and str(directory)}
    settings = replace(
        settings,
        tags={**settings.tags, **tags_of(tag)},
        **{name: value for name, value in given.items() if value},
    )
    try:
        code, session = run_script(script, arguments or [], module=module, settings=settings)
    except SyntaxError as error:  # of the script: it never began, so there is nothing recorded
        traceback.print_exception(type(error), error, None)
        raise typer.Exit(1) from None
    if not quiet and session.path is not None:
        note(
            f"lineage-stats: recorded as run {session.run_id} of '{session.pipeline}' in "
            f"{settings.directory}. See it with: lineage-stats show {session.run_id}"
            + ("" if settings.directory == Settings().directory else f" --dir {settings.directory}")
        )
    raise typer.Exit(code)
