"""``lineage-stats fit``: learns a baseline and saves it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lineage_stats.cli._baseline import DetectorName, healthy_runs, make_detector
from lineage_stats.cli._console import command, emit_json, note, working
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    DirectoryArgument,
    JsonOption,
    PipelineOption,
    RateOption,
    SameDirectoryOption,
    TagOption,
    directory_of,
    tags_of,
)


def fit(
    directory: DirectoryArgument = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="PATH", help="Where to save the baseline.")
    ] = Path("baseline"),
    pipeline: PipelineOption = None,
    tag: TagOption = None,
    detector: Annotated[DetectorName, typer.Option(help="How to learn.")] = DetectorName.mad,
    false_alarm_rate: RateOption = None,
    same_directory: SameDirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn from healthy runs what is normal, and save it.

    Healthy are the runs with the given tags; without any, those tagged status=healthy where
    that tag is used, else those that ended well.
    """
    directory = directory_of(directory, same_directory)
    runs = healthy_runs(directory, pipeline, tags_of(tag))
    with working(f"Learning from {len(runs)} healthy runs"):
        fitted = make_detector(detector, false_alarm_rate).fit(runs)
        path = fitted.save(output)
    if as_json:
        emit_json(
            {
                "path": str(path),
                "detector": type(fitted).__name__,
                "pipeline": fitted.pipeline_,
                "false_alarm_rate": fitted.false_alarm_rate,
                "n_runs": fitted.n_runs_,
                "n_cells": fitted.n_features_in_,
                "run_ids": list(fitted.run_ids_),
                "screened_run_ids": list(fitted.screened_run_ids_),
            }
        )
        return
    note(
        f"{type(fitted).__name__} learned {fitted.n_features_in_:,} cells from {fitted.n_runs_} "
        f"healthy runs of '{fitted.pipeline_}' and is saved in {path}."
    )
    if fitted.screened_run_ids_:
        note(f"Left out, since they stand out: {', '.join(fitted.screened_run_ids_)}.")
        accepted = {run.run_id for run in runs if run.tags.get("baseline") == "accepted"}
        if accepted.intersection(fitted.screened_run_ids_):
            note(
                "Accepted runs are among them: runs like these are not flagged, but no scale is "
                "learned from them."
            )
    where = [] if directory == DEFAULT_DIRECTORY else ["--dir", directory]
    which = [] if pipeline is None else ["--pipeline", pipeline]
    advised = command("score", "latest", "--baseline", path, *where, *which)
    note(f"Score a run with: {advised}")
