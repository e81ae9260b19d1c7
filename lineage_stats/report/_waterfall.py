"""Geometry of a drop as a waterfall, as plain data. A template turns it into SVG.

Widths are percentages and heights are pixels: text keeps its size on a telephone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ROW_HEIGHT = 52
MAX_SHARES = 8

_REST = {"operation": "", "standard_error": None, "location": "", "reason": ""}


def waterfall_figure(attribution: Mapping[str, Any]) -> dict[str, Any]:
    """Return one bar per share of the drop, from the expected value to the observed one.

    Parameters
    ----------
    attribution : mapping
        A report's ``attribution``.

    Returns
    -------
    dict
        ``rows``; x in percent, y in pixels from the top. Small shares are one row; the last row is
        how much the metric varies from one healthy run to the next.
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
    noise = attribution["noise"]
    reach += [attribution["expected"] - noise, attribution["expected"] + noise]
    scale = _Scale([attribution["expected"], attribution["observed"], *reach])
    rows = [_mark("expected", attribution["expected"], scale)]
    for (share, start, end), error in zip(steps, errors, strict=True):
        low, high = sorted((scale(start), scale(end)))
        whisker = (scale(end - error), scale(end + error)) if error else None
        rows.append(
            {
                "role": share["role"],
                "label": share.get("label") or share["operation"],
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
    rows.append(_noise(attribution["expected"], noise, scale))
    for i, row in enumerate(rows):
        row["y"] = i * ROW_HEIGHT
    return {"height": len(rows) * ROW_HEIGHT, "row_height": ROW_HEIGHT, "rows": rows}


def _steps(attribution: Mapping[str, Any]) -> list[dict[str, Any]]:
    steps = [{**share, "role": "share"} for share in attribution["shares"][:MAX_SHARES]]
    small = attribution["shares"][MAX_SHARES:]
    if small:
        total = sum(share["value"] for share in small)
        steps.append({**_REST, "role": "others", "value": total, "label": f"{len(small)} more"})
    rest = {"value": attribution["unexplained"], "standard_error": attribution["unexplained_error"]}
    return [*steps, {**_REST, **rest, "role": "unexplained", "label": "unexplained"}]


def _noise(centre: float, noise: float, scale: _Scale) -> dict[str, Any]:
    """Return the row that tells how far healthy runs are apart: one standard deviation."""
    low, high = scale(centre - noise), scale(centre + noise)
    return {
        "role": "noise", "label": "run-to-run noise", "value": noise, "error": 0.0, "location": "",
        "reason": "", "left": low, "width": max(round(high - low, 2), 0.4), "end": high,
        "whisker": None,
    }  # fmt: skip


def _mark(role: str, value: float, scale: _Scale) -> dict[str, Any]:
    x = scale(value)
    return {
        "role": role, "label": role, "value": value, "error": 0.0, "location": "", "reason": "",
        "left": x, "width": 0.0, "end": x, "whisker": None,
    }  # fmt: skip


class _Scale:
    """Maps values to percent of the width, with a margin at both ends."""

    def __init__(self, values: Sequence[float]) -> None:
        self._low, self._high = min(values), max(values)

    def __call__(self, value: float) -> float:
        span = self._high - self._low
        return round(2 + 96 * ((value - self._low) / span if span else 0.5), 2)
