"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_DIRECTORY = Path("lineage_traces")
DIRECTORY = "LINEAGE_STATS_DIR"
MOST_COMPLETIONS = 50


def complete_run(context: typer.Context, incomplete: str) -> list[str]:
    """Return ids of runs for the shell: those of the folder that the line names, latest first."""
    from lineage_stats.storage import TraceStore

    directory = context.params.get("directory") or DEFAULT_DIRECTORY
    try:
        known = TraceStore(directory).run_ids()
    except OSError:
        known = ()
    names = ["latest", *reversed(known)]
    return [name for name in names if name.startswith(incomplete)][:MOST_COMPLETIONS]


RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run: its id or the unambiguous begin of it, a file, or latest.",
        autocompletion=complete_run,
    ),
]
DirectoryOption = Annotated[
    Path,
    typer.Option("--dir", metavar="DIR", envvar=DIRECTORY, help="Folder of recorded runs."),
]
DirectoryArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="DIR", help="Folder of recorded runs.", show_default=str(DEFAULT_DIRECTORY)
    ),
]
# Commands about one run say --dir, since their argument is the run; those about a folder know both.
SameDirectoryOption = Annotated[
    Path | None, typer.Option("--dir", metavar="DIR", help="The same folder, as an option.")
]
PipelineOption = Annotated[
    str | None, typer.Option("--pipeline", metavar="NAME", help="Only runs of this pipeline.")
]
TagOption = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="KEY=VALUE", help="Only runs with this tag; may be repeated."),
]
HealthyTagOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="KEY=VALUE", help="Learn only from runs with this tag; may be repeated."
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Write the result as one JSON document to stdout.")
]


def _check_rate(rate: float | None) -> float | None:
    if rate is not None and not 0 < rate < 1:
        raise typer.BadParameter(f"It must be a number in (0, 1). Got {rate:g} instead.")
    return rate


RateOption = Annotated[
    float | None,
    typer.Option(
        metavar="RATE",
        help="Share of healthy runs that may be flagged.",
        show_default="0.01",
        callback=_check_rate,
    ),
]


def directory_of(argument: Path | None, option: Path | None) -> Path:
    """Return the folder of recorded runs, written as an argument, as an option, or not at all."""
    if argument is not None and option is not None and argument != option:
        raise typer.BadParameter(
            f"Two folders are named: '{argument}', and '{option}' with --dir. Name one."
        )
    return argument or option or Path(os.environ.get(DIRECTORY) or DEFAULT_DIRECTORY)


def tags_of(pairs: list[str] | None) -> dict[str, str]:
    """Return ``["a=1", "b=2"]`` as a dictionary."""
    tags = {}
    for pair in pairs or ():
        key, equals, value = pair.partition("=")
        if not (key.strip() and equals):
            raise typer.BadParameter(f"A tag is written KEY=VALUE. Got {pair!r} instead.")
        tags[key.strip()] = value.strip()
    return tags
