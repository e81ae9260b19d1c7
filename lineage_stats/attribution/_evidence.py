"""How strongly each operation is suspected, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._baseline import MechanismBaseline
from lineage_stats.attribution._edits import Edit, find_edits, is_determined
from lineage_stats.attribution._mechanism import CONSTANT
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._scoring import (
    CERTAIN,
    CROSS_COLUMN,
    HALF_SURPRISE,
    HALF_SURPRISE_EDITED,
    HARMLESS_CALL,
    HARMLESS_CHANGE,
    INERT_WEIGHT,
    PRIOR_CHANGED,
    PRIOR_CHANGED_EDITED,
    UNCHANGED_TEXT,
    VANISHED_WEIGHT,
    strength,
    transmission,
    trust,
)
from lineage_stats.attribution._transmission import ROWS, WHOLE, WIDTH, Node, Reach
from lineage_stats.features import parse_feature

FloatArray = npt.NDArray[np.float64]
MAX_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to suspect an operation.

    Attributes
    ----------
    feature : str
        Feature or fact.
    value : float or None
        Value in this run.
    expected : float or None
        Value that healthy runs let expect, given what the operation received.
    lower, upper : float or None
        Range of the value in healthy runs.
    strength : float
        From 0 (none) to 1.
    change : str
        What changed, for people.
    """

    feature: str
    value: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    strength: float
    change: str


@dataclass(frozen=True)
class Suspicion:
    """All that speaks against one operation, the strongest first."""

    strength: float
    evidence: tuple[Evidence, ...] = ()


class Inspector:
    """Collects the evidence against the operations upstream of a metric in one run."""

    def __init__(self, observation: Observation, upstream: Sequence[str]) -> None:
        self.observation = observation
        self.baseline: MechanismBaseline = observation.baseline
        self.upstream = tuple(upstream)
        known = set(self.baseline.layout.operations)
        self.edits: Mapping[str, tuple[Edit, ...]] = {
            key: find_edits(observation, key) for key in upstream if key in known
        }

    def gravest(self, key: str) -> Edit | None:
        """Return the gravest edit of an operation that may have changed what it does."""
        edits = self.edits.get(key, ())
        grave = (e for e in edits if e.fact != "statement" and e.weight > INERT_WEIGHT)
        return next(grave, None)

    def is_new(self, key: str) -> bool:
        """Return whether no healthy run has the operation."""
        return key not in self.edits

    @cached_property
    def reach(self) -> Reach:
        """Widest paths to the metric in this run."""
        numbers, anomaly = self.baseline.groups[1], self.observation.group_anomaly
        return self._paths({node: float(anomaly[i]) for node, i in numbers.items()})

    @cached_property
    def connected(self) -> Reach:
        """Paths to the metric whatever the anomalies, without those from columns to rows."""
        return self._paths({}, columns_to_rows=False, full=1.0)

    def _paths(
        self,
        anomaly: Mapping[Node, float],
        *,
        columns_to_rows: bool = True,
        full: float = float("inf"),
    ) -> Reach:
        observation = self.observation
        children: dict[tuple[str, int], list[tuple[str, int]]] = {}
        for key in self.upstream:
            for slot, producer in enumerate(observation.slots[key]):
                if producer is not None:
                    children.setdefault(producer, []).append((key, slot))
        kinds = {key: observation.operations[key].kind for key in self.upstream}
        inherited = {
            key: {
                column
                for producer in observation.slots[key]
                if producer is not None
                for column in self.columns.get(producer[0], {}).get(producer[1], ())
            }
            for key in self.upstream
        }
        return Reach(
            self.upstream,
            kinds,
            children,
            self.columns,
            inherited,
            anomaly,
            columns_to_rows=columns_to_rows,
            full=full,
        )

    @cached_property
    def columns(self) -> Mapping[str, Mapping[int, set[str]]]:
        """Profiled columns of every output in this run."""
        found: dict[str, dict[int, set[str]]] = {
            key: {port: set() for port in range(len(op.outputs))}
            for key, op in self.observation.operations.items()
        }
        for key, op in self.observation.operations.items():
            for feature in op.features:
                name = parse_feature(feature)
                at_output = name.port in found[key] and name.statistic != "association"
                if name.column is not None and at_output:
                    found[key][name.port].add(name.column)
        return found

    @cached_property
    def arrived(self) -> FloatArray:
        """How credible it is that each cell's anomaly arrived at the metric."""
        of_cell, numbers = self.baseline.groups
        reach = np.zeros((2, len(numbers) + 1))  # cells of no group are the last, 0
        for node, i in numbers.items():
            reach[:, i] = self._width(self.reach, node), self._width(self.connected, node)
        return transmission(reach[0, of_cell], reach[1, of_cell])

    def _width(self, reach: Reach, node: Node) -> float:
        operation, port, label = node
        if operation not in self.observation.operations:
            return 0.0
        if label == ROWS:
            return reach.rows(operation, port)
        if label in (WIDTH, WHOLE):
            return reach.operation(operation)
        return reach.column(operation, port, label)

    @cached_property
    def numeric(self) -> FloatArray:
        """Strength of the evidence in each cell."""
        observation, baseline = self.observation, self.baseline
        layout = baseline.layout
        edited = np.array([self.gravest(key) is not None for key in layout.operations])
        text = np.array([self._prior_weight(key) for key in layout.operations])
        at = layout.cell_operation
        own, other = observation.input_anomaly
        doubt = np.maximum(own, CROSS_COLUMN * other)
        prior = np.where(edited, PRIOR_CHANGED_EDITED, PRIOR_CHANGED)[at]
        half = np.where(edited, HALF_SURPRISE_EDITED, HALF_SURPRISE)[at]
        believed = trust(doubt, baseline.mechanisms.exactness, prior)
        surprise = strength(observation.judgement.surprise, half)
        result: FloatArray = surprise * baseline.weights * text[at] * believed * self.arrived
        return result

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
        strongest: dict[str, list[Evidence]] = {key: [] for key in self.upstream}
        position = {key: i for i, key in enumerate(self.baseline.layout.operations)}
        for key in self.upstream:
            if not self.is_new(key):
                found = self._from_cells(position[key])
                found += self._vanished(key)
                found += self._from_edits(key, found)
                strongest[key] = found
            else:
                strongest[key] = [self._new_operation(key)]
        return {key: _suspicion(found) for key, found in strongest.items()}

    def _from_cells(self, i: int) -> list[Evidence]:
        cells = np.flatnonzero(self.baseline.layout.cell_operation == i)
        order = cells[np.argsort(-self.numeric[cells], kind="stable")][:MAX_SHOWN]
        return [self._describe(j) for j in order if self.numeric[j] > 0.001]

    def _describe(self, j: int) -> Evidence:
        observation, cell = self.observation, self.baseline.matrix.cells[j]
        healthy = self.baseline.matrix.values[:, j]
        value = float(observation.values[j])
        expected = float(observation.judgement.expected[j])
        lower, upper = float(np.nanmin(healthy)), float(np.nanmax(healthy))
        given = "" if observation.judgement.mechanism[j] == CONSTANT else " given its input"
        change = (
            f"{cell.feature} {value:.4g}, expected {expected:.4g}{given} "
            f"(healthy {lower:.4g} to {upper:.4g})"
        )
        return Evidence(cell.feature, value, expected, lower, upper, float(self.numeric[j]), change)

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
                floor = float(strength(CERTAIN)) * edit.weight
            size = max(floor, effect * (edit.weight > INERT_WEIGHT) * 1.0001)
            found.append(Evidence(edit.fact, None, None, None, None, size, edit.change))
        return found

    def _is_profiled(self, key: str) -> bool:
        """Whether the outputs are measured, so that a change of the operation would show."""
        if self.observation.operations[key].kind in ("fit", "metric"):
            return False
        return any(self.columns[key].values()) or any(
            parse_feature(f).statistic in ("mean", "top_share")
            for f in self.observation.operations[key].features
        )

    def _vanished(self, key: str) -> list[Evidence]:
        """Columns that the operation no longer hands on, or hands on as something else."""
        op = self.observation.operations[key]
        weight = self._prior_weight(key)
        if weight == 0 or not op.outputs:
            return []
        lost = [c for c in self._lost_columns(key) if not self._never_received(key, c)]
        if not lost:
            return []
        size = float(strength(CERTAIN)) * VANISHED_WEIGHT * weight
        names = ", ".join(sorted(lost)[:3]) + (" ..." if len(lost) > 3 else "")
        feature = f"schema[{sorted(lost)[0]}]"
        return [Evidence(feature, None, None, None, None, size, f"column missing: {names}")]

    def _lost_columns(self, key: str) -> set[str]:
        presence, column = self.baseline.presence, self.baseline.healthy_columns
        now = set().union(*self.columns[key].values())
        always = {c for c, j in column.get(key, {}).items() if presence[j] == 1.0}
        return always - now

    def _never_received(self, key: str, column: str) -> bool:
        """Whether a column that healthy runs received did not arrive this time."""
        healthy = self.baseline.slots.get(key, ())
        had = any(p and column in self.baseline.healthy_columns.get(p[0], {}) for p in healthy)
        has = any(
            p and any(column in names for names in self.columns.get(p[0], {}).values())
            for p in self.observation.slots[key]
        )
        return had and not has

    def _new_operation(self, key: str) -> Evidence:
        """Suspect an operation that healthy runs do not have by what it changed."""
        changed, feature = self._change_by_new(key)
        size = max(HARMLESS_CHANGE, float(strength(changed)))
        change = "new operation" + (f", changes {feature}" if feature else "")
        return Evidence("present", 1.0, 0.0, 0.0, 0.0, size, change)

    def _change_by_new(self, key: str) -> tuple[float, str]:
        """Largest difference between output and input in usual scales, and its feature."""
        observation = self.observation
        received: dict[tuple[str, str | None], float] = {}
        for producer in observation.slots[key]:
            for cell, value in observation.outputs.get(producer, {}).items():
                received.setdefault((cell.statistic, cell.column), value)
        scale = self.baseline.usual_scale
        largest, where = 0.0, ""
        for port in range(len(observation.operations[key].outputs)):
            for name, value in observation.outputs.get((key, port), {}).items():
                before = received.get((name.statistic, name.column))
                unit = scale.get((name.statistic, name.column))
                if before is None or unit is None:
                    continue
                distance = abs(value - before) / unit
                if distance > largest:
                    largest, where = distance, str(name)
        return largest, where

    def missing_operation(self, key: str) -> Suspicion:
        """Return what speaks against an operation that healthy runs have and this one has not."""
        observation, baseline = self.observation, self.baseline
        layout = baseline.layout
        readers = {
            reader
            for reader, producers in baseline.slots.items()
            if any(p is not None and p[0] == key for p in producers)
        }
        unusual = 0.0
        for i, operation in enumerate(layout.operations):
            if operation in readers and operation in observation.operations:
                mine = layout.entry_operation == i
                unusual = max(unusual, float(observation.entry_anomaly[mine].max(initial=0.0)))
        size = max(HARMLESS_CHANGE, float(strength(unusual)))
        return Suspicion(
            size, (Evidence("present", 0.0, 1.0, 1.0, 1.0, size, "operation missing"),)
        )


def _suspicion(evidence: Sequence[Evidence]) -> Suspicion:
    ordered = sorted(evidence, key=lambda e: -e.strength)[:MAX_SHOWN]
    return Suspicion(ordered[0].strength if ordered else 0.0, tuple(ordered))
