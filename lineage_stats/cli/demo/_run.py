"""Runs the demo's calendar: healthy days, three bad days, healthy days again."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import runpy
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from lineage_stats.cli.demo._days import BUGS, FIRST_DAY, Bug, break_script, hospital, write_day

if TYPE_CHECKING:
    from lineage_stats.attribution import Attribution
    from lineage_stats.detectors import TraceScore
    from lineage_stats.trace import Trace, TraceSet

PIPELINE = "tumours"
METRIC = "f1_score"
SCRIPT = "daily_pipeline.py"
N_AFTER = 5


@dataclass(frozen=True)
class Day:
    """One day of the calendar.

    Attributes
    ----------
    date : date
        The day.
    bug : Bug or None
        What is wrong with the script that day.
    baseline : bool
        Whether the run is one of those that the detector learns from.
    """

    date: dt.date
    bug: Bug | None
    baseline: bool


@dataclass(frozen=True)
class Judged:
    """A day after the baseline, and what is found about it.

    Attributes
    ----------
    day : Day
        The day.
    trace : Trace
        Its run.
    score : TraceScore
        What the detector says.
    attribution : Attribution or None
        What divides the drop of the metric; None on days without a bug.
    page : Path or None
        Report of the day.
    """

    day: Day
    trace: Trace
    score: TraceScore
    attribution: Attribution | None
    page: Path | None


@dataclass(frozen=True)
class Layout:
    """Where the demo writes what, all of it below one folder."""

    root: Path

    @property
    def traces(self) -> Path:
        """Folder of the recorded runs."""
        return self.root / "traces"

    @property
    def detector(self) -> Path:
        """Folder of the fitted detector."""
        return self.root / "baseline"

    def script(self, bug: Bug | None) -> Path:
        """Script as it is on a day with that bug."""
        folder = "healthy" if bug is None else f"bad_{bug.name}"
        return self.root / "scripts" / folder / SCRIPT

    def day(self, date: dt.date) -> Path:
        """Tables of a day."""
        return self.root / "data" / date.isoformat()

    def page(self, bug: Bug) -> Path:
        """Report of the day with that bug."""
        return self.root / f"report_{bug.name}.html"


def calendar(n_days: int) -> list[Day]:
    """Return `n_days` healthy days, one with each bug, and some healthy ones again."""
    plan: list[tuple[Bug | None, bool]] = [(None, True)] * n_days
    plan += [(bug, False) for bug in BUGS] + [(None, False)] * N_AFTER
    return [
        Day(FIRST_DAY + dt.timedelta(days=i), bug, baseline)
        for i, (bug, baseline) in enumerate(plan)
    ]


def write_scripts(layout: Layout) -> None:
    """Copy the script, and a spoiled copy for each bug."""
    source = files("lineage_stats.cli.demo").joinpath(SCRIPT).read_text(encoding="utf-8")
    for bug in (None, *BUGS):
        path = layout.script(bug)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source if bug is None else break_script(source, bug), encoding="utf-8")


def record_days(
    layout: Layout, days: list[Day], *, seed: int, on_day: Callable[[Day], None]
) -> None:
    """Write the tables of each day and run the script on them, recorded."""
    from lineage_stats import record

    patients = hospital()
    for number, day in enumerate(days):
        on_day(day)
        write_day(patients, layout.day(day.date), seed=1000 * seed + number)
        tags = {"day": day.date.isoformat(), "status": "healthy" if day.baseline else "new"}
        script = layout.script(day.bug)
        with (
            _arguments(str(script), str(layout.day(day.date))),
            contextlib.redirect_stdout(io.StringIO()),
            record(PIPELINE, tags=tags, directory=layout.traces, features="profile"),
        ):
            runpy.run_path(str(script), run_name="__main__")


def judge_days(layout: Layout, days: list[Day]) -> tuple[TraceSet, list[Judged]]:
    """Learn from the healthy days, then look at each of the others."""
    from lineage_stats import load_traces
    from lineage_stats.attribution import MechanismBaseline
    from lineage_stats.detectors import RobustMADDetector

    runs = load_traces(layout.traces, pipeline=PIPELINE)
    healthy = runs.filter(tags={"status": "healthy"})
    detector = RobustMADDetector().fit(healthy)
    detector.save(layout.detector)
    mechanisms = MechanismBaseline.from_traces(healthy)
    by_day = {trace.tags["day"]: trace for trace in runs}
    judged = []
    for day in days:
        if not day.baseline:
            trace = by_day[day.date.isoformat()]
            score = detector.score(trace)
            judged.append(_explained(layout, day, trace, score, mechanisms))
    return healthy, judged


def _explained(
    layout: Layout, day: Day, trace: Trace, score: TraceScore, mechanisms: object
) -> Judged:
    from lineage_stats import attribute_root_cause
    from lineage_stats.report import save_report

    if day.bug is None:
        return Judged(day, trace, score, None, None)
    attribution = attribute_root_cause(trace, METRIC, baseline=mechanisms)
    page = save_report(trace, layout.page(day.bug), score=score, attribution=attribution)
    return Judged(day, trace, score, attribution, page)


@contextlib.contextmanager
def _arguments(*arguments: str) -> Iterator[None]:
    before, sys.argv = sys.argv, list(arguments)
    try:
        yield
    finally:
        sys.argv = before
