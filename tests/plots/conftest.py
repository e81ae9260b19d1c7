"""Results to draw, and no figure left open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from matplotlib.patches import Patch

from lineage_stats.attribution import Attribution, attribute_root_cause
from lineage_stats.datasets import Fault, make_runs
from lineage_stats.detectors import BaseDetector, RobustMADDetector, TraceScore
from lineage_stats.trace import Trace, TraceSet

MERGE = "clean/DataFrame.merge#1"
ROWS_LOST = Fault("rows_lost", MERGE, severity=0.4, metric_drop=0.1)


@pytest.fixture(autouse=True)
def _figures_are_closed() -> Iterator[None]:
    yield
    from matplotlib import pyplot as plt

    plt.close("all")


@pytest.fixture(scope="package")
def learned() -> TraceSet:
    """Forty healthy runs."""
    return make_runs(40).traces


@pytest.fixture(scope="package")
def bad() -> Trace:
    """A run in which a join loses rows."""
    return make_runs(1, first=40, fault=ROWS_LOST).traces[0]


@pytest.fixture(scope="package")
def detector(learned: TraceSet) -> BaseDetector:
    """A detector that knows the healthy runs."""
    return RobustMADDetector(false_alarm_rate=0.05).fit(learned)


@pytest.fixture(scope="package")
def score(detector: BaseDetector, bad: Trace) -> TraceScore:
    """What it says of the bad run."""
    return detector.score(bad)


@pytest.fixture(scope="package")
def attribution(learned: TraceSet, bad: Trace) -> Attribution:
    """Who took the points of the bad run."""
    return attribute_root_cause(bad, "f1_score", baseline=learned)


def extent(patch: Patch) -> tuple[float, float, float, float]:
    """Return left, right, lower and upper end; what spans an axis was a polygon up to 3.8."""
    corners = patch.get_path().transformed(patch.get_patch_transform()).vertices
    (left, low), (right, high) = corners.min(axis=0), corners.max(axis=0)
    return left, right, low, high
