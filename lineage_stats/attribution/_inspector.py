"""How strongly each operation is suspected, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._clock import shown_age, shown_date
from lineage_stats.attribution._edits import (
    USUALLY_PRESENT,
    Edit,
    find_all_edits,
    is_determined,
)
from lineage_stats.attribution._evidence import MAX_SHOWN, Evidence, Suspicion, suspicion_of
from lineage_stats.attribution._links import ancestors_of
from lineage_stats.attribution._mechanism import CONSTANT, WALK
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._paths import Paths
from lineage_stats.attribution._presence import (
    hands_all_on,
    idle_operation,
    missing_operation,
    moves_rows_together,
    new_operation,
    retyped_columns,
    vanished_columns,
)
from lineage_stats.attribution._reads import Reads
from lineage_stats.attribution._scoring import (
    CROSS_COLUMN,
    HALF_SURPRISE,
    HALF_SURPRISE_EDITED,
    HARMLESS_CALL,
    HARMLESS_CHANGE,
    INERT_WEIGHT,
    PRIOR_CHANGED,
    PRIOR_CHANGED_EDITED,
    UNCHANGED_TEXT,
    UNSEEN_CHANGE,
    breadth,
    strength,
    trust,
)
from lineage_stats.features import parse_feature
from lineage_stats.trace import Trace
from lineage_stats.trace._render import number

FloatArray = npt.NDArray[np.float64]
NEGLIGIBLE = 0.001


def upstream_of(trace: Trace, metric_key: str) -> tuple[tuple[str, ...], bool]:
    """Return the operations that may bear on a metric, and whether the trace says so.

    Those are the ancestors of the operation that computed it, in order, and itself. Where the
    trace does not know what the metric was computed from, all earlier operations may.
    """
    ancestors = ancestors_of(trace, metric_key)
    if ancestors:
        return (*ancestors, metric_key), True
    earlier = trace.keys[: trace.keys.index(metric_key)]
    others = (k for k in earlier if trace.operation(k).metric is None)
    return (*others, metric_key), False


class Inspector:
    """Collects the evidence against the operations upstream of a metric in one run."""

    def __init__(
        self, observation: Observation, upstream: Sequence[str], *, ends: Sequence[str] = ()
    ) -> None:
        self.observation = observation
        self.baseline = observation.baseline
        self.upstream = tuple(upstream)
        self.paths = Paths(observation, upstream, ends=ends)
        known = set(self.baseline.layout.operations)
        known |= {k for k in upstream if observation.was(Observation.has, k)}
        self.edits, self.behind = find_all_edits(observation, [k for k in upstream if k in known])

    @cached_property
    def reads(self) -> Reads:
        """What the metric reads of what each operation made."""
        return Reads(self.observation, self.upstream[-1])

    def gravest(self, key: str) -> Edit | None:
        """Return the gravest edit of an operation that may have changed what it does."""
        edits = self.edits.get(key, ())
        grave = (e for e in edits if e.fact != "statement" and e.weight > INERT_WEIGHT)
        return next(grave, None)

    def is_new(self, key: str) -> bool:
        """Return whether no healthy run has the operation."""
        return key not in self.edits

    @cached_property
    def _all_upstream(self) -> frozenset[str]:
        return frozenset(self.upstream)

    def is_idle(self, key: str) -> bool:
        """Return whether an operation is new, and handed on what it got."""
        return self.is_new(key) and (
            hands_all_on(self.observation, key)
            or moves_rows_together(self.observation, key, self._all_upstream)
        )

    @cached_property
    def surprise(self) -> FloatArray:
        """Strength of what each cell's mechanism leaves unexplained."""
        edited = np.array([self.gravest(key) is not None for key in self._operations])
        half = np.where(edited, HALF_SURPRISE_EDITED, HALF_SURPRISE)[self._at]
        found = strength(self.observation.judgement.surprise, half)
        result: FloatArray = found * self.baseline.weights
        return result

    @cached_property
    def believed(self) -> FloatArray:
        """Odds in each cell that the operation changed, and not that its input was unusual."""
        edited = np.array([self.gravest(key) is not None for key in self._operations])
        own, other = self.observation.input_anomaly
        # What an aggregation makes of one column depends on how many rows there are of any.
        sums = np.array([self._kind(key) == "aggregation" for key in self._operations])
        doubt = np.maximum(own, np.where(sums[self._at], 1.0, CROSS_COLUMN) * other)
        prior = np.where(edited, PRIOR_CHANGED_EDITED, PRIOR_CHANGED)[self._at]
        return trust(doubt, self.baseline.mechanisms.exactness, prior)

    @cached_property
    def numeric(self) -> FloatArray:
        """Strength of the evidence in each cell."""
        text = np.array([self._prior_weight(key) for key in self._operations])
        result: FloatArray = self.surprise * text[self._at] * self.believed * self.paths.arrived
        return result

    @property
    def _operations(self) -> tuple[str, ...]:
        return self.baseline.layout.operations

    @property
    def _at(self) -> npt.NDArray[np.intp]:
        return self.baseline.layout.cell_operation

    def _kind(self, key: str) -> str | None:
        op = self.observation.operations.get(key)
        return None if op is None else op.kind

    def _prior_weight(self, key: str) -> float:
        """Weight of an operation before its outputs are looked at."""
        op = self.observation.operations.get(key)
        if op is None or key not in self.edits:
            return 0.0
        if self.gravest(key) is not None:
            return 1.0
        if is_determined(op):
            return 0.0  # nothing that it did can have changed: it only bears witness
        return UNCHANGED_TEXT if "call" in op.facts and op.kind != "source" else 1.0

    def suspicions(self) -> dict[str, Suspicion]:
        """Return what speaks against each operation, those without anything included."""
        found: dict[str, list[Evidence]] = {key: [] for key in self.upstream}
        position = {key: i for i, key in enumerate(self.baseline.layout.operations)}
        for key in self.upstream:
            if self.is_new(key):
                idle = self.is_idle(key)
                found[key].append(
                    idle_operation(self.observation, key)
                    if idle
                    else new_operation(self.observation, self.paths, key)
                )
                continue
            observed = self._from_cells(position[key]) if key in position else []
            observed += vanished_columns(self.observation, key, self._prior_weight(key))
            if key in position:
                observed += retyped_columns(self.observation, key, self._prior_weight(key))
            for answerable in self._answerable(key):
                found[answerable] += observed
            found[key] += self._from_edits(key, observed)
            found[key] += [_unseen(edit) for edit in self.behind.get(key, ())]
        suspicions = {key: suspicion_of(evidence) for key, evidence in found.items()}
        for key in self._missing():
            suspicions[key] = suspicion_of([missing_operation(self.observation, self.paths, key)])
        return suspicions

    def _answerable(self, key: str) -> list[str]:
        """Return who answers for what an operation did: for a prediction, the fit."""
        op = self.observation.operations[key]
        if op.kind != "predict" or self.edits[key]:
            return [key]
        models = [
            p[0]
            for p in self.observation.slots[key]
            if p is not None and self.observation.operations[p[0]].kind == "fit"
        ]
        return [m for m in models if m in self.upstream and self._prior_weight(m) > 0] or [key]

    def _missing(self) -> list[str]:
        """Return operations that healthy runs have upstream of the metric and this run has not."""
        last, baseline = self.upstream[-1], self.baseline
        if last not in baseline.reference_operations:
            return []
        upstream = upstream_of(baseline.reference, last)[0]
        return [
            key
            for key in upstream
            if key not in self.observation.operations
            and baseline.presence_of(key) >= USUALLY_PRESENT
            and not self.observation.was(Observation.lacks, key)
        ]

    def _from_cells(self, i: int) -> list[Evidence]:
        """Return the strongest evidence of each column of an operation's outputs."""
        cells = np.flatnonzero(self.baseline.layout.cell_operation == i)
        of_cell, _ = self.baseline.groups
        best: dict[int, int] = {}
        for j in cells[np.argsort(-self.numeric[cells], kind="stable")].tolist():
            if self.numeric[j] <= NEGLIGIBLE:
                break
            best.setdefault(int(of_cell[j]), j)
        columns = [j for j in best.values() if self.baseline.layout.of_column[j]]
        extent = breadth(self.numeric[columns], self._n_model_columns)
        if any(self.baseline.layout.names[j].column in self._targets for j in columns):
            extent = 1.0
        found = [self._describe(j, extent if j in columns else 1.0) for j in best.values()]
        return sorted(found, key=lambda e: -e.strength)[:MAX_SHOWN]

    @cached_property
    def _models(self) -> list[str]:
        """Fits upstream of the metric that have a target."""
        kinds = ((key, self.observation.operations[key].kind) for key in self.upstream)
        return [k for k, kind in kinds if kind == "fit" and self.observation.target(k) is not None]

    @cached_property
    def _targets(self) -> set[str | None]:
        return {self.observation.target(key) for key in self._models}

    @cached_property
    def _n_model_columns(self) -> int:
        """Largest number of columns that a model is fitted on; 0 where it is not known."""
        refs = (self.observation.operations[key].inputs[0] for key in self._models)
        return max((ref.n_columns or 0 for ref in refs), default=0)

    def _describe(self, j: int, extent: float) -> Evidence:
        size = float(self.numeric[j]) * extent
        observation, cell = self.observation, self.baseline.matrix.cells[j]
        healthy = self.baseline.values[:, j]
        # Shown is what was measured.
        value = float(observation.values[j] + observation.already[j])
        expected = float(observation.judgement.expected[j] + observation.already[j])
        lower, upper = float(np.nanmin(healthy)), float(np.nanmax(healthy))
        mechanism = int(observation.judgement.mechanism[j])
        given = {CONSTANT: "", WALK: " going by the runs before"}.get(mechanism, " given its input")
        show, what = self._shown(j)
        change = (
            f"{cell.feature} {show(value)}{what}, expected {show(expected)}{given} "
            f"(healthy {show(lower)} to {show(upper)})"
        )
        start = observation.trace.start_ns / 1e9 if self.baseline.from_start[j] else 0.0
        return Evidence(
            cell.feature,
            start + value,
            start + expected,
            start + lower,
            start + upper,
            size,
            change,
        )

    def _shown(self, j: int) -> tuple[Callable[[float], str], str]:
        """Return what makes text of the numbers of a cell, and what to add to the first."""
        if self.baseline.from_start[j]:
            return shown_age, " before the run"
        return (shown_date if self.baseline.dated[j] else number), ""

    def _from_edits(self, key: str, shown: Sequence[Evidence]) -> list[Evidence]:
        """Evidence of changed code: as strong as what it did to the outputs."""
        effect = max((e.strength for e in shown), default=0.0)
        found = []
        for edit in self.edits[key]:
            if edit.fact == "statement":
                continue
            harmless = HARMLESS_CALL if edit.of_text_only else HARMLESS_CHANGE
            floor = harmless * edit.weight
            if not self._is_profiled(key) and not edit.of_text_only:
                floor = UNSEEN_CHANGE * edit.weight
            size = max(floor, effect * (edit.weight > INERT_WEIGHT) * 1.0001)
            found.append(Evidence(edit.fact, None, None, None, None, size, edit.change))
        return found

    def _is_profiled(self, key: str) -> bool:
        """Whether the outputs are measured, so that a change of the operation would show."""
        if self.observation.operations[key].kind == "metric":
            return False
        return any(self.observation.columns[key].values()) or any(
            parse_feature(f).statistic in ("mean", "top_share")
            for f in self.observation.operations[key].features
        )


def _unseen(edit: Edit) -> Evidence:
    """Return what an edit says that shows in nothing measured of its operation."""
    return Evidence(edit.fact, None, None, None, None, UNSEEN_CHANGE * edit.weight, edit.change)
