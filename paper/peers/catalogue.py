"""All methods that can be run here."""

from __future__ import annotations

from importlib.util import find_spec

from peers.autolineage_peer import AutoLineage
from peers.dowhy_peer import DoWhy
from peers.ours import DETECTORS, OurAttribution, OurDetector
from peers.outliers import isolation_forest, pyod_peers
from peers.rankers import (
    AllToTop,
    Baro,
    Chance,
    FirstAnomalous,
    LargestChange,
    MetricAlone,
    Nothing,
    NSigma,
)
from peers.study import Peer

N_BASELINES = 3


def all_peers() -> list[Peer]:
    """Return every method whose package is installed, new and unfitted.

    AutoLineage compares with one healthy run, so it is there three times under each name.
    """
    found: list[Peer] = [
        *map(OurDetector, DETECTORS),
        OurAttribution(),
        OurAttribution(source=False),
    ]
    if find_spec("autolineage"):
        for i in range(N_BASELINES):
            found += [AutoLineage(i), AutoLineage(i, critical=True, named=True)]
    if find_spec("dowhy"):
        found += [DoWhy(), DoWhy(own=False)]
    return [
        *found, *pyod_peers(), isolation_forest(), NSigma(), Baro(), Baro(signed=False),
        FirstAnomalous(), MetricAlone(), LargestChange(), Chance(), AllToTop(), Nothing(),
    ]  # fmt: skip
