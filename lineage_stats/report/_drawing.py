"""Geometry of the lineage graph, as plain data. A template turns it into SVG."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from lineage_stats.report._fold import FoldedGraph, fold_graph
from lineage_stats.report._format import format_number, shorten
from lineage_stats.report._graph import CAUSE, FLAGGED, UNUSUAL
from lineage_stats.report._layout import layered_layout

NODE_WIDTH, NODE_HEIGHT = 180, 44
COLUMN_GAP, ROW_GAP = 44, 16
MARGIN = 16
# So many steps are drawn one by one at first; of more, the functions.
FOLD_ABOVE = 24
# Kinds of operations by which people know their way about in a pipeline.
LANDMARKS = ("source", "join", "split", "fit", "predict", "metric", "sink")
# Scores from which a box is one shade darker.
SHADES = (4.0, 12.0, 30.0)
_LABEL, _LABEL_WITH_SCORE, _CAPTION = 20, 16, 25


def graph_figures(graph: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the drawings of a lineage graph: all steps, and functions if there are any.

    Parameters
    ----------
    graph : mapping
        A report's ``graph``.

    Returns
    -------
    list of dict
        One or two drawings, the one to begin with first: ``name``, ``width``, ``height``,
        ``boxes`` and ``edges`` in pixels; the data flows from left to right.
    """
    nodes = graph["nodes"]
    by_key = {node["operation"]: node for node in nodes}
    pairs = [(edge["from"], edge["to"]) for edge in graph["edges"]]
    way = {(edge["from"], edge["to"]) for edge in graph["edges"] if edge["on_path"]}
    every = FoldedGraph(tuple((key,) for key in by_key), _numbered(by_key, pairs))
    figures = [_figure("steps", every, by_key, way)]
    folded = fold_graph(
        list(by_key), pairs, function={k: n["scope"] for k, n in by_key.items()}, keep=_kept(nodes)
    )
    if 1 < len(folded.groups) < len(nodes):
        figures.append(_figure("functions", folded, by_key, way))
    return figures if len(nodes) <= FOLD_ABOVE else figures[::-1]


def _numbered(
    by_key: Mapping[str, Any], pairs: Sequence[tuple[str, str]]
) -> tuple[tuple[int, int], ...]:
    position = {key: i for i, key in enumerate(by_key)}
    return tuple((position[a], position[b]) for a, b in pairs)


def _kept(nodes: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the steps of top-level code that are drawn for themselves."""
    return {
        node["operation"]
        for node in nodes
        if node["kind"] in LANDMARKS or node["level"] == CAUSE or node["origin"]
    }


def _figure(
    name: str,
    folded: FoldedGraph,
    by_key: Mapping[str, Mapping[str, Any]],
    way: set[tuple[str, str]],
) -> dict[str, Any]:
    layout = layered_layout(range(len(folded.groups)), folded.edges)
    position = {key: i for i, key in enumerate(by_key)}
    group_of = {key: i for i, group in enumerate(folded.groups) for key in group}
    marked = {(group_of[a], group_of[b]) for a, b in way}
    boxes = [
        {
            **_box([by_key[str(key)] for key in group]),
            "x": _x(layout.layer[i]),
            "y": _y(layout.row[i]),
            "members": [position[str(key)] for key in group],
        }
        for i, group in enumerate(folded.groups)
    ]
    edges = [
        {"from": edge[0], "to": edge[1], "path": _curve(route), "on_path": edge in marked}
        for edge, route in layout.routes.items()
    ]
    edges.sort(key=lambda edge: bool(edge["on_path"]))  # drawn last, so on top
    return {
        "name": name,
        "width": max((box["x"] + NODE_WIDTH for box in boxes), default=0) + MARGIN,
        "height": max((box["y"] + NODE_HEIGHT for box in boxes), default=0) + MARGIN,
        "node_width": NODE_WIDTH,
        "node_height": NODE_HEIGHT,
        "boxes": boxes,
        "edges": edges,
        "has_way": any(edge["on_path"] for edge in edges),
    }


def _box(group: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    level = max(node["level"] for node in group)
    scores = [node["score"] for node in group if node["score"] is not None]
    highest = max(scores, default=0.0)
    score = format_number(highest, 2) if highest >= 1 and level >= UNUSUAL else ""
    label, caption = _words(group)
    shade = sum(highest >= least for least in SHADES) if level == FLAGGED else 0
    return {
        "label": _fit(label, _LABEL_WITH_SCORE if score else _LABEL),
        "caption": _fit(caption, _CAPTION),
        "score": score,
        "level": level,
        "shade": shade,
        "folded": len(group) > 1,
        "metric": any(node["metric"] is not None for node in group),
    }


def _words(group: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    last = group[-1]
    rows = "" if last["rows"] is None else f"{last['rows']:,} rows"
    if len(group) == 1:
        where = shorten(last["scope"], 14) if rows else last["scope"]
        return last["name"], " \u00b7 ".join(filter(None, (where, rows)))
    flagged = sum(node["level"] >= FLAGGED for node in group)
    counts = f"{len(group)} steps" + (f" \u00b7 {flagged} flagged" if flagged else "")
    scopes = {node["scope"] for node in group}
    if len(scopes) == 1 and not last["scope"].endswith(">") and last["scope"]:
        return last["scope"], counts
    names = ", ".join(node["name"].rpartition(".")[2] for node in group)
    return f"{len(group)} steps", names


def _fit(text: str, length: int) -> str:
    """Shorten to so many columns of a terminal; wide characters take two."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return shorten(text, length if not wide else max(length // 2, 4))


def _x(layer: float) -> int:
    return round(MARGIN + layer * (NODE_WIDTH + COLUMN_GAP))


def _y(row: float) -> int:
    return round(MARGIN + row * (NODE_HEIGHT + ROW_GAP))


def _curve(route: Sequence[tuple[float, float]]) -> str:
    """Return SVG path data from the end of the first box to the begin of the last."""
    doors = [(_x(layer), _y(row) + NODE_HEIGHT // 2) for layer, row in route]
    x, y = doors[0][0] + NODE_WIDTH, doors[0][1]
    path = f"M{x} {y}"
    for i, (begin, side) in enumerate(doors[1:], start=2):
        path += f"H{begin}" if side == y else f"C{x + 22} {y} {begin - 22} {side} {begin} {side}"
        x, y = begin, side
        if i < len(doors):
            x = begin + NODE_WIDTH
            path += f"H{x}"
    return path
