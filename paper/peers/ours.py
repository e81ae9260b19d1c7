"""The methods of lineage_stats itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lineage_stats import attribute_root_cause, detectors
from lineage_stats.attribution import MechanismBaseline
from lineage_stats.exceptions import MetricNotWorseError, UnknownMetricError
from lineage_stats.trace import Trace
from peers.study import Judgement, Peer, Study

DETECTORS = tuple(
    name for name in detectors.__all__ if name.endswith("Detector") and name != "BaseDetector"
)


class OurDetector(Peer):
    """A detector with its defaults."""

    def __init__(self, name: str) -> None:
        self.name = name

    def prepare(self, study: Study) -> None:
        """Fit it."""
        super().prepare(study)
        make = getattr(detectors, self.name)
        self.detector = make(false_alarm_rate=study.rate).fit(study.healthy)

    def judge(self, trace: Trace) -> Judgement:
        """Score it; operations in the order of the result."""
        found = self.detector.score(trace)
        order = list(found.operations.index)
        ranking = {key: float(len(order) - i) for i, key in enumerate(order)}
        return Judgement(found.score, found.flagged, ranking, p_value=found.p_value)


class OurAttribution(Peer):
    """Attribution; without ``source``, digests of code and parameters are hidden from it."""

    def __init__(self, *, source: bool = True) -> None:
        self.source = source
        self.name = "attribution" if source else "attribution, numbers only"

    def prepare(self, study: Study) -> None:
        """Learn mechanisms."""
        super().prepare(study)
        self.baseline = MechanismBaseline.from_traces([self._seen(t) for t in study.healthy])

    def judge(self, trace: Trace, before: Sequence[Trace] = ()) -> Judgement:
        """Divide the drop; flagged is a run in which something is blamed."""
        study = self.study
        try:
            found = attribute_root_cause(
                self._seen(trace), study.metric, baseline=self.baseline,
                before=[self._seen(run) for run in before],
                greater_is_better=study.greater_is_better, false_alarm_rate=study.rate,
            )  # fmt: skip
        except (MetricNotWorseError, UnknownMetricError):
            return Judgement(score=0.0, flagged=False, ranking={}, shares={}, errors={})
        blamed = [c for c in found if c.share]
        return Judgement(
            score=1 - found.unexplained_probability,
            flagged=bool(blamed),
            # Labels have the keys of healthy runs.
            ranking={c.canonical: c.share for c in blamed}
            or {c.canonical: c.probability_if_real for c in found if c.probability_if_real >= 0.01},
            shares={c.canonical: c.share for c in blamed},
            errors={c.canonical: c.standard_error for c in blamed},
            probabilities={c.canonical: c.probability for c in blamed},
        )

    def _seen(self, trace: Trace) -> Trace:
        if self.source:
            return trace
        return replace(trace, operations=tuple(replace(op, facts={}) for op in trace))
