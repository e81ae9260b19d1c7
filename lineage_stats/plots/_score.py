"""What a detector says of a run, operation by operation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from lineage_stats.plots._style import (
    GREY,
    INK,
    LINE,
    ORANGE,
    SMALL,
    VERMILLION,
    at_least_one,
    axes_for,
    beside,
    labels_of,
    legend_below,
    number,
    p_text,
    room_of,
    shorten,
    tidy,
    title_of,
)
from lineage_stats.trace._render import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lineage_stats.detectors import BaseDetector, TraceScore
    from lineage_stats.trace import Trace

_ORIGIN, _FLAGGED, _QUIET = "begins here", "follows from it", "as in healthy runs"
_COLOURS = {_ORIGIN: VERMILLION, _FLAGGED: ORANGE, _QUIET: GREY}


class TraceScoreDisplay:
    """Which operations of a run are abnormal, and in what: a bar for each.

    Use `from_trace` or `from_score` to make and draw one.

    Parameters
    ----------
    score : TraceScore
        What is drawn.

    Attributes
    ----------
    score : TraceScore
        What is drawn.
    ax_ : matplotlib.axes.Axes
        Axes of the plot.
    figure_ : matplotlib.figure.Figure
        Its figure.
    bars_ : list of matplotlib.patches.Rectangle
        A bar per operation that is drawn, in the order of ``score.operations``.
    threshold_line_ : matplotlib.lines.Line2D
        Score beyond which an operation alone makes a run anomalous.
    texts_ : list of matplotlib.text.Text
        The most abnormal feature of each operation, with what healthy runs have.

    See Also
    --------
    BaselineDisplay : One feature over all runs.

    Examples
    --------
    >>> from lineage_stats.datasets import Fault, make_runs
    >>> from lineage_stats.detectors import RobustMADDetector
    >>> from lineage_stats.plots import TraceScoreDisplay
    >>> detector = RobustMADDetector(false_alarm_rate=0.05).fit(make_runs(20).traces)
    >>> fault = Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.4, metric_drop=0.1)
    >>> bad = make_runs(1, first=20, fault=fault).traces[0]
    >>> display = TraceScoreDisplay.from_trace(bad, detector, max_operations=5)
    >>> len(display.bars_)
    5
    """

    def __init__(self, score: TraceScore) -> None:
        self.score = score

    def __repr__(self) -> str:
        return printable(f"<TraceScoreDisplay of {self.score.run_id}>")

    @classmethod
    def from_trace(
        cls,
        trace: Trace,
        detector: BaseDetector,
        *,
        ax: Axes | None = None,
        max_operations: int = 12,
        name_length: int = 36,
    ) -> Self:
        """Score a run by a detector, and draw it.

        Parameters
        ----------
        trace : Trace
            The run.
        detector : BaseDetector
            A detector that was fitted on traces of the same pipeline.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a new figure.
        max_operations : int, default=12
            Most operations drawn, the most abnormal first.
        name_length : int, default=36
            Characters from which the names of operations are shortened.

        Returns
        -------
        TraceScoreDisplay
            The display, drawn.
        """
        score = detector.score(trace)
        return cls(score).plot(ax, max_operations=max_operations, name_length=name_length)

    @classmethod
    def from_score(
        cls,
        score: TraceScore,
        *,
        ax: Axes | None = None,
        max_operations: int = 12,
        name_length: int = 36,
    ) -> Self:
        """Draw a score.

        Parameters
        ----------
        score : TraceScore
            What a detector returned.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a new figure.
        max_operations : int, default=12
            Most operations drawn, the most abnormal first.
        name_length : int, default=36
            Characters from which the names of operations are shortened.

        Returns
        -------
        TraceScoreDisplay
            The display, drawn.
        """
        return cls(score).plot(ax, max_operations=max_operations, name_length=name_length)

    def plot(
        self, ax: Axes | None = None, *, max_operations: int = 12, name_length: int = 36
    ) -> Self:
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a new figure.
        max_operations : int, default=12
            Most operations drawn, the most abnormal first.
        name_length : int, default=36
            Characters from which the names of operations are shortened.

        Returns
        -------
        TraceScoreDisplay
            This display.

        Raises
        ------
        ValueError
            If `ax` is no single Axes.
        """
        table = self.score.operations.head(
            at_least_one("max_operations", max_operations)
        ).reset_index()
        rows: list[Mapping[Any, Any]] = [*table.to_dict("records")]
        ax = axes_for(self, ax, width=9, height=0.42 * len(rows) + 1.9)
        self.ax_, self.figure_ = ax, ax.figure
        tidy(ax, grid="x")
        room = room_of(ax)
        each = 0.6 * room.height / max(len(rows), 1)  # points of height for each row
        if room.is_shared and each < LINE:
            rows = rows[: max(int(0.6 * room.height / LINE), 1)]
        roles = [_role(row) for row in rows]
        heights = [float(row["score"]) for row in rows]
        colours = [_COLOURS[role] for role in roles]
        self.bars_ = list(ax.barh(range(len(rows)), heights, color=colours, height=0.66))
        rate = self.score.false_alarm_rate
        self.threshold_line_ = ax.axvline(-math.log10(rate), color=INK, linewidth=1.2, ls="--")
        self.texts_ = [
            beside(ax, i, _finding(row, short=room.is_shared)) for i, row in enumerate(rows)
        ]
        if room.is_shared:
            name_length = min(name_length, max(int(0.07 * room.width), 12))
        is_crowded = room.is_shared and each < 2 * LINE
        labels = [
            labels_of(row["operation"], "" if is_crowded else row["location"], name_length)
            for row in rows
        ]
        ax.set_yticks(range(len(rows)), labels, fontsize=SMALL, parse_math=False)
        ax.set_ylim(max(len(rows), 1) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        _scale(ax, max(heights, default=0.0), -math.log10(rate))
        self._describe(ax, roles)
        return self

    def _describe(self, ax: Axes, roles: list[str]) -> None:
        from matplotlib.patches import Patch

        score = self.score
        verdict = "anomalous" if score.flagged else "healthy"
        flagged, known = len(score.flagged_operations), len(score.operations)
        title = (
            f"{shorten(score.pipeline, 24)}, run {shorten(score.run_id, 24)}: {verdict}, "
            f"{p_text(score.p_value)}, {flagged} of {known} operations flagged"
        )
        title_of(ax, title)
        label = "score: $-\\log_{10}$ of the probability that a healthy run is as abnormal"
        ax.set_xlabel("score, $-\\log_{10}(p)$" if room_of(ax).is_shared else label)
        handles: list[Any] = [Patch(color=_COLOURS[r], label=r) for r in _COLOURS if r in roles]
        rate = f"{100 * score.false_alarm_rate:g} % of healthy runs"
        self.threshold_line_.set_label(f"flagged beyond ({rate})")
        handles.append(self.threshold_line_)
        legend_below(ax, handles)


def _role(row: Mapping[Any, Any]) -> str:
    if not row["flagged"]:
        return _QUIET
    return _ORIGIN if row["origin"] else _FLAGGED


def _finding(row: Mapping[Any, Any], *, short: bool = False) -> str:
    """Say what is odd about an operation."""
    if row["feature"] == "present":
        return "missing" if row["observed"] == "missing" else "new"
    feature = shorten(row["feature"], 24)
    observed, expected = _value(row["observed"]), _value(row["expected"])
    if short:
        return f"{feature}: {observed}" if feature else ""
    return f"{feature}: {observed}, healthy {expected}" if feature else ""


def _value(text: str) -> str:
    """Return a value as it is listed, with fewer digits where it is a number."""
    try:
        return number(float(text))
    except ValueError:
        return shorten(text, 16)


def _scale(ax: Axes, highest: float, threshold: float) -> None:
    """Let the threshold be seen beside scores that are a hundred times as high."""
    if highest > 10 * threshold:
        ax.set_xscale("symlog", linthresh=threshold, linscale=1.0)
        from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

        steps = [0, 1, 2, 5, 10, 20, 50, 100, 200, 300]
        ax.xaxis.set_major_locator(FixedLocator([s for s in steps if s <= 1.2 * highest]))
        ax.xaxis.set_major_formatter(ScalarFormatter())
        ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(0, 1.04 * max(highest, threshold))
