"""Waterfall of an attribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lineage_stats.attribution._attribution import Attribution

# Okabe and Ito's palette: told apart with any colour vision.
_WORSE, _BETTER, _UNEXPLAINED, _LEVEL = "#D55E00", "#009E73", "#999999", "#0072B2"


def waterfall(attribution: Attribution, ax: Axes | None, *, max_operations: int) -> Axes:
    """Draw healthy centre, one bar per operation, unexplained, and this run's value."""
    if ax is None:
        from matplotlib.figure import Figure

        n_bars = min(len(attribution.ranking()), max_operations) + 3
        ax = Figure(figsize=(7, 0.45 * n_bars + 1), layout="constrained").add_subplot()
    sign = -1.0 if attribution.greater_is_better else 1.0
    steps = _steps(attribution, max_operations)
    level = attribution.center
    ax.axvline(attribution.center, color=_LEVEL, linewidth=1, label="healthy median")
    ax.axvspan(attribution.lower, attribution.upper, color=_LEVEL, alpha=0.12, linewidth=0)
    for i, (_, share, error, colour) in enumerate(steps):
        change = sign * share
        ax.barh(i, change, left=level, color=colour, height=0.7)
        level += change
        ax.errorbar(level, i, xerr=error, color="black", capsize=3, linewidth=1)
        ax.plot([level, level], [i, i + 1], color="black", linewidth=0.5)
    ax.axvline(attribution.value, color="black", linewidth=1, linestyle="--", label="this run")
    ax.set_yticks(range(len(steps)), [name for name, *_ in steps])
    ax.invert_yaxis()
    ax.set_xlabel(attribution.metric)
    ax.set_title(f"{attribution.pipeline}, run {attribution.run_id}", loc="left", fontsize="medium")
    ax.legend(loc="best", frameon=False, fontsize="small")
    return ax


def _steps(attribution: Attribution, most: int) -> list[tuple[str, float, float, str]]:
    """Name, share, standard error and colour of each bar."""
    moved = [c for c in attribution.contributions if c.share != 0]
    steps = [
        (c.operation, c.share, c.standard_error, _WORSE if c.share > 0 else _BETTER)
        for c in moved[:most]
    ]
    if len(moved) > most:
        rest = sum(c.share for c in moved[most:])
        steps.append((f"{len(moved) - most} others", rest, 0.0, _WORSE if rest > 0 else _BETTER))
    steps.append(
        ("unexplained", attribution.unexplained, attribution.unexplained_error, _UNEXPLAINED)
    )
    return steps
