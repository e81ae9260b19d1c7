"""Which faults would be noticed: a drill on the user's own healthy runs."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from scipy import stats
from sklearn.base import clone

from lineage_stats.detectors._base import BaseDetector
from lineage_stats.detectors._drill_faults import DRILL_FAULTS, DrillFault, Place
from lineage_stats.detectors._drill_result import Drill
from lineage_stats.detectors._inputs import Runs, runs_of_traces
from lineage_stats.detectors._mad import RobustMADDetector
from lineage_stats.detectors._roles import DISTANCE
from lineage_stats.detectors._transforms import FloatArray
from lineage_stats.exceptions import FewRunsWarning, TooFewRunsError
from lineage_stats.trace import Trace

_FOLDS: Final = 5
_FEWEST: Final = 10
_MOST_RUNS_NEEDED: Final = 10_000


def drill(
    traces: Iterable[Trace],
    detector: BaseDetector | None = None,
    *,
    power: float = 0.8,
    faults: Iterable[str] | None = None,
    runs_per_fault: int = 20,
) -> Drill:
    """Plant faults in stored healthy runs, and see which of them a detector notices.

    Parameters
    ----------
    traces : iterable of Trace
        Healthy runs of one pipeline, at least 10.
    detector : BaseDetector, default=None
        How runs would be judged; it is cloned. None takes `RobustMADDetector`.
    power : float, default=0.8
        Share of faulty runs that have to be flagged for a fault to count as caught.
    faults : iterable of str, default=None
        Kinds of faults; None takes all of `DRILL_FAULTS`.
    runs_per_fault : int, default=20
        How many healthy runs each fault is planted in.

    Returns
    -------
    Drill
        For each operation and kind of fault the smallest severity that is caught, the power at a
        severity that a baseline should notice, and how many more healthy runs would help.

    Raises
    ------
    TooFewRunsError
        If there are fewer than 10 runs.
    ValueError
        If a parameter has an impossible value.

    Notes
    -----
    A fifth of the runs at a time is judged by a baseline of the others, as new runs would be.
    A fault changes what is recorded at its own operation and leaves the rest of the run alone.
    What it would do further down comes on top, so the power is a lower bound. The number of
    runs needed is an estimate: the deviation stays, and only what a small sample costs becomes
    less, by Student's t for measurements and by counting for news.

    Examples
    --------
    >>> from lineage_stats.datasets import make_runs
    >>> from lineage_stats.detectors import drill
    >>> traces, _ = make_runs(30, random_state=0, return_traces=True)
    >>> found = drill(traces, faults=["operation missing"], runs_per_fault=5)
    >>> bool(found.table["caught"].all())
    True
    """
    chosen = _chosen(faults)
    if not 0 < power <= 1:
        raise ValueError(
            f"The 'power' parameter of drill must be in (0, 1]. Got {power!r} instead."
        )
    runs = runs_of_traces(list(traces))
    if len(runs.values) < _FEWEST:
        raise TooFewRunsError(
            f"A drill needs at least {_FEWEST} healthy runs; got {len(runs.values)}. Record more."
        )
    judge = clone(detector) if detector is not None else RobustMADDetector()
    judge._validate_parameters()
    operations = list(dict.fromkeys(cell.operation for cell in runs.cells))
    rows = [
        row
        for judged in _folds(judge, runs, runs_per_fault)
        for operation in operations
        for row in _planted(judged, operation, chosen)
    ]
    return Drill.of_rows(
        rows, chosen, pipeline=str(runs.pipeline), detector=type(judge).__name__,
        n_runs=len(runs.values), power=power, false_alarm_rate=judge.false_alarm_rate,
    )  # fmt: skip


def _chosen(names: Iterable[str] | None) -> tuple[DrillFault, ...]:
    known = {fault.name: fault for fault in DRILL_FAULTS}
    wanted = list(known) if names is None else list(names)
    for name in wanted:
        if name not in known:
            raise ValueError(
                f"The 'faults' parameter of drill must be of {', '.join(known)}. "
                f"Got {name!r} instead."
            )
    return tuple(known[name] for name in wanted)


class _Judged:
    """A detector fitted on most of the runs, and some of the others."""

    def __init__(self, detector: BaseDetector, known: Runs, new: Runs) -> None:
        self.detector, self.known, self.new = detector, known, new


def _folds(judge: BaseDetector, runs: Runs, wanted: int) -> Iterator[_Judged]:
    n = len(runs.values)
    each = max(1, math.ceil(wanted / _FOLDS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewRunsWarning)
        for k in range(_FOLDS):
            out = np.arange(n) % _FOLDS == k
            detector = clone(judge)
            detector.n_features_in_ = len(runs.cells)
            detector._fit_runs(runs.take(~out))
            yield _Judged(detector, runs.take(~out), runs.take(np.flatnonzero(out)[:each]))


def _planted(
    judged: _Judged, operation: str, faults: tuple[DrillFault, ...]
) -> list[dict[str, Any]]:
    """Return a row per kind, severity and run: flagged or not, and what it would take."""
    place = Place(operation, judged.known.cells, judged.known.values)
    kinds = [fault for fault in faults if fault.applies(place)]
    variants = [
        (f, s, i) for f in kinds for s in f.severities for i in range(len(judged.new.values))
    ]
    if not variants:
        return []
    values = judged.new.values[[i for _, _, i in variants]].copy()
    for x, (fault, severity, run) in zip(values, variants, strict=True):
        fault.change(x, place, severity, run)
    new = Runs(
        values, judged.new.cells, tuple(str(i) for i in range(len(values))),
        times=judged.new.times[[i for _, _, i in variants]],
    )  # fmt: skip
    p = judged.detector._p_values(new)
    rate = judged.detector._fitted_rate
    return [
        {
            "operation": operation,
            "fault": fault.name,
            "severity": severity,
            "flagged": bool(p.run[i] < rate),
            "needed": _needed(judged.detector, p.cell[i], p.adjusted[i]),
        }
        for i, (fault, severity, _) in enumerate(variants)
    ]


def _needed(detector: BaseDetector, cell: FloatArray, adjusted: FloatArray) -> float:
    """Estimate from how many healthy runs on a run is flagged; infinity: never."""
    n, rate = detector.n_runs_, detector._fitted_rate
    if not np.isfinite(adjusted).any():
        return math.inf
    j = int(np.nanargmin(adjusted))
    if adjusted[j] < rate:
        return float(n)
    if detector.roles_.role[j] != DISTANCE:
        return float(math.ceil((n + 1) * adjusted[j] / rate))
    many = adjusted[j] / max(cell[j], 1e-300)
    size = float(stats.t.isf(cell[j] / 2, max(n - 1, 1)))
    more = np.unique(np.geomspace(n + 1, _MOST_RUNS_NEEDED, 60).astype(int))
    tail = 2 * stats.t.sf(size * np.sqrt((1 + 1 / n) / (1 + 1 / more)), more - 1) * many
    enough = more[tail < rate]
    return float(enough[0]) if len(enough) else math.inf
