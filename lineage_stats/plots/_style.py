"""What all plots share: colours, axes, and names that fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from lineage_stats.trace._render import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette, which is told apart with any colour vision: M. Okabe and K. Ito, Color
# Universal Design, 2008, https://jfly.uni-koeln.de/color/.
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#8C8C8C"
INK: Final = "#333333"

SMALL: Final = "small"
MINUS: Final = "\u2212"
_SMALLEST_P: Final = 1e-6  # below it no baseline tells more


def axes_for(display: object, ax: Any, *, width: float, height: float) -> Axes:
    """Return the axes to draw on: those given, or those of a new figure of that size (inches)."""
    from matplotlib.axes import Axes

    if ax is None:
        from matplotlib import pyplot as plt

        return plt.subplots(figsize=(width, height), layout="constrained")[1]
    if not isinstance(ax, Axes):
        raise ValueError(
            f"The 'ax' parameter of {type(display).__name__}.plot must be one matplotlib Axes or "
            f"None. Got {type(ax).__name__} instead."
        )
    return ax


def at_least_one(name: str, n: int) -> int:
    """Return how many of something are drawn, checked."""
    if not n >= 1:
        raise ValueError(f"The '{name}' parameter of plot must be an int > 0. Got {n!r} instead.")
    return n


def tidy(ax: Axes, *, grid: str) -> None:
    """Take away the frame where it says nothing, and put a faint grid behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis=grid, color="#E3E3E3", linewidth=0.8)  # type: ignore[arg-type]  # "x" or "y"
    ax.set_axisbelow(True)


def shorten(text: str, length: int) -> str:
    """Leave out the middle of a text that is too long.

    Examples
    --------
    >>> shorten("HistGradientBoostingClassifier", 16)
    'HistGrad…ssifier'
    """
    text = printable(text)
    if len(text) <= length:
        return text
    head = length // 2
    return f"{text[:head]}…{text[len(text) - (length - head - 1) :]}"


def short_key(key: str, length: int) -> str:
    """Shorten the key of an operation; its name tells more than its function.

    Examples
    --------
    >>> short_key("prepare_features_for_training/DataFrame.merge#1", 30)
    'prepare_fea…/DataFrame.merge#1'
    """
    scope, slash, name = printable(key).rpartition("/")
    room = length - len(name) - 2
    if len(scope) + 1 + len(name) <= length or not slash:
        return shorten(key, length)
    if room >= 3:
        return f"{scope[:room]}…/{name}"
    return shorten(name, length)


def labels_of(key: str, location: str, length: int) -> str:
    """Return the short key of an operation, and below it file and line of the call."""
    file = location.replace("\\", "/").rpartition("/")[2]
    return short_key(key, length) + (f"\n{shorten(file, length)}" if file else "")


def legend_below(ax: Axes, handles: list[Any]) -> Any:
    """Put a legend in one row below the axes, free of the data."""
    height = ax.get_window_extent().height * 72 / ax.figure.dpi
    return ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, -46 / max(height, 1.0)),
        ncols=len(handles), frameon=False, fontsize=SMALL,
    )  # fmt: skip


def number(value: float, digits: int = 3) -> str:
    """Return a number with few digits and a true minus sign; whole and large ones in full.

    Examples
    --------
    >>> number(0.123456), number(12345.6), number(-7.0)
    ('0.123', '12,346', '−7')
    """
    if not math.isfinite(value):
        return "\u2013" if math.isnan(value) else f"{value}".replace("-", MINUS)
    if abs(value) < 1e15 and (value == int(value) or abs(value) >= 10 ** (digits - 1)):
        return f"{value:,.0f}".replace("-", MINUS)
    return f"{value:.{digits}g}".replace("-", MINUS)


def p_text(p: float) -> str:
    """Return a p-value as text.

    Examples
    --------
    >>> p_text(0.0123), p_text(1e-40)
    ('p = 0.012', 'p < 1e−06')
    """
    text = f"p < {_SMALLEST_P:g}" if p < _SMALLEST_P else f"p = {p:.2g}"
    return text.replace("-", MINUS)


def beside(ax: Axes, y: float, text: str, **style: Any) -> Any:
    """Write a text to the right of the axes, at a height in data units."""
    style = {"fontsize": SMALL, "color": INK, **style}
    return ax.text(
        1.015, y, text, transform=ax.get_yaxis_transform(), va="center", parse_math=False, **style
    )
