"""The graph of a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from lineage_stats.plots._style import (
    GREY,
    INK,
    ORANGE,
    SKY,
    VERMILLION,
    axes_for,
    number,
    shorten,
    title_of,
)
from lineage_stats.trace._render import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lineage_stats.attribution import Attribution
    from lineage_stats.detectors import TraceScore
    from lineage_stats.trace import Operation, Trace

_WIDTH, _HEIGHT = 0.9, 0.64  # of a box, in units of a row and of a layer
_COLUMN, _ROW = 2.3, 0.62  # room for a box and what is around it in a new figure, inches
_LANDMARKS = ("source", "join", "split", "fit", "predict", "metric", "sink")
_HIGHEST = 6.0  # score from which colours are the same: no baseline tells more
_LETTER = 0.62  # width of a letter in heights of the font


@dataclass(frozen=True, slots=True)
class _Box:
    """One node of the drawing: an operation, or several that were folded."""

    keys: tuple[str, ...]
    label: str
    caption: str
    score: float
    is_cause: bool


class LineageDisplay:
    """The operations of a run, and the data that passed between them.

    Use `from_trace` to make and draw one. Data flows from the top to the bottom. With a score,
    boxes are coloured by it; with an attribution, the likely cause has a thick frame, and the
    ways from it to the metric are drawn thick.

    Parameters
    ----------
    trace : Trace
        The run.
    score : TraceScore, default=None
        What a detector says of it.
    attribution : Attribution, default=None
        What divides the drop of one of its metrics.

    Attributes
    ----------
    trace, score, attribution
        What is drawn.
    ax_ : matplotlib.axes.Axes
        Axes of the plot.
    figure_ : matplotlib.figure.Figure
        Its figure.
    boxes_ : dict of tuple of str to matplotlib.patches.FancyBboxPatch
        A box for each operation, by its key in a tuple; one for the keys of several that were
        folded.
    edges_ : dict of (int, int) to matplotlib.patches.PathPatch
        A curve for each pair of boxes between which data passed, by their positions in `boxes_`.
    texts_ : list of matplotlib.text.Text
        Names of the operations.
    colorbar_ : matplotlib.colorbar.Colorbar or None
        Scale of the scores; None without these, or where `ax` was given.

    Examples
    --------
    >>> from lineage_stats.datasets import make_runs
    >>> from lineage_stats.plots import LineageDisplay
    >>> run = make_runs(1).traces[0]
    >>> display = LineageDisplay.from_trace(run)
    >>> len(display.boxes_) == len(run)
    True
    """

    def __init__(
        self,
        trace: Trace,
        *,
        score: TraceScore | None = None,
        attribution: Attribution | None = None,
    ) -> None:
        self.trace = trace
        self.score = score
        self.attribution = attribution

    def __repr__(self) -> str:
        return printable(f"<LineageDisplay of {self.trace.run_id}>")

    @classmethod
    def from_trace(
        cls,
        trace: Trace,
        *,
        score: TraceScore | None = None,
        attribution: Attribution | None = None,
        ax: Axes | None = None,
        fold_above: int = 30,
        name_length: int = 28,
    ) -> Self:
        """Draw the graph of a run.

        Parameters
        ----------
        trace : Trace
            The run.
        score : TraceScore, default=None
            What a detector says of it.
        attribution : Attribution, default=None
            What divides the drop of one of its metrics.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a new figure.
        fold_above : int, default=30
            Number of operations beyond which those between landmarks become one box: sources,
            joins, splits, models, metrics, files that were written, and where something abnormal
            begins stay.
        name_length : int, default=28
            Characters from which the names of operations are shortened.

        Returns
        -------
        LineageDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If `score` or `attribution` is of another run, or `ax` is no single Axes.
        """
        display = cls(trace, score=score, attribution=attribution)
        return display.plot(ax, fold_above=fold_above, name_length=name_length)

    def plot(self, ax: Axes | None = None, *, fold_above: int = 30, name_length: int = 28) -> Self:
        """Draw the graph.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a new figure.
        fold_above : int, default=30
            Number of operations beyond which those between landmarks become one box.
        name_length : int, default=28
            Characters from which the names of operations are shortened.

        Returns
        -------
        LineageDisplay
            This display.

        Raises
        ------
        ValueError
            If the score or the attribution is of another run, or `ax` is no single Axes.
        """
        # Reports bring a template engine, which the other plots need not load.
        from lineage_stats.report._layout import layered_layout

        self._check()
        boxes, edges = self._graph(fold_above, name_length)
        layout = layered_layout(range(len(boxes)), edges)
        places = {i: (layout.row[i], float(layout.layer[i])) for i in range(len(boxes))}
        passed = [row for route in layout.routes.values() for _, row in route]
        passed += [x for x, _ in places.values()] or [0.0]
        left, columns = min(passed), 1 + max(passed) - min(passed)
        rows = 1 + max([y for _, y in places.values()], default=0.0)
        is_new = ax is None
        ax = axes_for(self, ax, width=max(_COLUMN * columns, 4.5), height=_ROW * rows + 0.7)
        self.ax_, self.figure_ = ax, ax.figure
        ax.set_xlim(left - 0.5, left + columns - 0.5)
        ax.set_ylim(rows - 0.5, -0.5)
        room = (_COLUMN, _ROW) if is_new else _room(ax, columns, rows)
        size = _font_size(*room, name_length)
        ax.set_axis_off()
        colours = _colours()
        way = self._way(boxes)
        self.edges_ = {
            edge: _draw_edge(ax, layout.routes[edge], edge[0] in way and edge[1] in way)
            for edge in edges
        }
        self.boxes_, self.texts_ = {}, []
        for i, box in enumerate(boxes):
            fill = colours(box.score / _HIGHEST) if self.score is not None else _plain(box)
            self.boxes_[box.keys] = _draw_box(ax, places[i], fill, box.is_cause)
            self.texts_ += _write(ax, places[i], box, size)
        self._describe(ax, colours if is_new else None)
        return self

    def _check(self) -> None:
        for name, result in (("score", self.score), ("attribution", self.attribution)):
            if result is not None and result.run_id != self.trace.run_id:
                raise ValueError(
                    f"The '{name}' parameter of LineageDisplay must be of run "
                    f"{self.trace.run_id}. Got one of run {result.run_id} instead."
                )

    def _graph(self, fold_above: int, length: int) -> tuple[list[_Box], list[tuple[int, int]]]:
        keys = self.trace.keys
        edges: Sequence[tuple[Any, Any]] = self.trace.edges
        scores, cause = self._scores(), self._cause()
        groups: Sequence[tuple[Any, ...]] = [(key,) for key in keys]
        if len(keys) > fold_above:
            from lineage_stats.report._fold import fold_graph

            notable = {*self._origins(), cause}
            keep = [op.key for op in self.trace if op.kind in _LANDMARKS or op.key in notable]
            groups = fold_graph(keys, edges, keep=keep).groups
        position = {key: i for i, group in enumerate(groups) for key in group}
        boxes = [self._box(group, scores, cause, length) for group in groups]
        pairs = dict.fromkeys((position[a], position[b]) for a, b in edges)
        return boxes, [(a, b) for a, b in pairs if a != b]

    def _box(
        self, keys: tuple[str, ...], scores: Mapping[str, float], cause: str | None, length: int
    ) -> _Box:
        operations = [self.trace.operation(key) for key in keys]
        score = max(scores.get(key, 0.0) for key in keys)
        if len(keys) > 1:
            names = ", ".join(dict.fromkeys(op.name.rpartition(".")[2] for op in operations))
            return _Box(keys, f"{len(keys)} steps", shorten(names, length + 6), score, False)
        (op,) = operations
        return _Box(
            keys,
            shorten(op.name, length),
            shorten(_caption(op), length + 6),
            score,
            keys[0] == cause,
        )

    def _scores(self) -> dict[str, float]:
        table = {} if self.score is None else self.score.operations["score"].to_dict()
        return {str(key): float(value) for key, value in table.items()}

    def _origins(self) -> set[str]:
        return set() if self.score is None else set(map(str, self.score.findings.index))

    def _cause(self) -> str | None:
        """Return the operation with the largest share; without attribution, the first origin."""
        if self.attribution is not None:
            top = self.attribution.top
            return top.operation if top is not None and self.attribution.is_worse else None
        if self.score is not None and self.score.flagged and len(self.score.findings):
            return str(self.score.findings.index[0])
        return None

    def _way(self, boxes: Sequence[_Box]) -> set[int]:
        """Return the boxes on a way from the cause to the metric."""
        cause = self._cause()
        if self.attribution is None or cause not in self.trace.keys:
            return set()
        end = self.trace.metric_operation(self.attribution.metric).key
        below = {cause, *self.trace.descendants(str(cause))}
        on_it = below & {end, *self.trace.ancestors(end)}
        return {i for i, box in enumerate(boxes) if _meet(box.keys, on_it)}

    def _describe(self, ax: Axes, colours: Any) -> None:
        title = f"{shorten(self.trace.pipeline, 24)}, run {shorten(self.trace.run_id, 24)}"
        title_of(ax, title)
        self.colorbar_ = None
        if self.score is not None and colours is not None:
            from matplotlib.cm import ScalarMappable
            from matplotlib.colors import Normalize

            scale = ScalarMappable(Normalize(0, _HIGHEST), colours)
            self.colorbar_ = self.figure_.colorbar(
                scale, ax=ax, orientation="horizontal", shrink=0.5, aspect=40, pad=0.01,
                extend="max", label="anomaly score ($-\\log_{10}\\,p$)",
            )  # fmt: skip


def _meet(keys: Collection[str], others: Collection[str]) -> bool:
    return any(key in others for key in keys)


def _caption(op: Operation) -> str:
    """Say where an operation was called, and how many rows it made or which value it has."""
    if op.metric is not None and op.metric_value is not None:
        return f"{op.metric} = {number(op.metric_value)}"
    rows = op.outputs[0].rows if op.outputs else None
    parts = [op.scope if op.scope != "<module>" else "", "" if rows is None else f"{rows:,} rows"]
    return " · ".join(filter(None, parts))


def _colours() -> Any:
    """Return white for what is as in healthy runs, over orange to vermillion."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("anomaly", ["#FFFFFF", ORANGE, VERMILLION])


def _plain(box: _Box) -> str:
    return VERMILLION if box.is_cause else "#EAF4FB"


def _draw_box(ax: Axes, place: tuple[float, float], fill: Any, is_cause: bool) -> Any:
    from matplotlib.patches import FancyBboxPatch

    corner = (place[0] - _WIDTH / 2, place[1] - _HEIGHT / 2)
    frame = {"edgecolor": INK, "linewidth": 2.2} if is_cause else {"edgecolor": SKY}
    style = "round,pad=0,rounding_size=0.06"
    box = FancyBboxPatch(corner, _WIDTH, _HEIGHT, boxstyle=style, facecolor=fill, zorder=2, **frame)
    return ax.add_patch(box)


def _draw_edge(ax: Axes, route: Sequence[tuple[float, float]], on_way: bool) -> Any:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    points = [(row, layer) for layer, row in route]
    x, y = points[0][0], points[0][1] + _HEIGHT / 2
    vertices, codes = [(x, y)], [Path.MOVETO]
    for i, (to, layer) in enumerate(points[1:], start=2):
        end, middle = layer - _HEIGHT / 2, (y + layer - _HEIGHT / 2) / 2
        vertices += [(x, middle), (to, middle), (to, end)]
        codes += [Path.CURVE4] * 3
        x, y = to, layer + _HEIGHT / 2
        if i < len(points):
            vertices.append((x, y))
            codes.append(Path.LINETO)
    colour, width = (VERMILLION, 2.2) if on_way else (GREY, 0.8)
    return ax.add_patch(
        PathPatch(Path(vertices, codes), facecolor="none", edgecolor=colour, linewidth=width)
    )


def _write(ax: Axes, place: tuple[float, float], box: _Box, size: float) -> list[Any]:
    x, y = place
    style: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "parse_math": False,
        "zorder": 3,
        "color": "black",
    }
    if not box.caption:
        return [ax.text(x, y, box.label, fontsize=size, **style)]
    return [
        ax.text(x, y - 0.12, box.label, fontsize=size, **style),
        ax.text(x, y + 0.15, box.caption, fontsize=0.82 * size, **style),
    ]


def _room(ax: Axes, columns: float, rows: float) -> tuple[float, float]:
    """Return width and height, in inches, that some axes have for a box and what is around it."""
    area = ax.get_window_extent()
    return area.width / ax.figure.dpi / columns, area.height / ax.figure.dpi / rows


def _font_size(width: float, height: float, length: int) -> float:
    """Return the size, in points, in which names of a length fit into the boxes."""
    wide = 72 * _WIDTH * width / (length * _LETTER)
    return min(9.0, wide, 72 * _HEIGHT * height / 2.4)
