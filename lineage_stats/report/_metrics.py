"""Metrics of a run against those of earlier runs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median
from typing import Any

from lineage_stats.trace import Trace

MIN_RUNS_FOR_BAND = 3
# Median of |x - median| times this estimates a Gaussian standard deviation
# (Rousseeuw and Croux 1993, JASA 88, 1273-1283).
MAD_TO_SD = 1.4826
BAND_SDS = 3.0


def metric_records(trace: Trace, history: Iterable[Trace]) -> list[dict[str, Any]]:
    """Return each metric of a run with its earlier values and healthy band.

    Parameters
    ----------
    trace : Trace
        The run.
    history : iterable of Trace
        Earlier runs, oldest first; the run itself is passed over.

    Returns
    -------
    list of dict
        The ``metrics`` of a report.

    Notes
    -----
    The band is the median plus and minus three robust standard deviations of the earlier values;
    it is drawn for orientation, the verdict is the detector's.
    """
    earlier = [run for run in history if run.run_id != trace.run_id]
    return [_record(trace, name, value, earlier) for name, value in trace.metrics.items()]


def _record(trace: Trace, name: str, value: float, earlier: list[Trace]) -> dict[str, Any]:
    known = [
        {"run_id": run.run_id, "value": float(run.metrics[name])}
        for run in earlier
        if math.isfinite(run.metrics.get(name, math.nan))
    ]
    band = _band([run["value"] for run in known])
    finite = math.isfinite(value)
    return {
        "name": name,
        "run_id": trace.run_id,
        "value": float(value) if finite else None,
        "operation": trace.metric_operation(name).key,
        "outside": bool(finite and band and not band["low"] <= value <= band["high"]),
        "band": band,
        "history": known,
    }


def _band(values: list[float]) -> dict[str, float] | None:
    if len(values) < MIN_RUNS_FOR_BAND:
        return None
    centre = median(values)
    half = BAND_SDS * MAD_TO_SD * median(abs(value - centre) for value in values)
    return {"centre": centre, "low": centre - half, "high": centre + half}
