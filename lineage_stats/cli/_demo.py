"""The demo: runs a pipeline on many days, breaks it on three, and shows what is found."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lineage_stats._config import settings_from_environment
from lineage_stats.cli._console import console, emit_json, is_terminal, note
from lineage_stats.exceptions import TooFewRunsError

if TYPE_CHECKING:
    from rich.progress import Progress

    from lineage_stats.cli.demo._run import Judged, Layout
    from lineage_stats.trace import TraceSet

N_DAYS = 40
FEWEST_DAYS = 5
UNUSABLE = 2
INTERRUPTED = 130


def run_demo(out: Path, *, days: int | None = None, seed: int = 0, as_json: bool = False) -> None:
    """Record the demo's days below a folder, judge the bad ones, and print what is found.

    Parameters
    ----------
    out : Path
        Folder to write to. Where it holds something already, a new folder in it is taken; nothing
        is ever deleted.
    days : int, default=None
        How many healthy days to learn from; None takes 40.
    seed : int, default=0
        Seed of the days' data.
    as_json : bool, default=False
        Whether to write one JSON document instead of text.

    Raises
    ------
    TooFewRunsError
        If there are fewer than five days.
    typer.Exit
        With code 2 if recording is switched off or the folder cannot be written, with code 130
        if the user interrupts.
    """
    n_days = N_DAYS if days is None else days
    if n_days < FEWEST_DAYS:
        raise TooFewRunsError(
            f"The demo needs at least {FEWEST_DAYS} healthy days, and is convincing from 20. "
            f"Got {n_days}: leave out --days, or ask for more."
        )
    if settings_from_environment().disabled:
        note(
            "lineage-stats: recording is switched off by LINEAGE_STATS_DISABLED. Unset it to run "
            "the demo."
        )
        raise typer.Exit(UNUSABLE)
    try:
        folder = _fresh_folder(out)
    except OSError as error:
        note(
            f"lineage-stats: the demo cannot write to '{out}' ({error.strerror or error}). "
            "Choose another folder with --out."
        )
        raise typer.Exit(UNUSABLE) from None
    try:
        _run(folder, n_days, seed, as_json)
    except KeyboardInterrupt:
        note(f"Interrupted. What was recorded until now is in '{folder}'.")
        raise typer.Exit(INTERRUPTED) from None


def _fresh_folder(out: Path) -> Path:
    """Make and return an empty folder: `out` itself, or one in it where it is not empty."""
    out.mkdir(parents=True, exist_ok=True)
    if not any(out.iterdir()):
        _try_writing(out)
        return out
    number = 2
    while True:
        folder = out / f"run-{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
            continue
        return folder


def _try_writing(folder: Path) -> None:
    """Raise `OSError` where nothing can be written."""
    probe = folder / "scripts"
    probe.mkdir()


def _run(folder: Path, n_days: int, seed: int, as_json: bool) -> None:
    with _progress() as progress:
        # These libraries take seconds to load; the user should see that something happens.
        task = progress.add_task("Loading pandas and scikit-learn", total=None)
        from lineage_stats.cli.demo._run import (
            Layout,
            calendar,
            judge_days,
            record_days,
            write_scripts,
        )

        layout, days = Layout(folder), calendar(n_days)
        write_scripts(layout)
        progress.update(task, total=len(days) + 1)

        def on_day(day: Any) -> None:
            title = "healthy" if day.bug is None else day.bug.title
            progress.update(task, advance=1, description=f"{day.date}  {title}")

        record_days(layout, days, seed=seed, on_day=on_day)
        progress.update(task, advance=1, description="Learning what is normal")
        healthy, judged = judge_days(layout, days)
    if as_json:
        emit_json(_document(healthy, judged, layout))
    else:
        _print(healthy, judged, layout)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show progress on stderr, if that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    with Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.description}"),
        console=Console(stderr=True),
        transient=True,
        disable=not is_terminal(sys.stderr),
    ) as progress:
        yield progress


def _print(healthy: TraceSet, judged: list[Judged], layout: Layout) -> None:
    from lineage_stats.cli.demo._text import renderables

    out = console()
    for part in renderables(healthy, judged, layout, width=out.width):
        out.print(part)


def _document(healthy: TraceSet, judged: list[Judged], layout: Layout) -> dict[str, Any]:
    from lineage_stats.cli.demo._run import METRIC

    return {
        "folder": str(layout.root),
        "traces": str(layout.traces),
        "detector": str(layout.detector),
        "metric": METRIC,
        "healthy": [trace.metrics[METRIC] for trace in healthy],
        "days": [_day_record(one) for one in judged],
    }


def _day_record(one: Judged) -> dict[str, Any]:
    from lineage_stats.cli.demo._run import METRIC

    bug = one.day.bug
    flagged = one.score.operations[one.score.operations["flagged"]]
    return {
        "day": one.day.date.isoformat(),
        "run_id": one.trace.run_id,
        "bug": None if bug is None else bug._asdict(),
        "value": one.trace.metrics[METRIC],
        "p_value": one.score.p_value,
        "flagged": one.score.flagged,
        "abnormal_operations": flagged.reset_index().to_dict("records"),
        "attribution": None if one.attribution is None else one.attribution.to_dict(),
        "page": None if one.page is None else str(one.page),
    }
