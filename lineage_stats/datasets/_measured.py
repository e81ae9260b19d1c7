"""Reads tables of measurements of services, and counts windows of time."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_SAVED_INDEX = re.compile(r"Unnamed: \d+|time\.\d+")


def check_window(window: float, loader: str) -> None:
    """Raise `ValueError` if windows have no length that can be counted in."""
    if not (window > 0 and math.isfinite(window)):
        raise ValueError(
            f"The 'window' parameter of {loader} must be a positive float, and finite. "
            f"Got {window!r} instead."
        )


def read_measurements(path: Path) -> pd.DataFrame:
    """Return a table with the column ``time`` and measurements, without a saved index.

    Raises
    ------
    ValueError
        If there is no such column, no row, or text where numbers should be.
    """
    import pandas as pd

    table = pd.read_csv(path)
    if "time" not in table.columns or table.empty:
        raise ValueError(f"{path} must have a column 'time', in seconds, and rows.")
    table = table[[c for c in table.columns if not _SAVED_INDEX.fullmatch(c)]]
    textual = [c for c in table.columns if not pd.api.types.is_numeric_dtype(table[c])]
    if textual:
        raise ValueError(
            f"{path} has text in {', '.join(textual)}. Times must be in seconds and measurements "
            "must be numbers; leave out what is none."
        )
    return table


def window_numbers(times: pd.Series[float], origin: float, window: float) -> pd.Series[float]:
    """Return in which window each time is, counted from an origin.

    Seconds since 1970 leave six digits for fractions: a row at the begin of a window belongs to
    it, though its time may have been rounded down.
    """
    rounding = 2 * np.spacing(float(times.abs().max())) / window
    numbers: pd.Series[float] = ((times - origin) / window + rounding) // 1
    return numbers
