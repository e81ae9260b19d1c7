"""DoWhy's `attribute_anomalies` on our traces.

It wants a graph with one number per node. The graph is that of the healthy runs, upstream of the
metric. Each operation is given by the column that is most unusual in the run to be judged, which is
the kindest choice, since it cannot be known beforehand. It must vary in the healthy runs, for a
constant has no density. Operations without such a column are contracted, and so are all but the
eleven most unusual ones, for time grows steeply with their number. Roots are given by their
empirical distribution, the others by linear additive noise models, which is DoWhy's first choice
for few rows. The metric is given by itself. What is attributed is the deviation of the metric from
its mean, in its points, so that shares can be compared: ``attribute_mean_deviation=True`` with the
metric itself as the score.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lineage_stats.trace import Trace
from peers.rankers import Scaled
from peers.study import Floats, Judgement, Study

SAMPLES = 500  # the default of 3000 costs six times the time
MAX_NODES = 12


class DoWhy(Scaled):
    """``gcm.attribute_anomalies`` with ``attribute_mean_deviation=True``.

    What no operation upstream explains is the share of the metric's own noise. With ``own=False``
    this is read as unexplained, and does not stand in the ranking.
    """

    def __init__(self, *, own: bool = True, max_nodes: int = MAX_NODES) -> None:
        self.own, self.max_nodes = own, max_nodes
        self.name = "DoWhy attribute_anomalies" + ("" if own else ", metric's noise left out")

    def prepare(self, study: Study) -> None:
        """Learn which columns vary; the model itself depends on the run."""
        from dowhy import gcm

        gcm.config.disable_progress_bars()
        gcm.config.set_default_n_jobs(1)  # as the others; its workers also cost more than they save
        super().prepare(study)

    def judge(self, trace: Trace) -> Judgement:
        """Attribute; both variants share the work."""
        key = (DoWhy, self.max_nodes, id(trace))
        if key not in self.study.cache:
            self.study.cache[key] = self._shares(trace)
        target = self.study.upstream[-1]
        whole = self.study.cache[key]
        shares = {k: share for k, share in whole.items() if self.own or k != target}
        return Judgement(ranking=shares, shares=shares)

    def _shares(self, trace: Trace) -> dict[str, float]:
        """Fit a model of the chosen columns and attribute."""
        import networkx as nx
        import pandas as pd
        from dowhy import gcm

        study = self.study
        target = study.upstream[-1]
        columns = self._chosen(trace)
        if target not in columns or len(columns) < 2:
            return {}
        rows = {key: study.table[:, j] for key, j in columns.items()}
        healthy = pd.DataFrame(rows)
        faulty = pd.DataFrame({key: [study.row(trace)[j]] for key, j in columns.items()})
        model = gcm.InvertibleStructuralCausalModel(nx.DiGraph(self._graph(columns)))
        for node in model.graph.nodes:
            is_root = not list(model.graph.predecessors(node))
            model.set_causal_mechanism(node, _root(gcm) if is_root else _linear(gcm))
        gcm.util.general.set_random_seed(0)
        gcm.fit(model, healthy)
        found = gcm.attribute_anomalies(
            model, target, faulty, anomaly_scorer=_harm(-1.0 if study.greater_is_better else 1.0),
            attribute_mean_deviation=True, num_distribution_samples=SAMPLES,
        )  # fmt: skip
        return {key: float(value[0]) for key, value in found.items()}

    def _chosen(self, trace: Trace) -> dict[str, int]:
        """Return the most unusual column of each operation that has one that varies."""
        varies = self.spread > 1e-9 * np.maximum(np.abs(self.center), 1e-9)
        z = np.where(varies, np.abs(self.columns(trace)), -1.0)
        chosen: dict[str, int] = {}
        for j in np.argsort(-z, kind="stable"):
            chosen.setdefault(str(self.study.operations[j]), int(j))
        target = self.study.upstream[-1]
        named = [c.feature for c in self.study.cells]
        for j, cell in enumerate(self.study.cells):
            if cell.operation == target and named[j] == "metric_value":
                chosen[target] = j
        known = [key for key in self.study.upstream if key in chosen and varies[chosen[key]]]
        known.sort(key=lambda key: (key != target, -z[chosen[key]]))
        kept = set(known[: self.max_nodes])
        return {key: chosen[key] for key in self.study.upstream if key in kept}

    def _graph(self, columns: dict[str, int]) -> dict[str, list[str]]:
        """Return the children of each operation, those without a column contracted."""
        children: dict[str, list[str]] = {key: [] for key in columns}
        for key in columns:
            for parent in self._nearest(key, columns):
                children[parent].append(key)
        return children

    def _nearest(self, key: str, columns: dict[str, int]) -> list[str]:
        found: dict[str, None] = {}
        stack, seen = list(self.study.reference.parents(key)), set[str]()
        while stack:
            parent = stack.pop()
            if parent in columns:
                found[parent] = None
            elif parent not in seen:
                seen.add(parent)
                stack += self.study.reference.parents(parent)
        return list(found)


def _harm(sign: float) -> Any:
    """Return a scorer that is the metric itself, higher for worse."""
    from dowhy.gcm.anomaly_scorer import AnomalyScorer

    class Harm(AnomalyScorer):
        def fit(self, X: Floats) -> None:
            pass

        def score(self, X: Floats) -> Floats:
            return sign * np.asarray(X).reshape(-1)

    return Harm()


def _root(gcm: Any) -> Any:
    return gcm.EmpiricalDistribution()


def _linear(gcm: Any) -> Any:
    return gcm.AdditiveNoiseModel(gcm.ml.create_linear_regressor())
