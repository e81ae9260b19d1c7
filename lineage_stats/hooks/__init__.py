"""Recording what a program does, without changing what it does.

A *provider* says which functions of a library to watch and what a call of them means. It never
patches and never records: one patch journal and one recorder do that for all providers.
"""

if __name__ != "lineage_stats.hooks":
    raise ImportError("This folder is a door for readers: import lineage_stats.hooks instead.")

from typing import TYPE_CHECKING

from lineage_stats._lazy import lazy_names
from lineage_stats.hooks._provider import Call, HookProvider, OperationSpec, PublicName, Target
from lineage_stats.hooks._recorder import Recorder
from lineage_stats.hooks._registry import Hooks, available_providers

if TYPE_CHECKING:
    from lineage_stats.hooks._checks import check_hook_provider, hook_provider_checks
    from lineage_stats.hooks._coverage import Coverage, measure_coverage
    from lineage_stats.hooks._pyspark._java import prepare_java

# Not needed to record, and loaded on first use.
_LATER = {
    "Coverage": "_coverage",
    "check_hook_provider": "_checks",
    "hook_provider_checks": "_checks",
    "measure_coverage": "_coverage",
    "prepare_java": "_pyspark._java",
}

__all__ = [
    "Call",
    "Coverage",
    "HookProvider",
    "Hooks",
    "OperationSpec",
    "PublicName",
    "Recorder",
    "Target",
    "available_providers",
    "check_hook_provider",
    "hook_provider_checks",
    "measure_coverage",
    "prepare_java",
]


__getattr__, __dir__ = lazy_names(__name__, _LATER)
