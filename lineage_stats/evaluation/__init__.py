"""How good a detector or a ranking is: arrays and labels in, figures out."""

from lineage_stats.evaluation._rank import mean_reciprocal_rank, rank_of_truth
from lineage_stats.evaluation._rates import Rate, false_alarm_rate, hit_at_k, recall

__all__ = [
    "Rate",
    "false_alarm_rate",
    "hit_at_k",
    "mean_reciprocal_rank",
    "rank_of_truth",
    "recall",
]
