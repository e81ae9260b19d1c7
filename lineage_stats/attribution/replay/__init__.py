"""Running a pipeline again with some of its suspects reverted: what is found is verified."""

from lineage_stats.attribution.replay._replay import Replay, attribute_by_replay
from lineage_stats.attribution.replay._result import ReplayAttribution, ReplayedRun
from lineage_stats.attribution.replay._script import ScriptReplay
from lineage_stats.attribution.replay._steps import Step, StepReplay
from lineage_stats.attribution.replay._suspect import Suspect

__all__ = [
    "Replay",
    "ReplayAttribution",
    "ReplayedRun",
    "ScriptReplay",
    "Step",
    "StepReplay",
    "Suspect",
    "attribute_by_replay",
]
