"""``lineage-stats drill``: says which faults would be noticed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lineage_stats.cli._baseline import DetectorName, healthy_runs, make_detector
from lineage_stats.cli._console import emit_json, emit_text, note
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    JsonOption,
    PipelineOption,
    TagOption,
    tags_of,
)

BLIND = 1


def _check_share(value: float | None) -> float | None:
    if value is not None and not 0 < value <= 1:
        raise typer.BadParameter(f"It must be a number in (0, 1]. Got {value:g} instead.")
    return value


def drill(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of recorded runs.")
    ] = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    tag: TagOption = None,
    detector: Annotated[DetectorName, typer.Option(help="How to judge.")] = DetectorName.mad,
    false_alarm_rate: Annotated[
        float | None,
        typer.Option(
            metavar="RATE",
            help="Share of healthy runs that may be flagged.",
            show_default="0.01",
            callback=_check_share,
        ),
    ] = None,
    power: Annotated[
        float,
        typer.Option(
            metavar="SHARE", help="Share of faulty runs to be flagged.", callback=_check_share
        ),
    ] = 0.8,
    min_power: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Exit with code 1 if some fault is noticed less often than this.",
            callback=_check_share,
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this kind of fault; may be repeated."),
    ] = None,
    heat_map: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw a heat map: PNG, SVG or PDF.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Plant faults in stored healthy runs and show which would be noticed, and where not.

    Exit code 0: as asked, 1: some power is below --min-power, 2: cannot tell.
    """
    from lineage_stats.detectors import drill as run_drill

    runs = healthy_runs(directory, pipeline, tags_of(tag))
    judge = make_detector(detector, false_alarm_rate)
    try:
        found = run_drill(runs, judge, power=power, faults=fault)
    except ValueError as error:
        if "'faults'" not in str(error):
            raise
        raise typer.BadParameter(str(error)) from error
    if heat_map is not None:
        from matplotlib.figure import Figure

        figure = found.plot().get_figure()
        assert isinstance(figure, Figure)  # the plot made it
        figure.savefig(heat_map)
        note(f"The heat map is in {heat_map}.")
    if as_json:
        emit_json(found.to_dict())
    else:
        emit_text(found.summary())
    if min_power is not None and found.min_power < min_power:
        note(f"The smallest power is {found.min_power:.2f}, below {min_power:g}.")
        raise typer.Exit(BLIND)
