"""From probabilities of cells to the labelled result of one run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._calibration import RunPValues, runs_needed
from lineage_stats.detectors._discovery import discoveries
from lineage_stats.detectors._inputs import days_of, labels_of
from lineage_stats.detectors._ranking import rank_operations
from lineage_stats.detectors._roles import NOTICE
from lineage_stats.detectors._score import (
    CELL_COLUMNS,
    OPERATION_COLUMNS,
    TraceScore,
    make_columns,
)
from lineage_stats.detectors._transforms import FloatArray
from lineage_stats.trace import Trace, align

if TYPE_CHECKING:
    from lineage_stats.detectors._base import BaseDetector
    from lineage_stats.detectors._learning import Ranges

# Share of false ones among the cells that are listed as culprits.
FALSE_DISCOVERY_RATE: Final = 0.1
# Where some cells raise the alarm by themselves, one that would be this usual as the only oddity
# of a run is not listed beside them: among hundreds of true ones, chance makes a few more.
PLAUSIBLE: Final = 0.1

_WIDTH = 60  # characters of a category that are shown
_BEFORE = 20  # of them, those before two differ


def build_score(
    detector: BaseDetector,
    trace: Trace,
    values: FloatArray,
    p: RunPValues,
    unknown: tuple[str, ...],
    looking: tuple[str, ...],
) -> TraceScore:
    """Assemble the result of one run from the first row of its probabilities."""
    run_p = float(p.run[0])
    reference = detector.reference_
    assert reference is not None  # traces are scored only after a fit on traces
    rows = _judged(detector, trace, values, p, unknown, looking)
    flagged = _culprits(rows, run_p < detector._fitted_rate, detector._fitted_rate)
    rows["flagged"] = flagged
    _drop_ranges(rows)
    if detector._since() is not None:
        rows["since"][flagged] = trace.run_id
    mapping = align([reference, trace], reference=0).mappings[1]
    _locate(rows, detector, trace, mapping)
    order = np.lexsort((-rows["size"], -rows["score"], -rows["strength"]))
    cells = {name: rows[name][order] for name in (*CELL_COLUMNS, "strength")}
    operations = rank_operations(cells, reference, trace, mapping, -detector.offset_)
    return TraceScore(
        run_id=trace.run_id,
        pipeline=trace.pipeline,
        detector=type(detector).__name__,
        p_value=run_p,
        false_alarm_rate=float(detector._fitted_rate),
        n_runs=detector.n_runs_,
        runs_needed=runs_needed(detector._fitted_rate),
        alarms={name: float(alarm[0]) for name, alarm in p.alarms.items()},
        _cells=make_columns(cells, CELL_COLUMNS),
        _operations=make_columns(operations, OPERATION_COLUMNS),
    )


def _judged(
    detector: BaseDetector,
    trace: Trace,
    values: FloatArray,
    p: RunPValues,
    unknown: tuple[str, ...],
    looking: tuple[str, ...],
) -> dict[str, npt.NDArray[Any]]:
    """Return columns of the judged cells, of changed code, and of new operations."""
    cell_p, adjusted = p.cell[0], p.adjusted[0]
    centre, scale, lower, upper = _ranges(detector, trace)
    with np.errstate(invalid="ignore"):
        notice = (detector.roles_.role == NOTICE) & (values != centre)
    # Code that differs from run to run is no news.
    notice &= np.isfinite(values) & (detector.news_.low == detector.news_.high)
    at = np.flatnonzero(np.isfinite(cell_p) | notice)
    table = detector.cell_table_
    new = len(unknown) + len(looking)
    judged = np.repeat([1.0, np.nan], [len(unknown), len(looking)])
    unit = np.where(scale > 0, scale, np.maximum(np.abs(centre), 1e-12))
    size = np.abs(values - centre) / unit
    new_p = detector.news_.group_p_value("present")
    new_adjusted = float(detector.calibration_.run_p_values("present", np.array([new_p]))[0])
    number = max(int((table["kind"] == "presence").sum()), 1)
    starts = detector._since()
    here = "" if starts is None else trace.run_id
    since = np.full(len(values), "", dtype=object) if starts is None else starts
    nothing, one = np.full(new, np.nan), np.ones(new)

    def column(old: npt.NDArray[Any], added: npt.NDArray[Any] | list[Any]) -> npt.NDArray[Any]:
        return np.concatenate([old[at], np.array(added, dtype=old.dtype)])

    kinds = np.where(notice, "notice", table["kind"]).astype(object)
    rows = {
        "operation": column(table["operation"], [*unknown, *looking]),
        "feature": column(table["feature"], ["present"] * new),
        "kind": column(kinds, ["presence"] * len(unknown) + ["notice"] * len(looking)),
        "value": column(values, one),
        "centre": column(centre, 0 * one),
        "scale": column(scale, nothing),
        "lower": column(lower, nothing),
        "upper": column(upper, nothing),
        "p_value": column(np.where(notice, np.nan, cell_p), judged * new_p / number),
        "adjusted_p_value": column(np.where(notice, np.nan, adjusted), judged * new_adjusted),
        "since": column(since, [here] * new),
        "eased": column(p.eased[0], [False] * new),
        "size": column(np.nan_to_num(size), one),
    }
    rows["score"] = _log(rows["p_value"])
    rows["strength"] = _log(rows["adjusted_p_value"])
    return rows


def _ranges(detector: BaseDetector, trace: Trace) -> Ranges:
    """Return what is healthy at the time of a run."""
    if detector.time_.is_flat and not detector.steps_.cell.size:
        return detector.center_, detector.scale_, detector.lower_, detector.upper_
    return detector._ranges(float(days_of([trace])[0]))


def _log(p: FloatArray) -> FloatArray:
    """Return -log10, 0 for NaN and never negative zero."""
    return np.abs(np.log10(np.clip(np.nan_to_num(p, nan=1.0), 1e-300, 1.0)))


def _culprits(
    rows: Mapping[str, npt.NDArray[Any]], flagged: bool, rate: float
) -> npt.NDArray[np.bool_]:
    """Return which cells of a flagged run to list: alone alarming, or by false discovery rate."""
    p, adjusted = rows["p_value"], rows["adjusted_p_value"]
    if not flagged:
        return np.zeros(len(p), dtype=bool)
    found = discoveries(p, FALSE_DISCOVERY_RATE)
    with np.errstate(invalid="ignore"):
        alone = adjusted < rate
        if alone.any():
            found &= adjusted < PLAUSIBLE
    return np.asarray(alone | found)


def _drop_ranges(rows: dict[str, npt.NDArray[Any]]) -> None:
    """Forget the range of cells outside of it that count as healthy on such a day, but metrics'."""
    with np.errstate(invalid="ignore"):
        outside = (rows["value"] < rows["lower"]) | (rows["value"] > rows["upper"])
    usual = rows["eased"] & outside & ~rows["flagged"] & (rows["kind"] != "metric")
    rows["lower"][usual] = rows["upper"][usual] = np.nan


def _locate(
    rows: dict[str, npt.NDArray[Any]],
    detector: BaseDetector,
    trace: Trace,
    mapping: Mapping[str, str],
) -> None:
    """Add the columns that are text: location, and observed and expected where no number."""
    reference = detector.reference_
    assert reference is not None
    # One that is missing is looked for where healthy runs have it.
    place = {op.key: op.location for op in reference}
    place |= {mapping[op.key]: op.location for op in trace}
    errors = {mapping[op.key]: op.error for op in trace if op.error}
    located = [place.get(op, "") for op in rows["operation"].tolist()]
    rows["location"] = np.array(located, dtype=object)
    observed, expected = np.full((2, len(located)), "", dtype=object)
    labels: dict[float, str] = {}
    for i in np.flatnonzero(np.isin(rows["kind"], ("category", "notice", "presence"))):
        value, centre = rows["value"][i], rows["centre"][i]
        if rows["feature"][i] == "present":
            observed[i] = "ran" if value else "missing"
            expected[i] = "ran" if centre else "new"
            continue
        if value != centre and not labels:
            labels = {**detector.labels_, **labels_of(trace, mapping)}
        texts = [_category(number, labels or detector.labels_) for number in (value, centre)]
        observed[i], expected[i] = shortened(*texts)
        if rows["feature"][i] == "status" and (error := errors.get(rows["operation"][i])):
            observed[i] += f": {error}"
    rows["observed"], rows["expected"] = observed, expected


def _category(value: float, labels: Mapping[float, str]) -> str:
    text = labels.get(value)
    if text is None:
        return "" if np.isnan(value) else f"#{int(value):x}"[:9]
    return text


def shortened(observed: str, expected: str) -> tuple[str, str]:
    """Return two texts of at most 60 characters each, from shortly before they differ on."""
    start = 0
    if observed != expected and max(len(observed), len(expected)) > _WIDTH:
        pairs = enumerate(zip(observed, expected, strict=False))
        shorter = min(len(observed), len(expected))
        same = next((i for i, (one, other) in pairs if one != other), shorter)
        start = observed.rfind(" ", 0, max(same - _BEFORE, 0)) + 1
    return _cut(observed, start), _cut(expected, start)


def _cut(text: str, start: int) -> str:
    shown = f"... {text[start:]}" if start else text
    return shown if len(shown) <= _WIDTH else f"{shown[: _WIDTH - 3]}..."
