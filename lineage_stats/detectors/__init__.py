"""Detectors: learn from healthy runs what each operation looks like, score a new run."""

if __name__ != "lineage_stats.detectors":
    raise ImportError(
        f"This package was imported as '{__name__}', through the link at the root of the "
        "checkout: import lineage_stats.detectors instead."
    )

from lineage_stats.detectors._base import BaseDetector
from lineage_stats.detectors._bocpd import NormalInverseGamma
from lineage_stats.detectors._changepoint import BayesianChangePointDetector
from lineage_stats.detectors._checks import detector_checks
from lineage_stats.detectors._drill import drill
from lineage_stats.detectors._drill_faults import DRILL_FAULTS, DrillFault
from lineage_stats.detectors._drill_result import Drill
from lineage_stats.detectors._from_estimator import FromEstimator
from lineage_stats.detectors._mad import RobustMADDetector
from lineage_stats.detectors._persistence import load_detector
from lineage_stats.detectors._score import TraceScore
from lineage_stats.detectors._score_files import load_score
from lineage_stats.detectors._series import SeriesChanges, detect_changes
from lineage_stats.detectors._summarize import summarize_runs
from lineage_stats.detectors._vectorizer import TraceVectorizer
from lineage_stats.detectors._zscore import ZScoreDetector

__all__ = [
    "DRILL_FAULTS",
    "BaseDetector",
    "BayesianChangePointDetector",
    "Drill",
    "DrillFault",
    "FromEstimator",
    "NormalInverseGamma",
    "RobustMADDetector",
    "SeriesChanges",
    "TraceScore",
    "TraceVectorizer",
    "ZScoreDetector",
    "detect_changes",
    "detector_checks",
    "drill",
    "load_detector",
    "load_score",
    "summarize_runs",
]
