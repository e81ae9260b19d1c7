"""Which operations answer for a metric's drop: Shapley values over recorded traces."""

from lineage_stats.attribution._allocation import Allocation, gaussian_allocation
from lineage_stats.attribution._attribute import attribute_root_cause
from lineage_stats.attribution._attribution import Attribution, Contribution
from lineage_stats.attribution._baseline import MechanismBaseline
from lineage_stats.attribution._duration import attribute_duration
from lineage_stats.attribution._evidence import Evidence
from lineage_stats.attribution._games import (
    link_game_values,
    maximum_game_values,
    product_game_values,
)
from lineage_stats.attribution._shapley import ShapleyResult, shapley_values
from lineage_stats.attribution._worst import attribute_worst_metric
from lineage_stats.attribution.replay import (
    Replay,
    ReplayAttribution,
    ReplayedRun,
    ScriptReplay,
    Step,
    StepReplay,
    Suspect,
)

__all__ = [
    "Allocation",
    "Attribution",
    "Contribution",
    "Evidence",
    "MechanismBaseline",
    "Replay",
    "ReplayAttribution",
    "ReplayedRun",
    "ScriptReplay",
    "ShapleyResult",
    "Step",
    "StepReplay",
    "Suspect",
    "attribute_duration",
    "attribute_root_cause",
    "attribute_worst_metric",
    "gaussian_allocation",
    "link_game_values",
    "maximum_game_values",
    "product_game_values",
    "shapley_values",
]
