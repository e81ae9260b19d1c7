"""Faults that a drill plants in the features of healthy runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lineage_stats.detectors._transforms import FloatArray
from lineage_stats.features import Cell, FeatureName, parse_feature

Columns = dict[str, dict[FeatureName, int]]
_ORDER: Final = ("min", "q25", "q50", "q75", "max")


class Place:
    """One operation of healthy runs: which cell is which, and how they vary."""

    def __init__(self, operation: str, cells: Sequence[Cell], healthy: FloatArray) -> None:
        self.operation = operation
        self._at: dict[str, list[tuple[FeatureName, int]]] = {}
        for j, cell in enumerate(cells):
            if cell.operation == operation and np.isfinite(healthy[:, j]).any():
                name = parse_feature(cell.feature)
                self._at.setdefault(name.statistic, []).append((name, j))
        self._healthy = healthy

    def of(self, *statistics: str) -> list[int]:
        """Return the cells of some statistics."""
        return [j for name in statistics for _, j in self._at.get(name, ())]

    def columns(self, statistic: str) -> list[FeatureName]:
        """Return the names of one statistic, a column each."""
        return [name for name, _ in self._at.get(statistic, ())]

    def cell(self, name: FeatureName) -> int | None:
        """Return the cell of that very name."""
        return next((j for known, j in self._at.get(name.statistic, ()) if known == name), None)

    def spread(self, j: int) -> float:
        """Return the standard deviation of a cell between healthy runs."""
        return float(np.nanstd(self._healthy[:, j], ddof=1))


# Changes rows of runs x cells in place, given the place, the severity and which run it is.
Change = Callable[[FloatArray, Place, float, int], None]


@dataclass(frozen=True)
class DrillFault:
    """One kind of fault.

    Attributes
    ----------
    name : str
        What it is called.
    unit : str
        Unit of its severity; ``""`` for faults that are there or not.
    severities : tuple of float
        In ascending order.
    reference : float
        Severity that a baseline should notice.
    applies : callable
        Whether an operation records what the fault changes.
    change : callable
        Plants it in one run.
    """

    name: str
    unit: str
    severities: tuple[float, ...]
    reference: float
    applies: Callable[[Place], bool]
    change: Change


def _lose_rows(x: FloatArray, place: Place, severity: float, run: int) -> None:
    rows = place.of("rows_out", "rows_out_mean", "rows_out_min", "rows_out_max", "selectivity")
    x[rows] *= 1 - severity
    counted = place.of("rows_out")
    x[counted] = np.floor(x[counted])


def _add_nulls(x: FloatArray, place: Place, severity: float, run: int) -> None:
    names = place.columns("nulls")
    name = names[run % len(names)]
    j = place.cell(name)
    assert j is not None  # the name came from the cells
    before, x[j] = x[j], min(x[j] + severity, 1.0)
    for share in place.of("null_share"):
        x[share] += (x[j] - before) / len(names)


def _shift_mean(x: FloatArray, place: Place, severity: float, run: int) -> None:
    names = [n for n in place.columns("mean") if place.cell(n._replace(statistic="sd")) is not None]
    name = names[run % len(names)]
    sd = place.cell(name._replace(statistic="sd"))
    assert sd is not None  # that is how the names were chosen
    for statistic in ("mean", *_ORDER):
        j = place.cell(name._replace(statistic=statistic))
        if j is not None:
            x[j] += severity * x[sd]


def _new_category(x: FloatArray, place: Place, severity: float, run: int) -> None:
    names = place.columns("top_share")
    name = names[run % len(names)]
    top, distinct = place.cell(name), place.cell(name._replace(statistic="distinct"))
    assert top is not None  # the name came from the cells
    x[top] = max(x[top] * (1 - severity), severity)
    if distinct is not None:
        x[distinct] += 1


def _change_schema(x: FloatArray, place: Place, severity: float, run: int) -> None:
    x[place.of("schema")] += 1.0


def _change_parameter(x: FloatArray, place: Place, severity: float, run: int) -> None:
    cells = place.of("param")
    x[cells[run % len(cells)]] += 1.0


def _skip(x: FloatArray, place: Place, severity: float, run: int) -> None:
    for statistic in list(place._at):
        x[place.of(statistic)] = np.nan
    x[place.of("present")] = 0.0


def _slow_down(x: FloatArray, place: Place, severity: float, run: int) -> None:
    x[place.of("duration", "cpu")] *= severity


def _worsen_metric(x: FloatArray, place: Place, severity: float, run: int) -> None:
    for j in place.of("metric_value"):
        x[j] -= severity * place.spread(j)


def _needs(*statistics: str) -> Callable[[Place], bool]:
    return lambda place: bool(place.of(*statistics))


DRILL_FAULTS: Final = (
    DrillFault(
        "rows lost", "share", (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.9), 0.3,
        _needs("rows_out"), _lose_rows,
    ),
    DrillFault(
        "nulls", "share", (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5), 0.05,
        _needs("nulls"), _add_nulls,
    ),
    DrillFault(
        "mean shifted", "sd", (0.1, 0.2, 0.5, 1.0, 2.0, 5.0), 2.0,
        lambda place: any(
            place.cell(n._replace(statistic="sd")) is not None for n in place.columns("mean")
        ),
        _shift_mean,
    ),
    DrillFault(
        "new category", "share", (0.01, 0.02, 0.05, 0.1, 0.2, 0.5), 0.2,
        _needs("top_share"), _new_category,
    ),
    DrillFault("dtype changed", "", (1.0,), 1.0, _needs("schema"), _change_schema),
    DrillFault("parameter changed", "", (1.0,), 1.0, _needs("param"), _change_parameter),
    DrillFault("operation missing", "", (1.0,), 1.0, _needs("present"), _skip),
    DrillFault(
        "slower", "times", (2.0, 3.0, 5.0, 10.0, 20.0, 50.0), 20.0,
        _needs("duration", "cpu"), _slow_down,
    ),
    DrillFault(
        "metric worse", "sd", (2.0, 3.0, 5.0, 8.0, 15.0), 8.0,
        _needs("metric_value"), _worsen_metric,
    ),
)  # fmt: skip
