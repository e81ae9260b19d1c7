"""Geometry of a value over the runs, as plain data. A template turns it into SVG.

Widths are thousandths and heights are pixels: a drawing fits a telephone as well as a screen, and
keeps its height.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

HEIGHT = 72
WIDTH = 1000
MAX_POINTS = 300
_SIDE = 15.0
_TOP = 8.0


def strip_figure(
    values: Sequence[float | None],
    *,
    band: tuple[float | None, float | None, float | None] = (None, None, None),
    changes: Sequence[int] = (),
    odd: Collection[int] = (),
) -> dict[str, Any]:
    """Return the line, the dots, the healthy band and the changes of a value over the runs.

    Parameters
    ----------
    values : sequence of float or None
        One per run, oldest first, that of the report last and known; None is missing.
    band : (low, centre, high), default=(None, None, None)
        Healthy range.
    changes : sequence of int, default=()
        Positions of runs at which the value changed.
    odd : collection of int, default=()
        Positions of runs that do not count as healthy.

    Returns
    -------
    dict
        ``line``, ``dots`` and ``odd_dots`` (SVG paths), ``last`` (x and y of the last run),
        ``band``, ``centre``, ``changes`` (x), ``first`` and ``step`` (x of the first run and
        between two).
    """
    skipped = max(len(values) - MAX_POINTS, 0)
    drawn = list(values)[skipped:]
    low, centre, high = band
    scale = _Scale([v for v in (*drawn, low, high) if v is not None])
    step = (WIDTH - 2 * _SIDE) / max(len(drawn) - 1, 1)
    first = _SIDE if len(drawn) > 1 else WIDTH / 2
    xs = [round(first + step * i, 1) for i in range(len(drawn))]
    ys = [None if v is None else scale(v) for v in drawn]
    known = [(x, y) for x, y in zip(xs, ys, strict=True) if y is not None]
    dots = [
        (i + skipped in odd, f"M{x:g} {y:g}h0")
        for i, (x, y) in enumerate(zip(xs[:-1], ys[:-1], strict=True))
        if y is not None
    ]
    bottom = HEIGHT if low is None else scale(low)
    top = 0.0 if high is None else scale(high)
    return {
        "height": HEIGHT,
        "width": WIDTH,
        "n_points": len(drawn),
        "line": "M" + "L".join(f"{x:g} {y:g}" for x, y in known),
        "dots": "".join(dot for is_odd, dot in dots if not is_odd),
        "odd_dots": "".join(dot for is_odd, dot in dots if is_odd),
        "last": {"x": known[-1][0], "y": known[-1][1]},
        "band": None if low is None and high is None else {"top": top, "bottom": bottom},
        "centre": None if centre is None else scale(centre),
        "changes": [xs[at - skipped] for at in changes if at >= skipped],
        "first": round(first / WIDTH, 4),
        "step": round(step / WIDTH, 6),
    }


class _Scale:
    """Maps values to pixels from the top, with a margin at both ends."""

    def __init__(self, values: Sequence[float]) -> None:
        self._low, self._high = min(values), max(values)

    def __call__(self, value: float) -> float:
        # Halves first: the span of two huge values need not be finite.
        span = self._high / 2 - self._low / 2
        share = (value / 2 - self._low / 2) / span if span else 0.5
        share = min(max(share, 0.0), 1.0)
        return round(_TOP + (HEIGHT - 2 * _TOP) * (1 - share), 1)


def metric_strip(
    metric: Mapping[str, Any], runs: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any] | None:
    """Return the figure of an entry of a report's ``metrics``; None without a finite value.

    Parameters
    ----------
    metric : mapping
        The entry.
    runs : sequence of mapping, default=()
        The ``runs`` of a report's ``history``.
    """
    if metric["value"] is None:
        return None
    band = metric["band"]
    ends = (band["low"], band["centre"], band["high"]) if band else (None, None, None)
    values = [*(run["value"] for run in metric["history"]), metric["value"]]
    odd = {run["run_id"] for run in runs if not run["healthy"]}
    places = {i for i, run in enumerate(metric["history"]) if run["run_id"] in odd}
    return strip_figure(values, band=ends, odd=places)


def series_strip(
    series: Mapping[str, Any], runs: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return the figure of an entry of the ``series`` of a report's ``history``.

    Parameters
    ----------
    series : mapping
        The entry.
    runs : sequence of mapping, default=()
        The ``runs`` of that history.
    """
    return strip_figure(
        series["values"],
        band=(series["low"], series["centre"], series["high"]),
        changes=[change["position"] for change in series["changes"]],
        odd={i for i, run in enumerate(runs) if not run["healthy"]},
    )
