"""What a drill found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pandas as pd

from lineage_stats.detectors._drill_faults import DrillFault
from lineage_stats.trace._render import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCHEMA_VERSION: Final = 1
# Beyond this the estimate says no more than that it would take very many.
_MANY: Final = 1_000


@dataclass(frozen=True, eq=False)
class Drill:
    """Which faults would be noticed, and where.

    Attributes
    ----------
    pipeline : str
        Pipeline of the runs.
    detector : str
        Name of the detector's class.
    n_runs : int
        Healthy runs that were used.
    power : float
        Share of faulty runs that have to be flagged for a fault to count as caught.
    false_alarm_rate : float
        Share of healthy runs that may be flagged.
    """

    pipeline: str
    detector: str
    n_runs: int
    power: float
    false_alarm_rate: float
    _table: pd.DataFrame = field(repr=False)
    _powers: pd.DataFrame = field(repr=False)

    @classmethod
    def of_rows(
        cls, rows: list[dict[str, Any]], faults: Sequence[DrillFault], *, power: float, **about: Any
    ) -> Self:
        """Summarise rows of operation, fault, severity, flagged and needed."""
        found = pd.DataFrame(rows, columns=["operation", "fault", "severity", "flagged", "needed"])
        grouped = found.groupby(["operation", "fault", "severity"], sort=False)
        powers = grouped.agg(
            power=("flagged", "mean"), runs=("flagged", "size"),
            needed=("needed", lambda x: float(np.quantile(x, power, method="higher"))),
        ).reset_index()  # fmt: skip
        kinds = {fault.name: fault for fault in faults}
        summary = [
            _summarised(str(operation), kinds[str(name)], part, power, int(about["n_runs"]))
            for (operation, name), part in powers.groupby(["operation", "fault"], sort=False)
        ]
        table = pd.DataFrame(
            summary,
            columns=[
                "operation", "fault", "smallest", "unit", "reference", "power", "caught",
                "more_runs",
            ],
        )  # fmt: skip
        return cls(power=power, _table=table, _powers=powers, **about)

    @property
    def table(self) -> pd.DataFrame:
        """One row per operation and kind of fault that it would show.

        Columns: operation, fault, smallest (severity that is caught; NaN: none is), unit (of
        severities), reference (severity that should be noticed), power (share of runs flagged at
        that one), caught (whether that is enough), more_runs (healthy runs that would have to come
        to catch it, an estimate; 0 where it is caught, infinity where more runs do not help).
        """
        return self._table.copy()

    @property
    def powers(self) -> pd.DataFrame:
        """One row per operation, kind of fault and severity: power, and runs it was planted in."""
        return self._powers[["operation", "fault", "severity", "power", "runs"]].copy()

    @property
    def blind_spots(self) -> pd.DataFrame:
        """Rows of `table` that are not caught, those that more runs would close first."""
        missed = self._table[~self._table["caught"]]
        return missed.sort_values(["more_runs", "power"], kind="stable").reset_index(drop=True)

    @property
    def min_power(self) -> float:
        """Smallest power of all operations and faults at their reference severity."""
        return float(self._table["power"].min()) if len(self._table) else 1.0

    def to_frame(self) -> pd.DataFrame:
        """Return `table`."""
        return self.table

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data that JSON can hold; what is not finite is None."""
        return {
            "schema_version": SCHEMA_VERSION,
            "pipeline": self.pipeline,
            "detector": self.detector,
            "n_runs": self.n_runs,
            "power": self.power,
            "false_alarm_rate": self.false_alarm_rate,
            "min_power": self.min_power,
            "faults": _records(self._table),
            "powers": _records(self.powers),
        }

    def __repr__(self) -> str:
        caught = int(self._table["caught"].sum())
        return printable(
            f"<Drill {self.pipeline}: {caught} of {len(self._table)} faults caught, "
            f"{self.n_runs} healthy runs>"
        )

    def summary(self, n: int = 10) -> str:
        """Return a table of kinds of faults, and the first `n` blind spots, as text."""
        caught = int(self._table["caught"].sum())
        lines = [
            f"{caught} of {len(self._table)} faults would be caught in '{self.pipeline}' "
            f"({self.detector}, {self.n_runs} healthy runs, at most "
            f"{self.false_alarm_rate:g} false alarms per run)."
        ]
        for name, part in self._table.groupby("fault", sort=False):
            typical = part["smallest"].median()
            unit = part["unit"].iloc[0]
            seen = unit and math.isfinite(typical)
            size = f", typically from {_severity(typical, unit)}" if seen else ""
            lines.append(f"  {name}: {int(part['caught'].sum())} of {len(part)} operations{size}")
        spots = self.blind_spots
        if len(spots):
            lines.append("Blind spots:")
        for row in spots.head(n).to_dict("records"):
            size = f" of {_severity(row['reference'], row['unit'])}" if row["unit"] else ""
            lines.append(
                f"  {row['operation']}: {row['fault']}{size}, power {row['power']:.2f}; "
                f"{_more(row['more_runs'])}"
            )
        if len(spots) > n:
            lines.append(f"  and {len(spots) - n} more")
        return "\n".join(map(printable, lines))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw a heat map: operations down, faults across, power at the reference severity.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        Axes
            With one image; what an operation does not record is left blank.
        """
        from matplotlib.figure import Figure

        grid = self._table.pivot_table(
            index="operation", columns="fault", values="power", sort=False
        )
        grid = grid.loc[self._table["operation"].unique(), self._table["fault"].unique()]
        if ax is None:
            figure = Figure(figsize=(6 + 0.9 * grid.shape[1], 2.5 + 0.28 * grid.shape[0]))
            figure.set_layout_engine("constrained")
            ax = figure.subplots()
        image = ax.imshow(grid.to_numpy(dtype=float), vmin=0, vmax=1, cmap="cividis", aspect="auto")
        ax.set_xticks(range(grid.shape[1]), grid.columns, rotation=40, ha="right")
        ax.set_yticks(range(grid.shape[0]), [printable(str(key)) for key in grid.index])
        ax.set_title(f"Power at {self.n_runs} healthy runs")
        parent = ax.get_figure()
        if parent is not None:
            parent.colorbar(image, ax=ax, label="share of faulty runs flagged")
        return ax


def _summarised(
    operation: str, fault: DrillFault, part: pd.DataFrame, power: float, n_runs: int
) -> dict[str, Any]:
    enough = part.loc[part["power"] >= power, "severity"]
    at = part[part["severity"] == fault.reference].iloc[0]
    caught = bool(at["power"] >= power)
    return {
        "operation": operation,
        "fault": fault.name,
        "smallest": float(enough.min()) if len(enough) else math.nan,
        "unit": fault.unit,
        "reference": fault.reference,
        "power": float(at["power"]),
        "caught": caught,
        "more_runs": 0.0 if caught else max(float(at["needed"]) - n_runs, 1.0),
    }


def _severity(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:g} %"
    return f"{value:g} {unit}"


def _more(runs: float) -> str:
    if math.isinf(runs):
        return "more healthy runs would not help"
    if runs > _MANY:
        return f"it would take more than {_MANY:,} more healthy runs"
    return f"about {math.ceil(runs)} more healthy runs would catch it"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            str(k): None if isinstance(v, float) and not math.isfinite(v) else v
            for k, v in row.items()
        }
        for row in table.to_dict("records")
    ]
