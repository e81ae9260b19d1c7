"""Which runs a gate looks at, and what each of them is held against."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lineage_stats.cli._baseline import Baseline, find_baseline
from lineage_stats.cli._console import note, working
from lineage_stats.cli._find import require_readable
from lineage_stats.exceptions import (
    BaselineError,
    LineageStatsWarning,
    NoTracesError,
    TooFewRunsError,
)

if TYPE_CHECKING:
    from lineage_stats.gate import CheckedRun
    from lineage_stats.trace import Trace, TraceSet

_NUMBER = re.compile(r"\d+")


def runs_to_check(
    traces: Path, pipeline: str | None, tags: Mapping[str, str], *, every: bool
) -> Sequence[Trace]:
    """Return the latest run of each pipeline that has ended, or every run.

    Parameters
    ----------
    traces : Path
        A folder of runs, or the file of one.
    pipeline : str or None
        Only runs of this pipeline.
    tags : mapping of str to str
        Only runs with these tags.
    every : bool
        Whether all runs are looked at, also those that go on.

    Raises
    ------
    NoTracesError
        If there is no such run.
    TraceFileError
        If the file of a later run cannot be read.
    """
    from lineage_stats.storage import load_traces

    if not traces.exists():
        raise NoTracesError(
            f"There is no '{traces}'. Name the folder that the pipeline recorded to."
        )
    with working(f"Reading runs in {traces}"):
        found = load_traces(traces, pipeline=pipeline, tags=tags or None)
    runs = found if every else _latest(found)
    if not runs:
        raise NoTracesError(
            f"No run in '{traces}' has ended, so there is nothing to check yet. "
            "Check those that go on as well with --all."
        )
    if not tags:  # nobody knows those of what cannot be read
        require_readable(found, _latest(found), each=True)
    return runs


def _latest(runs: Iterable[Trace]) -> Sequence[Trace]:
    return list({run.pipeline: run for run in runs if run.status != "running"}.values())


class Baselines:
    """What runs are held against.

    Parameters
    ----------
    baseline : Path or None
        What the user named: a saved detector, a folder of runs, or nothing.
    folder : Path
        Folder of the runs that are checked.
    tags : dict of str to str
        Tags of healthy runs.
    pipelines : iterable of str
        The pipelines whose runs are checked.

    Attributes
    ----------
    notes : FoldedNotes
        What is to be said of the runs.
    """

    def __init__(
        self,
        baseline: Path | None,
        folder: Path,
        tags: dict[str, str],
        pipelines: Iterable[str],
    ) -> None:
        self._baseline, self._folder, self._tags = baseline, folder, tags
        self._pipelines = sorted(set(pipelines))
        self._saved: Baseline | None = None
        self._stored: TraceSet | None = None
        self.notes = FoldedNotes()

    def of(self, trace: Trace) -> Baseline | None:
        """Return what a run is held against; nothing where none was named and runs are too few.

        A saved one serves all runs of its pipeline, and is loaded once. One from a folder is
        learned anew for each run, from those before it, or from those in the folder that was
        named.

        Raises
        ------
        BaselineError
            If the baseline that was named is of none of the pipelines, or cannot be used.
        """
        found = self._saved or self._find(trace)
        if found is None or not found.is_saved:
            return found
        if self._saved is None:
            self._take(found)
        fitted_on = found.detector.pipeline_
        if fitted_on == trace.pipeline:
            return found
        self.notes.add(f"'{trace.pipeline}' is not compared: the baseline is of '{fitted_on}'.")
        return None

    def _find(self, trace: Trace) -> Baseline | None:
        try:
            stored = self._read() if self._baseline is None else None
            return find_baseline(
                trace, self._baseline, self._folder, self._tags,
                stored=stored, tell=self.notes.add,
            )  # fmt: skip
        except (TooFewRunsError, NoTracesError) as error:
            if self._baseline is not None:
                raise
            self.notes.add(f"Not compared with healthy runs: {error}")
            return None

    def _take(self, saved: Baseline) -> None:
        fitted_on = saved.detector.pipeline_
        if fitted_on not in self._pipelines:
            raise BaselineError(
                f"The baseline '{self._baseline}' is of pipeline '{fitted_on}', the runs are of "
                f"{', '.join(self._pipelines)}. Name another baseline, or a folder with runs of "
                f"it and --pipeline {fitted_on}."
            )
        self._saved = saved
        _note_quarantined(saved)

    def _read(self) -> TraceSet:
        from lineage_stats.storage import load_traces

        if self._stored is None:
            self._stored = load_traces(self._folder)
        return self._stored


def check_all(
    runs: Sequence[Trace], baselines: Baselines, *, audit: bool, show: Callable[[int, int], None]
) -> list[CheckedRun]:
    """Hold each run to the audits, if that is asked, and to its baseline."""
    found = []
    notes = baselines.notes
    try:
        for i, trace in enumerate(runs):
            show(i, len(runs))
            with notes.of(trace):
                found.append(_check_one(trace, baselines, audit=audit))
    finally:
        notes.write()
    return found


def _check_one(trace: Trace, baselines: Baselines, *, audit: bool) -> CheckedRun:
    from lineage_stats.gate import check_run

    one = baselines.of(trace)
    detector = None if one is None else one.detector
    healthy = None if one is None else one.runs_at_hand
    return check_run(trace, detector=detector, healthy=healthy, audit=audit)


class FoldedNotes:
    """Notes on many runs: the last of each kind and pipeline, and on how many other runs it was."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], str] = {}
        self._runs: dict[tuple[str, str], set[str]] = {}
        self._pipeline = self._run_id = ""

    @contextmanager
    def of(self, trace: Trace) -> Iterator[None]:
        """Take the warnings of ours that checking a run gives for notes."""
        self._pipeline, self._run_id = trace.pipeline, trace.run_id
        caught: list[warnings.WarningMessage] = []
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", LineageStatsWarning)
                yield
        finally:
            for one in caught:
                if issubclass(one.category, LineageStatsWarning):
                    self.add(f"Note: {one.message}")
                else:
                    warnings.showwarning(one.message, one.category, one.filename, one.lineno)

    def add(self, text: str) -> None:
        """Add a note on the run that is checked; notes that differ in numbers are of one kind."""
        kind = _NUMBER.sub("0", text.replace(self._run_id, "") if self._run_id else text)
        of = self._pipeline, kind
        self._last[of] = text
        self._runs.setdefault(of, set()).add(self._run_id)

    def write(self) -> None:
        """Write the notes, and forget them."""
        for of, text in self._last.items():
            more = len(self._runs[of]) - 1
            also = f" (and so of {more} other run{'s' if more > 1 else ''})" if more else ""
            note(f"{text}{also}")
        self._last.clear()
        self._runs.clear()


def _note_quarantined(baseline: Baseline) -> None:
    from lineage_stats.storage import TraceStore

    events = TraceStore(baseline.directory).baseline_events()
    last_word = {e.run_id: e.verdict for e in events if e.verdict != "flagged"}
    known = baseline.detector.run_ids_
    if behind := [run_id for run_id in known if last_word.get(run_id) == "quarantined"]:
        note(f"The baseline was learned from {', '.join(behind)}, quarantined since. Fit it again.")
