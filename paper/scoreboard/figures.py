"""From judgements to figures with intervals over pipelines.

Every measure is a mean over runs of something known of each run. Scores of different pipelines
are not on one scale, so a score is compared with the healthy runs of its own pipeline: its part of
the area under the curve is the share of them that score lower (ties half), and it is a hit at the
stated rate if at most that share of them score as high.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lineage_stats.evaluation import (
    Rate,
    cluster_bootstrap,
    error_coverage,
    rejection_rates,
    reliability,
)
from scoreboard.judging import Row
from scoreboard.labelled import CASE, HARMLESS, HEALTHY

GROUPS = ("pipeline", "class", "severity", "family", "kind")
ALL = "all"


@dataclass(frozen=True)
class Figure:
    """One cell of a table.

    ``low`` and ``high`` are from the bootstrap over pipelines; ``exact_*`` is Clopper and Pearson's
    interval, where runs are counted. A method that judges every run several times (AutoLineage,
    with several baselines) has as many judgements; its exact interval is for the runs.
    """

    table: str
    method: str
    measure: str
    by: str
    group: str
    value: float
    low: float
    high: float
    exact_low: float
    exact_high: float
    n: int
    n_pipelines: int


@dataclass(frozen=True)
class Measure:
    """Which runs count, and what is averaged; None of a run leaves it out."""

    table: str
    name: str
    belongs: Callable[[Row], bool]
    value: Callable[[Row], float | None]
    counts: bool = True
    groups: tuple[str, ...] = GROUPS


def _is_healthy(row: Row) -> bool:
    return row["role"] == HEALTHY


def _is_fault(row: Row) -> bool:
    return row["role"] == CASE and row["class"] != HARMLESS


def _is_harmful(row: Row) -> bool:
    return _is_fault(row) and bool(row["harmful"])


def _get(name: str) -> Callable[[Row], float | None]:
    return lambda row: row.get(name)


MEASURES = (
    Measure("detection", "false alarms", _is_healthy, _get("flagged"), groups=("pipeline",)),
    Measure(
        "detection", "flags of harmless changes",
        lambda row: row["role"] == CASE and row["class"] == HARMLESS, _get("flagged"),
    ),
    Measure("detection", "recall", _is_fault, _get("flagged")),
    Measure("detection", "recall, harmful", _is_harmful, _get("flagged")),
    Measure("detection", "recall at rate, harmful", _is_harmful, _get("hit_at_rate")),
    Measure("detection", "AUC", _is_fault, _get("auc_part"), counts=False),
    Measure("detection", "AUC, harmful", _is_harmful, _get("auc_part"), counts=False),
    Measure("ranking", "hit@1, harmful", _is_harmful, _get("hit@1")),
    Measure("ranking", "hit@3, harmful", _is_harmful, _get("hit@3")),
    Measure("ranking", "mean rank, harmful", _is_harmful, _get("rank"), counts=False),
    Measure("ranking", "hit@3, all faults", _is_fault, _get("hit@3")),
    Measure("attribution", "mean share error", _is_harmful, _get("share_error"), counts=False),
    Measure("attribution", "relative share error", _is_harmful, _get("relative_error"), False),
    Measure("cost", "CPU seconds to learn", lambda row: True, _get("prepare"), False, ()),
    Measure("cost", "CPU milliseconds per run", lambda row: True, lambda row: 1e3 * row["judge"],
            False, ("pipeline",)),
    Measure("cost", "bytes per stored run", lambda row: True, _get("bytes"), False, ("pipeline",)),
)  # fmt: skip


def figures(rows: Sequence[Row], *, rate: float, n_resamples: int = 500) -> Iterator[Figure]:
    """Compute every measure of every method: pooled, and by group."""
    by_method: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_method[row["method"]].append(row)
    for method, own in by_method.items():
        judged = _with_score_parts(own, rate)
        for measure in MEASURES:
            yield from _measured(method, measure, judged, n_resamples)
        yield from _calibration(method, judged)


def _with_score_parts(rows: Sequence[Row], rate: float) -> list[Row]:
    """Add to every fault how its score stands among the healthy runs of its pipeline."""
    healthy: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if _is_healthy(row) and row["score"] is not None:
            healthy[row["pipeline"]].append(row["score"])
    found = []
    for row in rows:
        scores = np.asarray(healthy[row["pipeline"]])
        if row["score"] is not None and len(scores) and _is_fault(row):
            above, equal = int((scores > row["score"]).sum()), int((scores == row["score"]).sum())
            row = {
                **row,
                "auc_part": 1 - (above + equal / 2) / len(scores),
                "hit_at_rate": above + equal <= math.floor(rate * len(scores) + 1e-9),
            }
        found.append(row)
    return found


def _measured(
    method: str, measure: Measure, rows: Sequence[Row], n_resamples: int
) -> Iterator[Figure]:
    cells: dict[tuple[str, str], list[tuple[str, str, float]]] = defaultdict(list)
    for row in rows:
        value = measure.value(row) if measure.belongs(row) else None
        if value is None or math.isnan(value):
            continue
        known = (row["pipeline"], row["run"], float(value))
        cells[ALL, ALL].append(known)
        for by in measure.groups:
            if row.get(by):
                cells[by, str(row[by])].append(known)
    for (by, group), values in cells.items():
        names = (measure.table, method, measure.name, by, group)
        yield _figure(names, values, measure.counts, n_resamples)


def _figure(
    names: tuple[str, ...], values: list[tuple[str, str, float]], counts: bool, n_resamples: int
) -> Figure:
    sums: dict[str, float] = defaultdict(float)
    sizes: dict[str, int] = defaultdict(int)
    for pipeline, _, value in values:
        sums[pipeline] += value
        sizes[pipeline] += 1
    n, total = len(values), math.fsum(sums.values())
    low = high = math.nan
    if len(sums) > 1:
        found = cluster_bootstrap(
            lambda s, k: s.sum() / k.sum(), np.array([*sums.values()]),
            np.array([*sizes.values()]), clusters=list(sums), n_resamples=n_resamples,
        )  # fmt: skip
        low, high = found.low, found.high
    runs = len({run for _, run, _ in values})
    rate = Rate(min(total * runs / n, runs), runs) if counts else None
    exact = rate.clopper_pearson_interval() if rate else (math.nan, math.nan)
    return Figure(*names, total / n, low, high, *exact, n, len(sums))


def _calibration(method: str, rows: Sequence[Row]) -> Iterator[Figure]:
    """Compute whether stated p-values, errors and probabilities are true."""
    n_pipelines = len({row["pipeline"] for row in rows})

    def figure(measure: str, group: str, rate: Rate) -> Figure:
        names = ("calibration", method, measure, "level", group)
        return Figure(
            *names, rate.value, *rate.wilson_interval(), *rate.clopper_pearson_interval(), rate.n,
            n_pipelines,
        )  # fmt: skip

    p = [row["p_value"] for row in rows if _is_healthy(row) and row["p_value"] is not None]
    for level, rate in (rejection_rates(p) if p else {}).items():
        yield figure("healthy runs at or below p", f"{level:g}", rate)
    stated: list[Any] = [one for row in rows if _is_harmful(row) for one in row.get("stated", ())]
    for level, rate in (error_coverage(*zip(*stated, strict=True)) if stated else {}).items():
        yield figure("true shares in the stated interval", f"{level:g}", rate)
    tops = [(row["top"], row["top_true"]) for row in rows if _is_harmful(row) and "top" in row]
    for one in reliability(*zip(*tops, strict=True)).bins if tops else ():
        tenth = min(int(one.stated * 10), 9) / 10
        yield figure("top operation is true", f"{tenth:.1f}-{tenth + 0.1:.1f}", one.observed)
