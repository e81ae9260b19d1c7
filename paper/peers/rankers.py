"""Rankings by simple scores of columns, and controls."""

from __future__ import annotations

import zlib

import numpy as np

from lineage_stats.trace import Trace
from peers.study import Floats, Judgement, Peer, Study

LIMIT = 3.0


class Scaled(Peer):
    """(x - centre) / spread of every column; an operation has that of its highest one."""

    def prepare(self, study: Study) -> None:
        """Learn centre and spread."""
        super().prepare(study)
        self.center, self.spread = self.learn(study.table)

    def learn(self, table: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation."""
        return table.mean(axis=0), table.std(axis=0, ddof=1)

    def columns(self, trace: Trace) -> Floats:
        """Return the score of every column; a constant that changed is above all."""
        change = self.study.row(trace) - self.center
        constant = self.spread <= 1e-9 * np.maximum(np.abs(self.center), 1e-9)
        z = change / np.where(constant, 1.0, self.spread)
        news = constant & (np.abs(change) > 1e-6 * np.maximum(np.abs(self.center), 1e-6))
        return np.where(constant, np.where(news, np.sign(change) * 1e6, 0.0), z)


class NSigma(Scaled):
    """Largest |z|; flagged above three standard deviations, as the rule has it."""

    name = "n-sigma"

    def judge(self, trace: Trace) -> Judgement:
        """Rank by the largest |z|."""
        ranking = self.study.by_operation(np.abs(self.columns(trace)))
        top = max(ranking.values())
        return Judgement(top, top > LIMIT, ranking)


class Baro(Scaled):
    """The robust scorer of BARO: largest (x - median) / interquartile range, after its paper.

    The published score is one-sided, made for latencies; ``signed=False`` takes falls too. As in
    its implementation (scikit-learn's RobustScaler), a column without spread is divided by 1.
    It ranks only: its change-point stage needs a series of faulty windows, and here is one run.

    L. Pham, H. Ha and H. Zhang (2024). BARO: Robust root cause analysis for microservices via
    multivariate Bayesian online change point detection. Proc. ACM Softw. Eng. 1 (FSE), 98.
    """

    def __init__(self, *, signed: bool = True) -> None:
        self.signed = signed
        self.name = "BARO RobustScorer" + ("" if signed else ", two-sided")

    def learn(self, table: Floats) -> tuple[Floats, Floats]:
        """Return median and interquartile range."""
        low, center, high = np.quantile(table, [0.25, 0.5, 0.75], axis=0)
        return center, np.where(high > low, high - low, 1.0)

    def judge(self, trace: Trace) -> Judgement:
        """Rank by the largest score."""
        scores = (self.study.row(trace) - self.center) / self.spread
        return Judgement(ranking=self.study.by_operation(scores if self.signed else np.abs(scores)))


class FirstAnomalous(Scaled):
    """The first operation upstream of the metric that is anomalous, then the next ones.

    An operation is anomalous if one of its columns is beyond ``LIMIT`` robust standard deviations.
    Those without an anomalous ancestor come before the others, both in the order of the run.
    """

    name = "first anomalous upstream"

    def learn(self, table: Floats) -> tuple[Floats, Floats]:
        """Return median and scaled median deviation."""
        center = np.median(table, axis=0)
        return center, 1.4826 * np.median(np.abs(table - center), axis=0)

    def judge(self, trace: Trace) -> Judgement:
        """Rank by the place in the graph."""
        scores = self.study.by_operation(np.abs(self.columns(trace)))
        odd = [key for key in self.study.upstream if scores.get(key, 0.0) > LIMIT]
        reference = self.study.reference
        first = [key for key in odd if not set(reference.ancestors(key)) & set(odd)]
        order = list(dict.fromkeys([*first, *odd]))
        return Judgement(ranking={key: float(len(order) - i) for i, key in enumerate(order)})


class LargestChange(Scaled):
    """A control: the largest relative change of any number, whatever its healthy spread."""

    name = "control: largest change"

    def judge(self, trace: Trace) -> Judgement:
        """Rank by |x - median| / |median|."""
        center = np.median(self.study.table, axis=0)
        change = np.abs(self.study.row(trace) - center) / np.maximum(np.abs(center), 1e-9)
        return Judgement(ranking=self.study.by_operation(np.minimum(change, 1e9)))


class Chance(Peer):
    """A control: a random score and a random order, the same in every execution."""

    name = "control: random"

    def judge(self, trace: Trace) -> Judgement:
        """Draw."""
        rng = np.random.default_rng(zlib.crc32(trace.run_id.encode()))
        draws = rng.uniform(size=len(self.study.reference)).tolist()
        ranking = dict(zip(self.study.reference.keys, draws, strict=True))
        score = float(rng.uniform())
        return Judgement(score, score > 1 - self.study.rate, ranking)


class MetricAlone(Peer):
    """A control: the metric beyond three healthy standard deviations, in either direction."""

    name = "control: metric 3 sd"

    def judge(self, trace: Trace) -> Judgement:
        """Flag by the metric."""
        values = self.study.metric_values
        value = trace.metrics.get(self.study.metric, np.nan)
        z = abs(value - values.mean()) / max(float(values.std(ddof=1)), 1e-12)
        score = float(np.nan_to_num(z, nan=np.inf))
        return Judgement(score, score > LIMIT)


class AllToTop(NSigma):
    """A control for shares: the whole harm goes to the first of the n-sigma ranking."""

    name = "control: all to the top of n-sigma"

    def judge(self, trace: Trace) -> Judgement:
        """Give everything to one operation."""
        ranking = super().judge(trace).ranking or {}
        top = max(ranking, key=lambda key: ranking[key])
        return Judgement(shares={top: self.study.harm(trace)})


class Nothing(Peer):
    """A control for shares: no operation has any."""

    name = "control: no shares"

    def judge(self, trace: Trace) -> Judgement:
        """Give nothing to anyone."""
        return Judgement(shares={})
