"""How soon and how well change-points are found."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from lineage_stats.evaluation._rate import Rate


@dataclass(frozen=True, slots=True)
class Delays:
    """How soon each change was noticed.

    Attributes
    ----------
    runs : tuple of float
        For each change the number of runs from the first changed one to the alarm, 0 for an alarm
        at once; infinity for a change that was not noticed before the next one.
    n_false : int
        Alarms before the first change.

    Examples
    --------
    >>> delays = detection_delays([3, 22, 23], changes=[20, 40])
    >>> delays
    Delays(runs=(2.0, inf), n_false=1)
    >>> delays.mean
    2.0
    """

    runs: tuple[float, ...]
    n_false: int

    @property
    def detected(self) -> Rate:
        """Share of the changes that were noticed."""
        return Rate(sum(math.isfinite(runs) for runs in self.runs), len(self.runs))

    @property
    def mean(self) -> float:
        """Mean delay of the changes that were noticed; NaN if there is none."""
        found = [runs for runs in self.runs if math.isfinite(runs)]
        return math.fsum(found) / len(found) if found else math.nan


def detection_delays(
    alarms: Iterable[int], changes: Iterable[int], *, within: int | None = None
) -> Delays:
    """Return how many runs pass from each change to the first alarm.

    Parameters
    ----------
    alarms : iterable of int
        Numbers of the runs at which an alarm was raised.
    changes : iterable of int
        Numbers of the first runs after each change.
    within : int, default=None
        An alarm more runs than this after the change is none; None: until the next change.

    Returns
    -------
    Delays
        Delays in runs, in the order of the changes.

    Raises
    ------
    ValueError
        If there is no change.

    Examples
    --------
    >>> detection_delays([25], changes=[20], within=3).runs
    (inf,)
    """
    starts, raised = sorted(set(changes)), sorted(set(alarms))
    if not starts:
        raise ValueError("There is no change to be noticed.")
    ends = [*starts[1:], math.inf]
    found = []
    for start, end in zip(starts, ends, strict=True):
        last = end if within is None else min(end, start + within + 1)
        first = next((alarm for alarm in raised if start <= alarm < last), math.inf)
        found.append(float(first - start))
    return Delays(tuple(found), sum(alarm < starts[0] for alarm in raised))


def covering(changes: Iterable[int], found: Iterable[int], n_runs: int) -> float:
    """Return how well segments that were found cover the true ones.

    Parameters
    ----------
    changes, found : iterable of int
        First runs of the segments after each true change, and after each one found.
    n_runs : int
        Number of runs.

    Returns
    -------
    float
        Between 0 and 1; 1 for the same segments.

    Raises
    ------
    ValueError
        If there is no run.

    Notes
    -----
    The sum over true segments A of ``|A| / n_runs`` times the largest Jaccard index of A with a
    segment that was found [1]_.

    References
    ----------
    .. [1] P. Arbelaez, M. Maire, C. Fowlkes and J. Malik (2011). Contour detection and
       hierarchical image segmentation. IEEE TPAMI 33, 898-916.

    Examples
    --------
    >>> covering([50], [], n_runs=100)
    0.5
    """
    if n_runs < 1:
        raise ValueError(f"covering needs n_runs >= 1; got {n_runs}.")
    true, made = _segments(changes, n_runs), _segments(found, n_runs)
    return math.fsum((b - a) * max(_jaccard((a, b), s) for s in made) for a, b in true) / n_runs


def _segments(changes: Iterable[int], n_runs: int) -> list[tuple[int, int]]:
    edges = [0, *sorted({c for c in changes if 0 < c < n_runs}), n_runs]
    return list(pairwise(edges))


def _jaccard(one: tuple[int, int], other: tuple[int, int]) -> float:
    common = min(one[1], other[1]) - max(one[0], other[0])
    return max(common, 0) / (max(one[1], other[1]) - min(one[0], other[0]))
