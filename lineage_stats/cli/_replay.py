"""``lineage-stats replay``: runs a script again with parts reverted, to verify a cause."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineage_stats.cli._baseline import BaselineOption, find_baseline
from lineage_stats.cli._console import emit_json, emit_text, note, working
from lineage_stats.cli._explain import attribute
from lineage_stats.cli._find import find_run
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    DirectoryOption,
    HealthyTagOption,
    JsonOption,
    PipelineOption,
    RunArgument,
    tags_of,
)

if TYPE_CHECKING:
    from lineage_stats.attribution import ReplayAttribution

INTERRUPTED = 130
WHAT, HOW = "What is reverted", "How much is run"


def replay(
    run: RunArgument,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Metric to explain.", show_default="the one that is worst off"
        ),
    ] = None,
    script: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND",
            help="The script with its arguments, in quotes.",
            show_default="as it was recorded",
        ),
    ] = None,
    cwd: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder that the script runs in.")
    ] = Path(),
    healthy: Annotated[
        str | None,
        typer.Option(
            metavar="COMMIT",
            help="Healthy version of the code.",
            show_default="that of the last healthy run",
            rich_help_panel=WHAT,
        ),
    ] = None,
    faulty: Annotated[
        str | None,
        typer.Option(
            metavar="COMMIT",
            help="Faulty version of the code.",
            show_default="that of the run, or the work tree",
            rich_help_panel=WHAT,
        ),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=OLD",
            help="Data file or folder, and where its healthy version is; may be repeated.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=OLD",
            help="Option of the script with its healthy value, as --epochs=9; may be repeated.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    env: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=OLD",
            help="Environment variable with its healthy value; may be repeated.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    suspects: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Suspects tried first; more only if these do not restore the metric.",
            rich_help_panel=HOW,
        ),
    ] = 3,
    repeats: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Seeds of each version; two or more give standard errors.",
            rich_help_panel=HOW,
        ),
    ] = 1,
    jobs: Annotated[
        int, typer.Option(min=1, metavar="N", help="Runs at a time.", rich_help_panel=HOW)
    ] = 1,
    budget_runs: Annotated[
        int | None,
        typer.Option(
            min=2, metavar="N", help="Most runs.", show_default="no limit", rich_help_panel=HOW
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES",
            help="Start no run after that time.",
            show_default="no limit",
            rich_help_panel=HOW,
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="A run that takes longer has broken down.",
            show_default="a minute and ten times the recorded run",
            rich_help_panel=HOW,
        ),
    ] = None,
    thorough: Annotated[
        bool,
        typer.Option(
            "--thorough",
            help="Run all combinations, also of what changes nothing.",
            rich_help_panel=HOW,
        ),
    ] = False,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Run again what was run before.", rich_help_panel=HOW),
    ] = False,
    untracked: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="File outside of git that the run needs; may be repeated.",
            show_default="all",
        ),
    ] = None,
    allow_writes: Annotated[
        bool,
        typer.Option("--allow-writes", help="Even if the script writes outside of its tree."),
    ] = False,
    baseline: BaselineOption = None,
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    tag: HealthyTagOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a script again with parts reverted, and say which of them made the metric worse.

    Reverted are the pieces of code that differ between the healthy commit and the run, options
    that differ, and what you name. All runs happen in temporary copies: neither your files nor
    the repository are changed.
    """
    from lineage_stats.attribution import Replay, ScriptReplay, attribute_root_cause

    trace = find_run(run, directory, pipeline=pipeline)
    found = find_baseline(trace, baseline, directory, tags_of(tag))
    prior = attribute(trace, metric, found.runs)
    how = ScriptReplay(
        script,
        directory=cwd,
        healthy=healthy,
        faulty=faulty,
        files=_pairs(data, "--data"),
        options=_pairs(option, "--option"),
        variables=_pairs(env, "--env"),
        untracked=True if untracked is None else untracked,
        timeout=timeout,
        allow_writes=allow_writes,
        memory=None if fresh else memory_file(),
    )
    with _interruptible(), working("Replaying") as on_progress:
        attribution = attribute_root_cause(
            trace,
            prior.metric,
            baseline=found.runs,
            replay=Replay(
                run=how,
                n_suspects=suspects,
                n_repeats=repeats,
                n_jobs=jobs,
                max_runs=budget_runs,
                max_minutes=minutes,
                thorough=thorough,
                on_progress=on_progress,
            ),
        )
    _show(attribution, as_json)


def _show(attribution: ReplayAttribution | Any, as_json: bool) -> None:
    if as_json:
        emit_json(attribution.to_dict())
    else:
        emit_text(attribution.summary())


def _pairs(given: list[str] | None, name: str) -> dict[str, str]:
    """Return ``["a=1", "b=2"]`` as a dictionary."""
    pairs = {}
    for pair in given or ():
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise typer.BadParameter(f"{name} is written NAME=OLD. Got {pair!r} instead.")
        pairs[key] = value
    return pairs


def memory_file() -> Path:
    """Return where results of replayed runs are kept."""
    folder = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(folder) / "lineage_stats" / "replay.jsonl"


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a termination end the runs under way and remove the copies, as Ctrl-C does."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        note(
            "lineage-stats: stopped; the temporary copies are gone. What was run is remembered: "
            "the same command goes on from there."
        )
        raise typer.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)
