"""Geometry of the three drawings of a report, as plain data. Templates turn it into SVG.

Widths are percentages and heights are pixels where a drawing must fit a telephone as well as a
screen, so that text keeps its size.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from lineage_stats.report._fold import fold_chains
from lineage_stats.report._layout import layered_layout

STRIP_HEIGHT = 72
ROW_HEIGHT = 52
NODE_WIDTH, NODE_HEIGHT = 190, 48
COLUMN_GAP, ROW_GAP = 44, 22
MARGIN = 12
MAX_POINTS = 200
FOLD_ABOVE = 16


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
    """Return boxes and curves of the lineage graph, left to right.

    Parameters
    ----------
    graph : mapping
        A report's ``graph``.

    Returns
    -------
    dict
        ``width``, ``height``, ``nodes`` and ``edges`` in pixels. In a large graph, chains of
        unremarkable steps are one node.
    """
    by_key = {node["operation"]: node for node in graph["nodes"]}
    pairs = [(edge["from"], edge["to"]) for edge in graph["edges"]]
    dull = len(by_key) > FOLD_ABOVE
    keep = [k for k, node in by_key.items() if not dull or node["on_path"] or node["level"]]
    folded = fold_chains(list(by_key), pairs, keep=set(keep))
    layout = layered_layout(range(len(folded.groups)), folded.edges)
    boxes = [
        _box([by_key[k] for k in group], layout.layer[i], layout.row[i])
        for i, group in enumerate(folded.groups)
    ]
    on_path = {(e["from"], e["to"]) for e in graph["edges"] if e["on_path"]}
    edges = [
        {
            "path": _curve(layout.routes[a, b]),
            "on_path": (folded.groups[a][-1], folded.groups[b][0]) in on_path,
        }
        for a, b in folded.edges
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


def _box(group: Sequence[Mapping[str, Any]], column: int, row: float) -> dict[str, Any]:
    first, last = group[0], group[-1]
    rows = "" if last["rows"] is None else f"{last['rows']:,} rows"
    if len(group) == 1:
        caption = " \u00b7 ".join(filter(None, (_short(first["scope"], 14), rows)))
        label, title = first["name"], first["title"]
    else:
        caption, label = rows, f"{len(group)} more steps"
        title = "\n".join(node["operation"] for node in group)
    return {
        "x": MARGIN + column * (NODE_WIDTH + COLUMN_GAP),
        "y": round(MARGIN + row * (NODE_HEIGHT + ROW_GAP), 1),
        "label": _short(label, 22),
        "caption": _short(caption, 29),
        "title": title,
        "level": max(node["level"] for node in group),
        "on_path": all(node["on_path"] for node in group),
        "folded": len(group) > 1,
        "metric": last["metric"] is not None,
    }


def _curve(route: Sequence[tuple[float, float]]) -> str:
    """Return SVG path data from the right of the first node to the left of the last."""
    pitch = NODE_WIDTH + COLUMN_GAP
    centre = [
        (
            MARGIN + column * pitch,
            round(MARGIN + row * (NODE_HEIGHT + ROW_GAP) + NODE_HEIGHT / 2, 1),
        )
        for column, row in route
    ]
    x, y = centre[0][0] + NODE_WIDTH, centre[0][1]
    path = f"M{x:g} {y:g}"
    for x_next, y_next in centre[1:]:
        half = COLUMN_GAP / 2
        path += f"C{x + half:g} {y:g} {x_next - half:g} {y_next:g} {x_next:g} {y_next:g}"
        if (x_next, y_next) != centre[-1]:
            path += f"H{x_next + NODE_WIDTH:g}"
        x, y = x_next + NODE_WIDTH, y_next
    return path


def _short(text: str, length: int) -> str:
    """Shorten from the left: the end of a qualified name tells most."""
    return text if len(text) <= length else f"\u2026{text[-(length - 1) :]}"


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
