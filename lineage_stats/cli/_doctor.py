"""``lineage-stats doctor``: what is watched here, what is not and why, and what open runs cost."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from lineage_stats.cli._console import console, emit_json, working
from lineage_stats.cli._options import DEFAULT_DIRECTORY, DirectoryOption, JsonOption
from lineage_stats.cli._table import Column, print_table

if TYPE_CHECKING:
    from lineage_stats.hooks import Coverage
    from lineage_stats.trace import Trace

LIBRARIES = (
    Column("library"),
    Column("version"),
    Column("supported", leaves=4),
    Column("hook points", right=True),
    Column("public names", right=True, leaves=1),
    Column("watched", right=True, leaves=1),
    Column("left out", right=True, leaves=2),
    Column("missing", right=True),
)
OPEN_RUNS = (
    Column("open run"),
    Column("pipeline", leaves=3),
    Column("since (UTC)", leaves=2),
    Column("operations", right=True),
    Column("seconds", right=True, leaves=1),
    Column("recording took", right=True),
)


def doctor(
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    names: Annotated[
        bool, typer.Option("--names", help="Name what is left out, not only how much.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is watched here, what is not and why, and what open runs cost so far."""
    with warnings.catch_warnings(), working("Looking at the libraries"):
        warnings.simplefilter("ignore")  # of libraries whose every corner is looked at
        from lineage_stats.hooks import measure_coverage

        found = measure_coverage()
    running = _open_runs(directory)
    if as_json:
        emit_json(_document(found, running))
        return
    print_table(LIBRARIES, [_library_row(library) for library in found])
    _print_reasons(found, names=names)
    if running:
        print_table(OPEN_RUNS, [_run_row(trace) for trace in running])


def _document(found: Sequence[Coverage], running: Sequence[Trace]) -> dict[str, Any]:
    import lineage_stats
    from lineage_stats._config import settings_from_environment

    return {
        "version": lineage_stats.__version__,
        "python": platform.python_version(),
        "disabled": settings_from_environment().disabled,
        "hook_points": sum(library.n_hook_points for library in found),
        "libraries": [library.to_dict() for library in found],
        "open_runs": [_run_record(trace) for trace in running],
    }


def _library_row(library: Coverage) -> list[str]:
    counts = library.to_dict()
    left_out = sum(map(len, counts["left_out"].values()))
    return [
        escape(library.library),
        escape(library.version or "not installed"),
        escape(library.requires),
        f"{library.n_hook_points:,}",
        f"{counts['public_names']:,}",
        f"{counts['watched']:,}",
        f"{left_out:,}",
        f"[yellow]{len(library.missing):,}[/yellow]" if library.missing else "0",
    ]


def _print_reasons(found: Sequence[Coverage], *, names: bool) -> None:
    """Say why names are left out, and which are missing."""
    out = console()
    for library in found:
        counts = library.to_dict()
        reasons = counts["left_out"].items()
        if names:
            text = "".join(f"\n  {reason}: {', '.join(which)}" for reason, which in reasons)
        else:
            text = ", ".join(f"{len(which)} {reason}" for reason, which in reasons)
        if text:
            out.print(f"{escape(library.library)}, left out: {escape(text)}")
        if library.missing:
            out.print(
                f"[yellow]{escape(library.library)}, missing:[/yellow] "
                f"{escape(', '.join(library.missing))}"
            )
        if library.problem:
            out.print(f"[yellow]{escape(library.library)}:[/yellow] {escape(library.problem)}")


def _open_runs(directory: Path) -> list[Trace]:
    """Return the runs of a folder that go on at this moment, as far as they are on disk."""
    from lineage_stats.exceptions import LineageStatsError
    from lineage_stats.storage import load_traces

    try:
        found = load_traces(directory)
    except (LineageStatsError, OSError):
        return []
    return [trace for trace in found if trace.status == "running"]


def _cost(trace: Trace) -> float | None:
    """Return the seconds that recording itself took, where the run says so."""
    try:
        return float(trace.environment["recording_seconds"])
    except (KeyError, ValueError):
        return None


def _run_row(trace: Trace) -> list[str]:
    cost = _cost(trace)
    share = f" ({cost / trace.duration:.2%})" if cost is not None and trace.duration else ""
    return [
        escape(trace.run_id),
        escape(trace.pipeline),
        f"{trace.start:%Y-%m-%d %H:%M}",
        f"{len(trace):,}",
        f"{trace.duration:.3g}",
        "not known" if cost is None else f"{cost:.3g} s{share}",
    ]


def _run_record(trace: Trace) -> dict[str, Any]:
    return {
        "run_id": trace.run_id,
        "pipeline": trace.pipeline,
        "start": trace.start.isoformat(),
        "duration": trace.duration,
        "n_operations": len(trace),
        "recording_seconds": _cost(trace),
        "n_unknown_inputs": trace.input_coverage.n_unknown,
    }
