"""An instance of everything that can be plugged in; the contract suites run over these."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from sklearn.ensemble import IsolationForest

from lineage_stats.datasets import FAULTS
from lineage_stats.detectors import (
    BaseDetector,
    BayesianChangePointDetector,
    FromEstimator,
    RobustMADDetector,
    ZScoreDetector,
)
from lineage_stats.export import (
    Exporter,
    MLflowExporter,
    OpenLineageExporter,
    OpenTelemetryExporter,
)
from lineage_stats.hooks import HookProvider
from lineage_stats.hooks._joblib import JoblibProvider
from lineage_stats.hooks._pandas._provider import PandasProvider
from lineage_stats.hooks._pyspark._provider import PysparkProvider
from lineage_stats.hooks._sklearn._provider import SklearnProvider

HOOK_PROVIDERS: list[HookProvider] = [PandasProvider(), SklearnProvider(), JoblibProvider()]
if find_spec("pyspark") is not None:
    HOOK_PROVIDERS.append(PysparkProvider())

DETECTORS: list[BaseDetector] = [
    RobustMADDetector(),
    RobustMADDetector(reweight=False),
    ZScoreDetector(),
    BayesianChangePointDetector(),
    FromEstimator(IsolationForest(n_estimators=20)),
]

EXPORTERS: list[Exporter] = [OpenLineageExporter(), OpenTelemetryExporter(), MLflowExporter()]

# Generators and loaders of runs by name, each with arguments that keep it small.
DATASETS: Mapping[str, Mapping[str, Any]] = {
    "load_faulty_pipelines": {"pipeline": "parcels"},
    "make_runs": {"n_runs": 3, "fault": [None, FAULTS[0], None]},
}

# Loaders of a folder that does not come with the package.
FOLDER_LOADERS = frozenset({"load_corpus", "load_petshop", "load_rcaeval", "load_rcd"})
