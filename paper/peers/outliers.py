"""Outlier detectors for tables: PyOD and scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lineage_stats.trace import Trace
from peers.study import Floats, Judgement, Peer, Study


class OutlierPeer(Peer):
    """A detector of outlying rows, on columns scaled by the healthy runs.

    PyOD advises to standardise, for its neighbours above all; what cannot vary in the healthy runs
    keeps the scale 1. The share of outliers is set to the stated false alarm rate, but not below
    what one healthy run is, so that the threshold is the highest that PyOD's rule gives. ECOD and
    COPOD, which score every column, rank operations by their highest column.
    """

    def __init__(self, name: str, make: Callable[[float], Any], *, ranks: bool = False) -> None:
        self.name, self.make, self.ranks = name, make, ranks

    def prepare(self, study: Study) -> None:
        """Fit it."""
        super().prepare(study)
        spread = study.table.std(axis=0)
        self.center = study.table.mean(axis=0)
        self.scale = np.where(spread > 1e-9 * np.maximum(np.abs(self.center), 1e-9), spread, 1.0)
        contamination = min(max(study.rate, 1 / len(study.table)), 0.5)
        self.model = self.make(contamination).fit(self._scaled(study.table))

    def judge(self, trace: Trace) -> Judgement:
        """Score it; more is more anomalous."""
        row = self._scaled(self.study.row(trace)[None])
        score, flagged = self._score(row)
        ranking = self.study.by_operation(self.model.O[-1]) if self.ranks else None
        return Judgement(score, flagged, ranking)

    def _score(self, row: Floats) -> tuple[float, bool]:
        score = float(self.model.decision_function(row)[0])
        return score, score > self.model.threshold_

    def _scaled(self, table: Floats) -> Floats:
        return np.clip((table - self.center) / self.scale, -1e6, 1e6)


class SklearnForest(OutlierPeer):
    """scikit-learn's isolation forest: its score is high for normal rows, negative for outliers."""

    def _score(self, row: Floats) -> tuple[float, bool]:
        score = -float(self.model.decision_function(row)[0])
        return score, score > 0


def isolation_forest() -> Peer:
    """Return scikit-learn's IsolationForest with its defaults."""
    from sklearn.ensemble import IsolationForest

    def make(contamination: float) -> Any:
        return IsolationForest(contamination=contamination, random_state=0)

    return SklearnForest("scikit-learn IsolationForest", make)


def pyod_peers() -> list[Peer]:
    """Return the detectors of PyOD, if it is installed."""
    try:
        from pyod.models.copod import COPOD
        from pyod.models.ecod import ECOD
        from pyod.models.iforest import IForest
        from pyod.models.knn import KNN
        from pyod.models.lof import LOF
    except ImportError:
        return []
    return [
        OutlierPeer("PyOD ECOD", lambda c: ECOD(contamination=c), ranks=True),
        OutlierPeer("PyOD COPOD", lambda c: COPOD(contamination=c), ranks=True),
        OutlierPeer("PyOD IForest", lambda c: IForest(contamination=c, random_state=0)),
        OutlierPeer("PyOD LOF", lambda c: LOF(contamination=c)),
        OutlierPeer("PyOD KNN", lambda c: KNN(contamination=c)),
    ]
