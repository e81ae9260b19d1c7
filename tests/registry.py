"""An instance of every extension that ships; the contract suites run over these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lineage_stats.datasets import FAULTS
from lineage_stats.detectors import (
    BaseDetector,
    BayesianChangePointDetector,
    RobustMADDetector,
    ZScoreDetector,
)

DETECTORS: list[BaseDetector] = [
    RobustMADDetector(),
    RobustMADDetector(reweight=False),
    ZScoreDetector(),
    BayesianChangePointDetector(),
]

# Generators and loaders of runs by name, each with arguments that keep it small.
DATASETS: Mapping[str, Mapping[str, Any]] = {
    "make_runs": {"n_runs": 3, "fault": [None, FAULTS[0], None]},
}
