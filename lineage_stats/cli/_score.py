"""``lineage-stats score``: says whether a run is healthy."""

from __future__ import annotations

import typer

from lineage_stats.cli._baseline import BaselineOption, find_baseline
from lineage_stats.cli._console import emit_json, emit_text, working
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

ANOMALOUS = 1


def score(
    run: RunArgument,
    baseline: BaselineOption = None,
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    tag: HealthyTagOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether a run is healthy. Exit code 0: healthy, 1: anomalous, 2: cannot tell."""
    trace = find_run(run, directory, pipeline=pipeline)
    detector = find_baseline(trace, baseline, directory, tags_of(tag)).detector
    with working("Scoring"):
        scored = detector.score(trace)
    if as_json:
        emit_json(scored.to_dict())
    else:
        emit_text(scored.summary())
    raise typer.Exit(ANOMALOUS if scored.flagged else 0)
