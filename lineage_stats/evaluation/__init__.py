"""How good a detector or an attribution is: arrays and labels in, figures out."""

from lineage_stats.evaluation._bootstrap import Estimate, cluster_bootstrap
from lineage_stats.evaluation._calibration import (
    Reliability,
    ReliabilityBin,
    coverage,
    error_coverage,
    rejection_rates,
    reliability,
)
from lineage_stats.evaluation._changes import Delays, covering, detection_delays
from lineage_stats.evaluation._detection import false_alarm_rate, recall, recall_at, roc_auc
from lineage_stats.evaluation._groups import by_group
from lineage_stats.evaluation._ranking import (
    Place,
    hit_at_k,
    mean_rank,
    mean_reciprocal_rank,
    place_of_truth,
    rank_of_truth,
)
from lineage_stats.evaluation._rate import Rate
from lineage_stats.evaluation._shares import mean_share_error, relative_share_error, share_errors

__all__ = [
    "Delays",
    "Estimate",
    "Place",
    "Rate",
    "Reliability",
    "ReliabilityBin",
    "by_group",
    "cluster_bootstrap",
    "coverage",
    "covering",
    "detection_delays",
    "error_coverage",
    "false_alarm_rate",
    "hit_at_k",
    "mean_rank",
    "mean_reciprocal_rank",
    "mean_share_error",
    "place_of_truth",
    "rank_of_truth",
    "recall",
    "recall_at",
    "rejection_rates",
    "relative_share_error",
    "reliability",
    "roc_auc",
    "share_errors",
]
