"""Geometry of the three drawings of a report, as plain data. Templates turn it into SVG.

Widths are percentages and heights are pixels where a drawing must fit a telephone as well as a
screen, so that text keeps its size.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineage_stats.report._fold import fold_graph
from lineage_stats.report._format import shorten
from lineage_stats.report._graph import CAUSE
from lineage_stats.report._layout import layered_layout

STRIP_HEIGHT = 72
ROW_HEIGHT = 52
NODE_WIDTH, NODE_HEIGHT = 190, 48
COLUMN_GAP, ROW_GAP, LAYER_GAP = 44, 22, 34
MARGIN = 12
MAX_POINTS = 200
MAX_WIDTH = 1300
FOLD_ABOVE = 16
# Kinds of operations by which people know their way about in a pipeline.
LANDMARKS = ("source", "join", "split", "fit", "predict", "metric", "sink")


def strip_figure(metric: Mapping[str, Any]) -> dict[str, Any]:
    """Return points, line segments and healthy band of one metric over the runs.

    Parameters
    ----------
    metric : mapping
        An entry of a report's ``metrics``.

    Returns
    -------
    dict
        ``points``, ``segments`` and ``band``; x in percent, y in pixels from the top.
    """
    runs = list(metric["history"])[-MAX_POINTS:]
    runs.append({"run_id": metric["run_id"], "value": metric["value"]})
    band = metric["band"]
    scale = _Scale([r["value"] for r in runs] + ([band["low"], band["high"]] if band else []))
    step = 96.0 / max(len(runs) - 1, 1)
    points = [
        {
            "x": round(2.0 + step * i if len(runs) > 1 else 50.0, 2),
            "y": _down(scale(run["value"])),
            "title": f"{run['run_id']}: {run['value']:.4g}",
        }
        for i, run in enumerate(runs)
    ]
    return {
        "height": STRIP_HEIGHT,
        "points": points,
        "segments": list(itertools.pairwise(points)),
        "band": band and {"top": _down(scale(band["high"])), "bottom": _down(scale(band["low"]))},
        "centre": band and _down(scale(band["centre"])),
    }


def waterfall_figure(attribution: Mapping[str, Any]) -> dict[str, Any]:
    """Return one bar per share of the drop, from the expected value to the observed one.

    Parameters
    ----------
    attribution : mapping
        A report's ``attribution``.

    Returns
    -------
    dict
        ``rows``; x in percent, y in pixels from the top.
    """
    sign = 1.0 if attribution["observed"] >= attribution["expected"] else -1.0
    level = attribution["expected"]
    steps = [
        (share, level, level := level + sign * share["value"]) for share in _steps(attribution)
    ]
    errors = [share["standard_error"] or 0.0 for share, _, _ in steps]
    reach = [
        end + sign_ * e for (_, _, end), e in zip(steps, errors, strict=True) for sign_ in (-1, 1)
    ]
    scale = _Scale([attribution["expected"], attribution["observed"], *reach])
    rows = [_mark("expected", attribution["expected"], scale)]
    for (share, start, end), error in zip(steps, errors, strict=True):
        low, high = sorted((scale(start), scale(end)))
        whisker = (scale(end - error), scale(end + error)) if error else None
        rows.append(
            {
                "role": share["role"],
                "label": share["operation"] or "unexplained",
                "value": sign * share["value"],
                "error": error,
                "location": share["location"],
                "reason": share["reason"],
                "left": low,
                "width": max(round(high - low, 2), 0.4),
                "end": scale(end),
                "whisker": whisker,
            }
        )
    rows.append(_mark("observed", attribution["observed"], scale))
    for i, row in enumerate(rows):
        row["y"] = i * ROW_HEIGHT
    return {"height": len(rows) * ROW_HEIGHT, "row_height": ROW_HEIGHT, "rows": rows}


def _steps(attribution: Mapping[str, Any]) -> list[dict[str, Any]]:
    steps = [{**share, "role": "share"} for share in attribution["shares"]]
    rest = {
        "operation": "", "value": attribution["unexplained"],
        "standard_error": attribution["unexplained_error"], "location": "", "reason": "",
    }  # fmt: skip
    return [*steps, {**rest, "role": "unexplained"}]


def _mark(role: str, value: float, scale: _Scale) -> dict[str, Any]:
    x = scale(value)
    return {
        "role": role, "label": role, "value": value, "error": 0.0, "location": "", "reason": "",
        "left": x, "width": 0.0, "end": x, "whisker": None,
    }  # fmt: skip


def graph_figure(graph: Mapping[str, Any]) -> dict[str, Any]:
    """Return boxes and curves of the lineage graph.

    Parameters
    ----------
    graph : mapping
        A report's ``graph``.

    Returns
    -------
    dict
        ``width``, ``height``, ``nodes`` and ``edges`` in pixels. The data flows from left to
        right, or from top to bottom where that would be wider than a screen. In a large graph,
        unremarkable steps between landmarks are one node.
    """
    by_key = {node["operation"]: node for node in graph["nodes"]}
    pairs = [(edge["from"], edge["to"]) for edge in graph["edges"]]
    folded = fold_graph(list(by_key), pairs, keep=_kept(by_key))
    layout = layered_layout(range(len(folded.groups)), folded.edges)
    n_layers = max(layout.layer.values(), default=0) + 1
    grid = _Grid(downwards=n_layers * (NODE_WIDTH + COLUMN_GAP) > MAX_WIDTH)
    boxes = [
        {**_box([by_key[k] for k in group]), **grid.corner(layout.layer[i], layout.row[i])}
        for i, group in enumerate(folded.groups)
    ]
    position = {key: i for i, group in enumerate(folded.groups) for key in group}
    way = {(position[e["from"]], position[e["to"]]) for e in graph["edges"] if e["on_path"]}
    edges = [
        {"path": grid.curve(route), "on_path": edge in way} for edge, route in layout.routes.items()
    ]
    edges.sort(key=lambda edge: bool(edge["on_path"]))  # drawn last, so on top
    return {
        "width": max((box["x"] + NODE_WIDTH for box in boxes), default=0) + MARGIN,
        "height": max((box["y"] + NODE_HEIGHT for box in boxes), default=0) + MARGIN,
        "node_width": NODE_WIDTH,
        "node_height": NODE_HEIGHT,
        "nodes": boxes,
        "edges": edges,
        "has_way": any(edge["on_path"] for edge in edges),
        "n_folded": sum(len(group) for group in folded.groups if len(group) > 1),
    }


def _kept(by_key: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return what is drawn for itself: everything, or in a large graph the landmarks."""
    if len(by_key) <= FOLD_ABOVE:
        return set(by_key)
    return {
        key
        for key, node in by_key.items()
        if node["kind"] in LANDMARKS or node["level"] == CAUSE or node["origin"]
    }


def _box(group: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first, last = group[0], group[-1]
    rows = "" if last["rows"] is None else f"{last['rows']:,} rows"
    if len(group) == 1:
        caption = " \u00b7 ".join(filter(None, (shorten(first["scope"], 16), rows)))
        label, title = first["name"], first["title"]
    else:
        names = ", ".join(node["name"].rpartition(".")[2] for node in group)
        caption, label = names, f"{len(group)} more steps"
        title = "\n".join(node["operation"] for node in group)
    return {
        "label": shorten(label, 24),
        "caption": caption if len(caption) <= 29 else f"{caption[:28]}\u2026",
        "title": title,
        "level": max(node["level"] for node in group),
        "folded": len(group) > 1,
        "metric": last["metric"] is not None,
    }


@dataclass(frozen=True)
class _Grid:
    """Places layers and rows on the page."""

    downwards: bool

    def corner(self, layer: float, row: float) -> dict[str, float]:
        """Return the upper left corner of a box."""
        if self.downwards:
            x, y = row * (NODE_WIDTH + ROW_GAP), layer * (NODE_HEIGHT + LAYER_GAP)
        else:
            x, y = layer * (NODE_WIDTH + COLUMN_GAP), row * (NODE_HEIGHT + ROW_GAP)
        return {"x": round(MARGIN + x, 1), "y": round(MARGIN + y, 1)}

    def curve(self, route: Sequence[tuple[float, float]]) -> str:
        """Return SVG path data from the end of the first box to the begin of the last."""
        corners = [self.corner(layer, row) for layer, row in route]
        if self.downwards:
            doors = [(c["y"], c["x"] + NODE_WIDTH / 2) for c in corners]
            length, gap = NODE_HEIGHT, LAYER_GAP
        else:
            doors = [(c["x"], c["y"] + NODE_HEIGHT / 2) for c in corners]
            length, gap = NODE_WIDTH, COLUMN_GAP

        def point(along: float, across: float) -> str:
            return f"{across:g} {along:g}" if self.downwards else f"{along:g} {across:g}"

        along, across = doors[0][0] + length, doors[0][1]
        path = f"M{point(along, across)}"
        for i, (begin, side) in enumerate(doors[1:], start=2):
            bends = point(along + gap / 2, across), point(begin - gap / 2, side)
            path += f"C{bends[0]} {bends[1]} {point(begin, side)}"
            along, across = begin + length, side
            if i < len(doors):
                path += f"L{point(along, across)}"
        return path


def _down(percent: float) -> float:
    """Turn a height in percent into pixels from the top of a strip."""
    inner = STRIP_HEIGHT - 16
    return round(8 + inner * (1 - percent / 100), 1)


class _Scale:
    """Maps values to percent of the width, with a margin at both ends."""

    def __init__(self, values: Sequence[float]) -> None:
        self._low, self._high = min(values), max(values)

    def __call__(self, value: float) -> float:
        span = self._high - self._low
        return round(2 + 96 * ((value - self._low) / span if span else 0.5), 2)
