"""From what the user names as a baseline to healthy runs or a fitted detector."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage_stats.cli._console import command, note, working
from lineage_stats.exceptions import BaselineError, NoTracesError, TooFewRunsError

if TYPE_CHECKING:
    from lineage_stats.detectors import BaseDetector
    from lineage_stats.trace import Trace, TraceSet

BaselineOption = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help="A baseline saved by fit, or a folder of runs.",
        show_default="earlier healthy runs of the pipeline in the same folder",
    ),
]


class DetectorName(StrEnum):
    """Detectors by their short names."""

    mad = "mad"
    zscore = "zscore"
    changepoint = "changepoint"


class Baseline:
    """A fitted detector, and the runs it was fitted on.

    Parameters
    ----------
    detector : BaseDetector
        The detector.
    directory : Path
        Folder of recorded runs.
    runs : sequence of Trace, default=None
        The runs; None looks those of a saved detector up in the folder when they are needed.
    """

    def __init__(
        self, detector: BaseDetector, directory: Path, runs: Sequence[Trace] | None = None
    ) -> None:
        self.detector = detector
        self.directory = directory
        self.is_saved = runs is None
        if runs is not None:
            self.runs = runs

    @cached_property
    def runs(self) -> Sequence[Trace]:
        """The runs behind the detector; raises `NoTracesError` where they are not at hand."""
        from lineage_stats.storage import load_traces

        wanted = set(self.detector.run_ids_)
        with working(f"Reading runs in {self.directory}"):
            stored = load_traces(self.directory, pipeline=self.detector.pipeline_)
        found = [run for run in stored if run.run_id in wanted]
        if len(found) < min(2, len(wanted)):
            raise NoTracesError(
                f"The {len(wanted)} healthy runs behind the baseline are not in "
                f"'{self.directory}'. Name their folder with --dir, or with --baseline."
            )
        return found

    @cached_property
    def runs_at_hand(self) -> Sequence[Trace] | None:
        """The runs behind the detector; None, and a note, where there is only what it learned."""
        try:
            return self.runs
        except NoTracesError:
            note(
                "The runs behind the baseline are not here: a drop is not divided among operations."
            )
            return None


def make_detector(name: DetectorName, false_alarm_rate: float | None = None) -> BaseDetector:
    """Return a detector that is not fitted yet."""
    from lineage_stats import detectors

    known: dict[DetectorName, type[BaseDetector]] = {
        DetectorName.mad: detectors.RobustMADDetector,
        DetectorName.zscore: detectors.ZScoreDetector,
        DetectorName.changepoint: detectors.BayesianChangePointDetector,
    }
    detector = known[name]
    return detector() if false_alarm_rate is None else detector(false_alarm_rate=false_alarm_rate)


def healthy_runs(
    directory: Path,
    pipeline: str | None,
    tags: dict[str, str],
    *,
    before: Trace | None = None,
    without: str | None = None,
    stored: Iterable[Trace] | None = None,
) -> TraceSet:
    """Return the healthy runs of a folder.

    Parameters
    ----------
    directory : Path
        Folder of recorded runs.
    pipeline : str or None
        Of which pipeline; None where the folder holds only one.
    tags : dict of str to str
        Tags of the healthy runs, as of `lineage_stats.trace.healthy_runs`.
    before : Trace, default=None
        Only runs that started before this one.
    without : str, default=None
        Id of a run that does not count.
    stored : iterable of Trace, default=None
        The runs of the folder; None reads them.

    Raises
    ------
    NoTracesError
        If the folder holds no run of the pipeline.
    BaselineError
        If no pipeline is named and there are several.
    TooFewRunsError
        If fewer than two runs are healthy.
    """
    from lineage_stats import trace
    from lineage_stats.storage import load_traces

    if stored is None:
        with working(f"Reading runs in {directory}"):
            stored = load_traces(directory, pipeline=pipeline)
    runs = [
        run
        for run in stored
        if run.run_id != without and (pipeline is None or run.pipeline == pipeline)
    ]
    pipelines = sorted({run.pipeline for run in runs})
    if len(pipelines) > 1:
        raise BaselineError(
            f"'{directory}' holds runs of several pipelines ({', '.join(pipelines)}). "
            "Choose one with --pipeline."
        )
    healthy = trace.healthy_runs(runs, before=before, tags=tags)
    if len(healthy) < 2:
        named = ", ".join(f"{k}={v}" for k, v in tags.items())
        which = f"tagged {named}" if tags else "(tagged status=healthy, else those that ended well)"
        raise TooFewRunsError(
            f"'{directory}' holds {len(healthy)} healthy runs"
            f"{f' of {pipelines[0]!r}' if pipelines else ''} {which}"
            f"{f' before run {before.run_id}' if before else ''}; a baseline needs at least 2 and "
            "is honest from about 20. Record more, or choose others with --tag."
        )
    return healthy


def find_baseline(
    trace: Trace,
    baseline: Path | None,
    directory: Path,
    tags: dict[str, str],
    *,
    stored: Iterable[Trace] | None = None,
    tell: Callable[[str], None] = note,
) -> Baseline:
    """Return the baseline that a run is to be held against.

    Parameters
    ----------
    trace : Trace
        The run.
    baseline : Path or None
        A saved detector or a folder of runs; None takes the runs of `directory` before the run.
    directory : Path
        Folder of recorded runs.
    tags : dict of str to str
        Tags of the healthy runs.
    stored : iterable of Trace, default=None
        The runs of `directory`; None reads them where they are needed.
    tell : callable, default=note
        Takes what the user is to know of the baseline.

    Raises
    ------
    NoTracesError
        If there is no such baseline, or no run to learn from.
    BaselineError
        If the baseline cannot be read or used.
    TooFewRunsError
        If fewer than two runs are healthy.
    """
    if baseline is not None and not baseline.exists():
        raise NoTracesError(
            f"There is no baseline '{baseline}'. Make one with: "
            f"{command('fit', directory, '-o', baseline)}"
        )
    if baseline is not None and (baseline / "detector.json").is_file():
        return _saved(baseline, directory)
    folder, before = (directory, trace) if baseline is None else (baseline, None)
    runs = healthy_runs(
        folder,
        trace.pipeline,
        tags,
        before=before,
        without=trace.run_id,
        stored=stored if baseline is None else None,
    )
    tell(f"Baseline: {len(runs)} healthy runs of '{trace.pipeline}' in {folder}.")
    with working(f"Learning from {len(runs)} healthy runs"):
        detector = make_detector(DetectorName.mad).fit(runs)
    return Baseline(detector, folder, runs)


def _saved(path: Path, directory: Path) -> Baseline:
    with working(f"Loading {path}"):
        from lineage_stats.detectors import load_detector

        return Baseline(load_detector(path), directory)
