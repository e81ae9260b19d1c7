"""Points in time, told from the start of the run where they go with it.

The newest row of a daily table is a day later every day. What can be wrong with it is how far it
is from the start of the run: data that is a day old, or five hours off by a wrong time zone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from lineage_stats.features import FeatureName
from lineage_stats.trace import Trace
from lineage_stats.trace._render import number

FloatArray = npt.NDArray[np.float64]

# Statistics that are points in time themselves where the column holds such.
POINTS = frozenset({"mean", "min", "q25", "q50", "q75", "max"})
CLOSER = 0.5  # spread about the start, of the spread itself, from which a column goes with it
_UNITS = (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0))


def date_columns(trace: Trace, keys: Mapping[str, str]) -> frozenset[tuple[str, int, str]]:
    """Return the columns that hold points in time, by canonical key, output and name."""
    return frozenset(
        (keys[op.key], port, name)
        for op in trace
        for port, ref in enumerate(op.outputs)
        for name, dtype in trace.columns(ref)
        if dtype.startswith("datetime64")
    )


def moving_columns(
    names: Sequence[FeatureName],
    dated: npt.NDArray[np.bool_],
    values: FloatArray,
    start: FloatArray,
) -> frozenset[str]:
    """Return the names of columns of dates that go with the start of the runs.

    Parameters
    ----------
    names : sequence of FeatureName
        What the columns of `values` are.
    dated : ndarray of shape (n_cells,)
        Which of them are of columns of dates.
    values : ndarray of shape (n_runs, n_cells)
        Seconds since the epoch, where dated.
    start : ndarray of shape (n_runs,)
        Starts of the runs, seconds since the epoch.
    """
    votes: dict[str, list[bool]] = {}
    for j in np.flatnonzero(dated).tolist():
        points = values[:, j]
        known = np.isfinite(points)
        if names[j].statistic in ("q50", "max") and known.sum() >= 2:
            about = _spread((points - start)[known])
            votes.setdefault(str(names[j].column), []).append(
                about < CLOSER * _spread(points[known])
            )
    return frozenset(name for name, votes_of in votes.items() if 2 * sum(votes_of) > len(votes_of))


def _spread(values: FloatArray) -> float:
    return float(np.median(np.abs(values - np.median(values))))


def shown_date(seconds: float) -> str:
    """Return a point in time as text.

    Examples
    --------
    >>> shown_date(0.0)
    '1970-01-01 00:00:00'
    """
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):  # a year that Python has not
        return number(seconds)


def shown_age(seconds: float) -> str:
    """Return how long before the start something was, given seconds from it; negative if after.

    Examples
    --------
    >>> shown_age(-25200.0), shown_age(90.0)
    ('7 h', '-90 s')
    """
    unit, size = next((u for u in _UNITS if abs(seconds) >= 2 * u[1]), _UNITS[-1])
    return f"{number(0.0 - seconds / size, 3)} {unit}"
