"""Waterfall of an attribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from lineage_stats.plots._style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    MINUS,
    SMALL,
    VERMILLION,
    at_least_one,
    axes_for,
    beside,
    labels_of,
    legend_below,
    number,
    room_of,
    shorten,
    tidy,
    title_of,
)
from lineage_stats.trace._render import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lineage_stats.attribution import Attribution
    from lineage_stats.trace import Trace


@dataclass(frozen=True, slots=True)
class _Step:
    """One bar: a change of the metric, in its points."""

    label: str
    change: float
    error: float | None
    colour: str


class AttributionDisplay:
    """A metric's drop as a waterfall: from the healthy median to the value of the run.

    Use `from_trace` or `from_attribution` to make and draw one.

    Parameters
    ----------
    attribution : Attribution
        What is drawn.

    Attributes
    ----------
    attribution : Attribution
        What is drawn.
    ax_ : matplotlib.axes.Axes
        Axes of the plot.
    figure_ : matplotlib.figure.Figure
        Its figure.
    bars_ : list of matplotlib.patches.Rectangle
        A bar per operation that is drawn, what the others have together, and what is unexplained.
    errors_ : list of matplotlib.container.ErrorbarContainer
        Standard errors of the bars; none for the others together.
    noise_ : matplotlib.container.ErrorbarContainer
        Standard deviation of the metric from one healthy run to the next, at the healthy median.
    band_ : matplotlib.patches.Patch
        Healthy range of the metric.
    healthy_line_, value_line_ : matplotlib.lines.Line2D
        Healthy median, and value of the run.
    texts_ : list of matplotlib.text.Text
        Shares in figures.

    See Also
    --------
    lineage_stats.attribute_root_cause : Divides the drop.

    Examples
    --------
    >>> from lineage_stats.datasets import Fault, make_runs
    >>> from lineage_stats.plots import AttributionDisplay
    >>> healthy = make_runs(20).traces
    >>> fault = Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.4, metric_drop=0.1)
    >>> bad = make_runs(1, first=20, fault=fault).traces[0]
    >>> display = AttributionDisplay.from_trace(bad, "f1_score", baseline=healthy)
    >>> len(display.bars_) == len(display.errors_)
    True
    """

    def __init__(self, attribution: Attribution) -> None:
        self.attribution = attribution

    def __repr__(self) -> str:
        return printable(
            f"<AttributionDisplay of {self.attribution.metric} in {self.attribution.run_id}>"
        )

    @classmethod
    def from_trace(
        cls,
        trace: Trace,
        metric: str,
        *,
        baseline: Any = None,
        ax: Axes | None = None,
        max_operations: int = 8,
        name_length: int = 36,
        **options: Any,
    ) -> Self:
        """Divide the drop of a metric by `attribute_root_cause`, and draw it.

        Parameters
        ----------
        trace : Trace
            The run whose metric is worse.
        metric : str
            Name of the metric, as in ``trace.metrics``.
        baseline : TraceSet, iterable of Trace, fitted detector or MechanismBaseline, default=None
            Healthy runs, as `attribute_root_cause` takes them.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a new figure.
        max_operations : int, default=8
            Most operations drawn; the others are summed up.
        name_length : int, default=36
            Characters from which the names of operations are shortened.
        **options : Any
            Further arguments of `attribute_root_cause`.

        Returns
        -------
        AttributionDisplay
            The display, drawn.
        """
        from lineage_stats.attribution import attribute_root_cause

        found = attribute_root_cause(trace, metric, baseline=baseline, **options)
        return cls(found).plot(ax, max_operations=max_operations, name_length=name_length)

    @classmethod
    def from_attribution(
        cls,
        attribution: Attribution,
        *,
        ax: Axes | None = None,
        max_operations: int = 8,
        name_length: int = 36,
    ) -> Self:
        """Draw an attribution.

        Parameters
        ----------
        attribution : Attribution
            What `attribute_root_cause` returned.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a new figure.
        max_operations : int, default=8
            Most operations drawn; the others are summed up.
        name_length : int, default=36
            Characters from which the names of operations are shortened.

        Returns
        -------
        AttributionDisplay
            The display, drawn.
        """
        return cls(attribution).plot(ax, max_operations=max_operations, name_length=name_length)

    def plot(
        self, ax: Axes | None = None, *, max_operations: int = 8, name_length: int = 36
    ) -> Self:
        """Draw the waterfall.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a new figure.
        max_operations : int, default=8
            Most operations drawn; the others are summed up.
        name_length : int, default=36
            Characters from which the names of operations are shortened.

        Returns
        -------
        AttributionDisplay
            This display.

        Raises
        ------
        ValueError
            If `ax` is no single Axes, or `max_operations` is less than 1.
        """
        found = self.attribution
        steps = self._steps(at_least_one("max_operations", max_operations), name_length)
        ax = axes_for(self, ax, width=8, height=0.5 * len(steps) + 2.1)
        if (room := room_of(ax)).is_shared:
            steps = self._steps(max_operations, min(name_length, max(int(0.07 * room.width), 12)))
        self.ax_, self.figure_ = ax, ax.figure
        tidy(ax, grid="x")
        self.band_ = ax.axvspan(
            found.lower, found.upper, color=BLUE, alpha=0.12, linewidth=0, label="healthy range"
        )
        self.healthy_line_ = ax.axvline(
            found.center, color=BLUE, linewidth=1.2, label="healthy median"
        )
        self.value_line_ = ax.axvline(
            found.value, color=INK, linewidth=1.2, linestyle="--", label="this run"
        )
        self._draw_steps(ax, steps)
        self._label(ax, [step.label for step in steps])
        return self

    def _steps(self, most: int, length: int) -> list[_Step]:
        found = self.attribution
        sign = -1.0 if found.greater_is_better else 1.0
        moved = [c for c in found.contributions if c.share != 0]
        steps = []
        for c in moved[:most]:
            label = labels_of(c.operation, c.location, length)
            colour = VERMILLION if c.share > 0 else GREEN
            steps.append(_Step(label, sign * c.share, c.standard_error, colour))
        if rest := moved[most:]:
            share = sum(c.share for c in rest)
            colour = VERMILLION if share > 0 else GREEN
            steps.append(_Step(f"{len(rest)} others", sign * share, None, colour))
        change = sign * found.unexplained
        steps.append(_Step("unexplained", change, found.unexplained_error, GREY))
        return steps

    def _draw_steps(self, ax: Axes, steps: list[_Step]) -> None:
        self.bars_: list[Any] = []
        self.errors_: list[Any] = []
        self.texts_: list[Any] = []
        level, digits = self.attribution.center, _decimals(self.attribution.drop)
        for i, step in enumerate(steps):
            self.bars_.extend(ax.barh(i, step.change, left=level, color=step.colour, height=0.66))
            level += step.change
            text = f"{step.change:+.{digits}f}"
            if step.error is not None:
                self.errors_.append(_error_bar(ax, level, i, step.error))
                text += f" ± {step.error:.{digits}f}"
            if i + 1 < len(steps):
                ax.plot([level, level], [i + 0.33, i + 0.67], color=INK, linewidth=0.8)
            self.texts_.append(beside(ax, i, text.replace("-", MINUS)))
        noise, row = self.attribution.noise, len(steps)
        self.noise_ = ax.errorbar(
            self.attribution.center, row, xerr=noise, color=BLUE, fmt="|", capsize=4, linewidth=2
        )
        self.texts_.append(beside(ax, row, f"± {noise:.{digits}f}"))

    def _label(self, ax: Axes, labels: list[str]) -> None:
        found = self.attribution
        labels = [*labels, "noise from run to run"]
        ax.set_yticks(range(len(labels)), labels, fontsize=SMALL, parse_math=False)
        ax.set_ylim(len(labels) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        unit = "seconds" if found.metric == "duration" else "points"
        ax.set_xlabel(f"{shorten(found.metric, 40)} ({unit})", parse_math=False)
        title = (
            f"{shorten(found.pipeline, 24)}, run {shorten(found.run_id, 24)}: "
            f"{number(found.value)}, healthy {number(found.center)}"
        )
        title_of(ax, title)
        legend_below(ax, [self.band_, self.healthy_line_, self.value_line_])


def _error_bar(ax: Axes, x: float, y: float, error: float) -> Any:
    return ax.errorbar(x, y, xerr=error, color=INK, capsize=3, linewidth=1)


def _decimals(drop: float) -> int:
    """Return how many decimals show a drop with three significant digits."""
    return max(0, 2 - math.floor(math.log10(drop))) if drop > 0 else 3
