"""What all plots share: colours, axes, and names that fit."""

from __future__ import annotations

import math
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final, NamedTuple

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
LINE: Final = 11.0  # points that a line of small text takes
_CHARACTER: Final = 5.0
_AXIS: Final = 38.0  # points of height that ticks and name of an axis take
_HANDLE: Final = 44.0  # beside the text of an entry of a legend
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


class Room(NamedTuple):
    """What axes have for themselves and all that is written around them, in points.

    Attributes
    ----------
    width, height : float
        Of their part of the figure.
    is_shared : bool
        Whether other axes lie beside them.
    """

    width: float
    height: float
    is_shared: bool


def room_of(ax: Axes) -> Room:
    """Return how much room axes have; it may be little where a figure holds several."""
    place = ax.get_subplotspec()
    whole = (1, 1, 0, 0)
    n_rows, n_columns, first, last = (
        whole if place is None else place.get_topmost_subplotspec().get_geometry()
    )
    rows = last // n_columns - first // n_columns + 1
    columns = last % n_columns - first % n_columns + 1
    figure: Any = ax.figure
    width, height = 72 * figure.get_figwidth(), 72 * figure.get_figheight()
    return Room(width * columns / n_columns, height * rows / n_rows, columns < n_columns)


def title_of(ax: Axes, text: str) -> None:
    """Put a title above the axes, in several lines where one is too long for its room."""
    room = room_of(ax)
    if room.is_shared:
        text = "\n".join(wrap(text, max(int(0.8 * room.width / _CHARACTER), 12)))
    ax.set_title(text, loc="left", fontsize=SMALL if room.is_shared else "medium",
                 parse_math=False)  # fmt: skip


def legend_below(ax: Axes, handles: list[Any]) -> Any:
    """Put a legend below the axes, free of the data; in one row where that fits."""
    from matplotlib.transforms import ScaledTranslation

    figure: Any = ax.figure
    room, n_columns = room_of(ax), len(handles)
    if room.is_shared:
        longest = max((len(str(handle.get_label())) for handle in handles), default=0)
        n_columns = min(max(int(room.width / (_CHARACTER * longest + _HANDLE)), 1), n_columns)
    below = ax.transAxes + ScaledTranslation(0, -_AXIS / 72, figure.dpi_scale_trans)
    return ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0), bbox_transform=below,
        ncols=n_columns, frameon=False, fontsize=SMALL,
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
