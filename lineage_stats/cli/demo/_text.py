"""What the demo prints."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lineage_stats.cli.demo._days import Bug
from lineage_stats.cli.demo._run import METRIC, PIPELINE, Judged, Layout
from lineage_stats.report._format import SMALLEST_P_VALUE

if TYPE_CHECKING:
    from rich.table import Table

    from lineage_stats.attribution import Attribution
    from lineage_stats.detectors import TraceScore
    from lineage_stats.trace import TraceSet

N_OPERATIONS = 3
N_SHARES = 3
BAR = 16
BARS = {True: ("",), False: ()}
WIDE = 92
INDENT = (0, 0, 0, 2)


def renderables(
    healthy: TraceSet, judged: list[Judged], layout: Layout, *, width: int
) -> Iterator[Any]:
    """Yield what to print, from the opening to the commands with which to look further."""
    values = [trace.metrics[METRIC] for trace in healthy]
    yield (
        "A daily pipeline on real data: 569 breast tumours, a fresh sample every day.\n"
        f"Recorded {len(healthy) + len(judged)} days of {len(healthy[0])} operations each.\n"
        f"Learned from {len(healthy)} healthy days: "
        f"{METRIC} {np.median(values):.3f} ({min(values):.3f} to {max(values):.3f})."
    )
    bad = [one for one in judged if one.attribution is not None and one.day.bug is not None]
    for number, one in enumerate(bad, start=1):
        yield from _bad_day(number, one, wide=width >= WIDE)
    yield "\n[bold]Healthy days again[/bold]"
    for one in judged:
        if one.attribution is None:
            yield _quiet_day(one)
    yield ""
    yield from _further(bad[0], layout)


def _bad_day(number: int, one: Judged, *, wide: bool) -> Iterator[Any]:
    from rich.padding import Padding

    bug, attribution = one.day.bug, one.attribution
    if bug is None or attribution is None:
        return
    yield f"\n[bold]Bad day {number}, {one.day.date}: {bug.title}[/bold]"
    yield from _difference(bug)
    yield (
        f"  {METRIC} [bold red]{attribution.value:.3f}[/bold red], healthy "
        f"{attribution.lower:.3f} to {attribution.upper:.3f}; {_verdict(one.score)}"
    )
    for made in (_operations(one.score), _shares(attribution, wide=wide)):
        yield ""
        yield Padding(made, INDENT, expand=False)


def _difference(bug: Bug) -> Iterator[str]:
    from rich.markup import escape

    yield f"  [red]- {escape(bug.healthy)}[/red]"
    yield f"  [green]+ {escape(bug.broken)}[/green]"


def _verdict(score: TraceScore) -> str:
    chance = _probability(score.p_value)
    if not score.flagged:
        return f"[dim]run not flagged, {chance}[/dim]"
    return f"run [red]ANOMALOUS[/red], {chance}"


def _operations(score: TraceScore) -> Table:
    """Return the operations that are abnormal by themselves, the origins first."""
    made = _grid("abnormal operation", "feature", "observed", "expected", "score", "p")
    table = score.operations
    table = table[table["flagged"] & (table["p_value"] < score.false_alarm_rate)]
    for key, row in table.head(N_OPERATIONS).iterrows():
        cells = (row["feature"], _short(row["observed"]), _short(row["expected"]))
        made.add_row(
            _plain(key), *map(_plain, cells), f"{row['score']:.1f}", f"{row['p_value']:.0e}"
        )
    if len(table) > N_OPERATIONS:
        made.add_row(f"[dim]and {len(table) - N_OPERATIONS} more[/dim]")
    return made


def _shares(attribution: Attribution, *, wide: bool) -> Table:
    """Return how the drop is divided, the unexplained part last."""
    drop = attribution.drop
    made = _grid(f"drop of {drop:.3f} is due to", "line", "points", "± s.e.", "share", *BARS[wide])
    rows = [
        (c.operation, _place(c.location), c.share, c.standard_error)
        for c in attribution.contributions[:N_SHARES]
        if c.share > 0
    ]
    rest = drop - attribution.unexplained - sum(row[2] for row in rows)
    if abs(rest) >= 0.0005:
        rows.append(("other operations", "", rest, float("nan")))
    rows.append(("unexplained", "", attribution.unexplained, attribution.unexplained_error))
    for name, place, points, error in rows:
        bars = ["█" * round(BAR * max(points, 0) / drop)] if wide else []
        spread = "" if error != error else f"{error:.3f}"  # NaN
        made.add_row(_plain(name), place, f"{points:.3f}", spread, f"{points / drop:.0%}", *bars)
    return made


def _quiet_day(one: Judged) -> str:
    value, chance = one.trace.metrics[METRIC], _probability(one.score.p_value)
    mark = "[red]flagged[/red]" if one.score.flagged else "[green]quiet[/green]"
    return f"  {one.day.date}  {METRIC} {value:.3f}  {mark}  [dim]{chance}[/dim]"


def _further(first: Judged, layout: Layout) -> Iterator[str]:
    traces, run = _shown(layout.traces), first.trace.run_id[:8]
    yield "[bold]Look further[/bold]"
    yield f"  lineage-stats runs {traces} --pipeline {PIPELINE}"
    yield f"  lineage-stats explain {run} --metric {METRIC} --dir {traces}"
    if first.page is not None:
        yield f"  open {_shown(first.page)}   [dim](one page for each bad day)[/dim]"


def _shown(path: Path) -> str:
    """Return the path as one would type it here."""
    return _plain(shlex.quote(os.path.relpath(path)))


def _grid(*columns: str) -> Table:
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        right = name in ("score", "p", "points", "± s.e.", "share")
        made.add_column(name, justify="right" if right else "left", no_wrap=True)
    return made


def _plain(text: object) -> str:
    from rich.markup import escape

    return escape(str(text))


def _short(text: object, width: int = 20) -> str:
    words = str(text)
    try:
        return f"{float(words):.4g}"
    except ValueError:
        pass
    return words if len(words) <= width else f"{words[: width - 1]}…"


def _place(location: str) -> str:
    return Path(location).name if location else ""


def _probability(p_value: float) -> str:
    if p_value < SMALLEST_P_VALUE:
        return f"p < {SMALLEST_P_VALUE:.0e}"
    return f"p = {p_value:.2f}" if p_value >= 0.01 else f"p = {p_value:.0e}"
