"""``lineage-stats drill``: says which faults would be noticed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage_stats.cli._baseline import DetectorName, healthy_runs, make_detector
from lineage_stats.cli._console import emit_json, emit_text, note, working
from lineage_stats.cli._options import (
    DirectoryArgument,
    JsonOption,
    PipelineOption,
    RateOption,
    SameDirectoryOption,
    TagOption,
    directory_of,
    tags_of,
)

if TYPE_CHECKING:
    from lineage_stats.detectors import Drill

BLIND = 1
PICTURES = (".png", ".svg", ".pdf")


def _check_share(value: float | None) -> float | None:
    if value is not None and not 0 < value <= 1:
        raise typer.BadParameter(f"It must be a number in (0, 1]. Got {value:g} instead.")
    return value


def _check_picture(file: Path | None) -> Path | None:
    if file is not None and file.suffix.lower() not in PICTURES:
        raise typer.BadParameter(f"It must end in {', '.join(PICTURES)}. Got '{file}' instead.")
    return file


def drill(
    directory: DirectoryArgument = None,
    pipeline: PipelineOption = None,
    tag: TagOption = None,
    detector: Annotated[DetectorName, typer.Option(help="How to judge.")] = DetectorName.mad,
    false_alarm_rate: RateOption = None,
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
        Path | None,
        typer.Option(
            metavar="FILE", help="Draw a heat map: .png, .svg or .pdf.", callback=_check_picture
        ),
    ] = None,
    same_directory: SameDirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plant faults in stored healthy runs and show which would be noticed, and where not.

    Exit code 0: as asked, 1: some power is below --min-power, 2: cannot tell.
    """
    _check_faults(fault)
    directory = directory_of(directory, same_directory)
    runs = healthy_runs(directory, pipeline, tags_of(tag))
    with working("Planting faults"):
        from lineage_stats.detectors import drill as run_drill

        judge = make_detector(detector, false_alarm_rate)
        found = run_drill(runs, judge, power=power, faults=fault)
    if heat_map is not None:
        _draw(found, heat_map)
    if as_json:
        emit_json(found.to_dict())
    else:
        emit_text(found.summary())
    if min_power is not None and found.min_power < min_power:
        note(f"The smallest power is {found.min_power:.2f}, below {min_power:g}.")
        raise typer.Exit(BLIND)


def _check_faults(names: list[str] | None) -> None:
    if not names:
        return
    from lineage_stats.detectors import DRILL_FAULTS

    known = [fault.name for fault in DRILL_FAULTS]
    for name in names:
        if name not in known:
            raise typer.BadParameter(
                f"There is no fault '{name}'. There are: {', '.join(known)}.",
                param_hint="'--fault'",
            )


def _draw(found: Drill, file: Path) -> None:
    from matplotlib.figure import Figure

    figure = found.plot().get_figure()
    assert isinstance(figure, Figure)  # the plot made it
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)
    note(f"Written: {file}")
