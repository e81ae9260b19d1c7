"""One feature over the runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from lineage_stats.plots._style import (
    BLUE,
    PURPLE,
    SMALL,
    VERMILLION,
    axes_for,
    legend_below,
    number,
    room_of,
    short_key,
    shorten,
    tidy,
    title_of,
)
from lineage_stats.trace._render import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lineage_stats.detectors import BaseDetector
    from lineage_stats.trace import Trace

FloatArray = npt.NDArray[np.float64]
_MOST_DATES = 6


class BaselineDisplay:
    """A feature of an operation over the healthy runs, and in the run that is judged.

    Below it, the probability that a new regime begins with a run. Use `from_trace` to make and
    draw one.

    Parameters
    ----------
    operation, feature : str
        What was measured.
    values : array-like of shape (n_runs,)
        Its values in the healthy runs, oldest first; NaN where missing.
    value : float
        Its value in the run that is judged.
    lower, centre, upper : float, default=nan
        Healthy range and centre; NaN where there is none.
    change_probability : array-like of shape (n_runs,) or None, default=None
        Probability that a new regime begins with each healthy run; None leaves it out.
    times : array-like of shape (n_runs + 1,) or None, default=None
        When the runs began, in days since the epoch, that of the judged run last; None numbers
        the runs.
    run_id : str, default=""
        The run that is judged.
    unit : str, default=""
        Unit of the feature.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the values.
    change_ax_ : matplotlib.axes.Axes or None
        Axes of the probabilities of a change, below `ax_`, whose room they share; None without
        these.
    figure_ : matplotlib.figure.Figure
        Figure of both.
    points_ : matplotlib.lines.Line2D
        Healthy runs.
    value_point_ : matplotlib.lines.Line2D
        The run that is judged.
    band_ : matplotlib.patches.Patch or None
        Healthy range.
    centre_line_ : matplotlib.lines.Line2D or None
        Healthy centre.
    change_bars_ : list of matplotlib.patches.Rectangle
        Probabilities of a change.

    See Also
    --------
    TraceScoreDisplay : All operations of one run.
    lineage_stats.detectors.detect_changes : The probability of a change.

    Examples
    --------
    >>> from lineage_stats.datasets import Fault, make_runs
    >>> from lineage_stats.detectors import RobustMADDetector
    >>> from lineage_stats.plots import BaselineDisplay
    >>> detector = RobustMADDetector(false_alarm_rate=0.05).fit(make_runs(20).traces)
    >>> fault = Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.4, metric_drop=0.1)
    >>> bad = make_runs(1, first=20, fault=fault).traces[0]
    >>> display = BaselineDisplay.from_trace(bad, detector, "clean/DataFrame.merge#1", "rows_out")
    >>> display.value < display.lower
    True
    """

    def __init__(
        self,
        operation: str,
        feature: str,
        values: npt.ArrayLike,
        value: float,
        *,
        lower: float = float("nan"),
        centre: float = float("nan"),
        upper: float = float("nan"),
        change_probability: npt.ArrayLike | None = None,
        times: npt.ArrayLike | None = None,
        run_id: str = "",
        unit: str = "",
    ) -> None:
        self.operation = operation
        self.feature = feature
        self.values = values
        self.value = value
        self.lower = lower
        self.centre = centre
        self.upper = upper
        self.change_probability = change_probability
        self.times = times
        self.run_id = run_id
        self.unit = unit

    def __repr__(self) -> str:
        return printable(f"<BaselineDisplay of {self.feature} at {self.operation}>")

    @classmethod
    def from_trace(
        cls,
        trace: Trace,
        detector: BaseDetector,
        operation: str | None = None,
        feature: str | None = None,
        *,
        ax: Axes | None = None,
        name_length: int = 48,
    ) -> Self:
        """Draw a feature of a run against the runs that a detector has learned from.

        Parameters
        ----------
        trace : Trace
            The run.
        detector : BaseDetector
            A detector that was fitted on traces of the same pipeline.
        operation : str, default=None
            Key of the operation, as the healthy runs have it; None takes the most abnormal one.
        feature : str, default=None
            Name of the feature; None takes the most abnormal number of the operation.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a new figure.
        name_length : int, default=48
            Characters from which the name of the operation is shortened.

        Returns
        -------
        BaselineDisplay
            The display, drawn.

        Raises
        ------
        UnknownOperationError
            If no cell of that operation was judged.
        ValueError
            If the operation has no such feature, or none that is a number.
        """
        from lineage_stats.detectors import detect_changes
        from lineage_stats.features import feature_spec

        score = detector.score(trace)
        operation = str(score.operations.index[0]) if operation is None else operation
        cells = score.explain(operation)
        feature = _chosen(cells, operation, feature)
        cell: Any = cells.loc[feature]
        values, times = _history(detector, trace, operation, feature)
        spec = feature_spec(feature)
        display = cls(
            operation, feature, values, float(cell["value"]),
            lower=float(cell["lower"]), centre=float(cell["centre"]), upper=float(cell["upper"]),
            change_probability=detect_changes(values).probability, times=times,
            run_id=trace.run_id, unit=_unit(spec.unit if spec else "", feature),
        )  # fmt: skip
        return display.plot(ax, name_length=name_length)

    def plot(self, ax: Axes | None = None, *, name_length: int = 48) -> Self:
        """Draw the runs, the healthy range, and the probability of changes.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a new figure.
        name_length : int, default=48
            Characters from which the name of the operation is shortened.

        Returns
        -------
        BaselineDisplay
            This display.

        Raises
        ------
        ValueError
            If `ax` is no single Axes.
        """
        values = np.asarray(self.values, dtype=np.float64)
        ax = axes_for(self, ax, width=8, height=4.2)
        self.ax_, self.figure_ = ax, ax.figure
        tidy(ax, grid="y")
        self._draw_band(ax)
        (self.points_,) = ax.plot(
            range(len(values)), values, color=BLUE, marker="o", markersize=3.5, linewidth=0.8,
            label=f"{len(values)} healthy runs",
        )  # fmt: skip
        label = f"run {shorten(self.run_id, 24)}" if self.run_id else "this run"
        (self.value_point_,) = ax.plot(
            [len(values)], [self.value], color=VERMILLION, marker="D", markersize=8,
            linestyle="none", label=f"{label}: {number(self.value, 4)}", zorder=3,
        )  # fmt: skip
        ax.set_xlim(-0.02 * len(values) - 0.5, 1.02 * len(values) + 0.5)
        ax.margins(y=0.1)
        ax.locator_params(axis="y", nbins=5)
        self._draw_changes(ax, len(values))
        self._label(ax, name_length, len(values))
        return self

    def _draw_band(self, ax: Axes) -> None:
        self.band_ = self.centre_line_ = None
        if np.isfinite(self.lower) and np.isfinite(self.upper):
            ends = number(self.lower, 4), number(self.upper, 4)
            self.band_ = ax.axhspan(
                self.lower, self.upper, color=BLUE, alpha=0.12, linewidth=0,
                label=f"healthy range {ends[0]} to {ends[1]}",
            )  # fmt: skip
        if np.isfinite(self.centre):
            self.centre_line_ = ax.axhline(self.centre, color=BLUE, linewidth=1, alpha=0.6)

    def _draw_changes(self, ax: Axes, n_runs: int) -> None:
        self.change_ax_, self.change_bars_ = None, []
        if self.change_probability is None:
            return
        probability = np.asarray(self.change_probability, dtype=np.float64)
        below = _split(ax)
        self.change_bars_ = list(below.bar(range(n_runs), probability, color=PURPLE, width=0.9))
        below.set_ylim(0, 1)
        below.set_yticks([0, 1], ["0", "1"], fontsize=SMALL)
        below.set_ylabel("P(change)", fontsize=SMALL)
        below.spines[["top", "right"]].set_visible(False)
        ax.tick_params(axis="x", labelbottom=False)
        self.change_ax_ = below

    def _label(self, ax: Axes, length: int, n_runs: int) -> None:
        feature = shorten(self.feature, 32)
        ax.set_ylabel(f"{feature} ({self.unit})" if self.unit else feature, parse_math=False)
        title_of(ax, short_key(self.operation, length))
        bottom = self.change_ax_ or ax
        legend_below(bottom, [a for a in (self.band_, self.points_, self.value_point_) if a])
        texts = _dates(self.times)
        if texts is None:
            bottom.set_xlabel("number of the run")
            return
        room = room_of(ax)
        most = max(int(room.width / 110), 2) if room.is_shared else _MOST_DATES
        shown = _spread(len(texts), most)
        bottom.set_xticks(shown, [texts[i] for i in shown], fontsize=SMALL)
        bottom.set_xlabel("begin of the run (UTC)")


def _split(ax: Axes) -> Axes:
    """Give the lower part of some axes to axes of their own, with the same runs across."""
    spec = ax.get_subplotspec()
    if spec is not None:
        parts = spec.subgridspec(2, 1, height_ratios=(4, 1), hspace=0.1)
        ax.set_subplotspec(parts[0])
        return ax.figure.add_subplot(parts[1], sharex=ax)
    left, bottom, width, height = ax.get_position().bounds
    ax.set_position((left, bottom + 0.25 * height, width, 0.75 * height))
    return ax.figure.add_axes((left, bottom, width, 0.2 * height), sharex=ax)


def _chosen(cells: Any, operation: str, feature: str | None) -> str:
    """Return the feature to draw: the one asked for, or the first that is a number."""
    numbers = [
        str(name) for name, kind in cells["kind"].items()
        if kind not in ("category", "presence", "notice")
    ]  # fmt: skip
    if feature is None and numbers:
        return numbers[0]
    if feature in numbers:
        return str(feature)
    asked = "no feature that is a number" if feature is None else f"no number '{feature}'"
    raise ValueError(
        f"Operation '{operation}' has {asked} to draw. It has: {', '.join(numbers) or 'none'}."
    )


def _history(
    detector: BaseDetector, trace: Trace, operation: str, feature: str
) -> tuple[FloatArray, FloatArray]:
    """Return the values of the runs that a detector knows, and when all runs began."""
    from lineage_stats.features import Cell

    known = detector.history_
    others = known.take(np.array([run_id != trace.run_id for run_id in known.run_ids], dtype=bool))
    cell = Cell(operation, feature)
    column = np.full(len(others.values), np.nan)
    if cell in detector.judged_cells_:
        values = detector.profiles_.extend(others.values)
        column = values[:, detector.judged_cells_.index(cell)]
    return column, np.append(others.times, trace.start_ns / 86_400e9)


def _unit(unit: str, feature: str) -> str:
    """Return a unit as people write it."""
    if unit == "1":
        return "share" if not feature.startswith(("metric_value", "ks", "psi")) else ""
    return "unit of the column" if unit == "column" else unit


def _dates(times: npt.ArrayLike | None) -> list[str] | None:
    """Return when runs began as text: the day, or the time where all are of one day."""
    days = np.empty(0) if times is None else np.asarray(times, dtype=np.float64)
    if not len(days) or not np.isfinite(days).all():
        return None
    moments = [dt.datetime.fromtimestamp(86_400 * day, dt.UTC) for day in days]
    form = "%Y-%m-%d" if days[-1] - days[0] >= 1 else "%H:%M:%S"
    return [f"{moment:{form}}" for moment in moments]


def _spread(n: int, most: int) -> Sequence[int]:
    """Return positions of at most `most` of `n` runs, evenly, the last one among them."""
    step = max(1, -(-(n - 1) // (most - 1)))
    return list(range(n - 1, -1, -step))[::-1]
