"""All that is known of one run whose metric is to be explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lineage_stats.attribution._association import charge
from lineage_stats.attribution._baseline import MechanismBaseline
from lineage_stats.attribution._evidence import Suspicion
from lineage_stats.attribution._inspector import Inspector, upstream_of
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._order import charge_order
from lineage_stats.attribution._signs import Signs, collect_signs
from lineage_stats.trace import Trace


@dataclass(frozen=True)
class Case:
    """One run, what speaks against each operation upstream of the metric, and its signs."""

    observation: Observation
    suspicions: Mapping[str, Suspicion]
    signs: Signs


def open_case(
    baseline: MechanismBaseline, trace: Trace, metric_key: str, before: tuple[Trace, ...] = ()
) -> Case:
    """Look at every operation upstream of a metric, present or missing."""
    observation = Observation(baseline, trace, before)
    keys = observation.keys
    upstream, known = upstream_of(trace, metric_key)
    ends = () if known else [keys[key] for key in upstream if not trace.children(key)]
    inspector = Inspector(observation, [keys[key] for key in upstream], ends=ends)
    suspicions = charge_order(inspector, charge(inspector, inspector.suspicions()))
    return Case(observation, suspicions, collect_signs(inspector, suspicions))
