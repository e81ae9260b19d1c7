"""Metrics of a run against those of earlier runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

from lineage_stats.trace import Trace

Band = tuple[float, float, float]

MIN_RUNS_FOR_BAND = 3
# Median of |x - median| times this estimates a Gaussian standard deviation
# (Rousseeuw and Croux 1993, JASA 88, 1273-1283).
MAD_TO_SD = 1.4826
BAND_SDS = 3.0


def metric_records(
    trace: Trace, earlier: Iterable[Trace], bands: Mapping[str, Band] | None = None
) -> list[dict[str, Any]]:
    """Return each metric of a run with its earlier values and healthy band.

    Parameters
    ----------
    trace : Trace
        The run.
    earlier : iterable of Trace
        Earlier runs, oldest first.
    bands : mapping of str to (low, centre, high), default=None
        Healthy bands by metric, where a result gives them.

    Returns
    -------
    list of dict
        The ``metrics`` of a report.

    Notes
    -----
    Without a result, the band is the median plus and minus three robust standard deviations of
    the earlier values, for orientation only.
    """
    runs = list(earlier)
    given = bands or {}
    return [
        _record(trace, name, value, runs, given.get(name)) for name, value in trace.metrics.items()
    ]


def _record(
    trace: Trace, name: str, value: float, earlier: list[Trace], given: Band | None
) -> dict[str, Any]:
    known = [
        {
            "run_id": run.run_id,
            "start": run.start.isoformat(),
            "value": float(run.metrics[name]),
        }
        for run in earlier
        if math.isfinite(run.metrics.get(name, math.nan))
    ]
    band = given or _band([run.metrics[name] for run in earlier if name in run.metrics])
    finite = math.isfinite(value)
    return {
        "name": name,
        "run_id": trace.run_id,
        "start": trace.start.isoformat(),
        "value": float(value) if finite else None,
        "operation": trace.metric_operation(name).key,
        "outside": bool(finite and band and not band[0] <= value <= band[2]),
        "band": band and {"low": band[0], "centre": band[1], "high": band[2]},
        "history": known,
    }


def _band(values: list[float]) -> Band | None:
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < MIN_RUNS_FOR_BAND:
        return None
    centre = median(finite)
    half = BAND_SDS * MAD_TO_SD * median(abs(value - centre) for value in finite)
    return centre - half, centre, centre + half
