"""One run held against the baseline: its numbers, aligned, and how unusual they are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._baseline import MechanismBaseline, same_named
from lineage_stats.attribution._clock import POINTS, date_columns
from lineage_stats.attribution._feeds import Successors, successors
from lineage_stats.attribution._graph import Slots, input_slots, outcome_name
from lineage_stats.attribution._links import Producer
from lineage_stats.attribution._match import match_moved
from lineage_stats.attribution._mechanism import (
    CONSTANT,
    Judgement,
    distance_from_center,
    judge,
    least_surprising,
)
from lineage_stats.attribution._scoring import CROSS_COLUMN, MAX_CROSS_ANOMALY
from lineage_stats.features import Cell, FeatureName, operation_features
from lineage_stats.trace import Operation, Trace, align
from lineage_stats.trace._lineage._target import target_names

FloatArray = npt.NDArray[np.float64]

MIN_INPUT_ANOMALY = 3.0
MISSING_ANOMALY = 30.0  # of a feature that is not there
MAX_INPUT_ENERGY = 900.0
MOST_GAPS = 10  # between healthy runs, after which a trend over time may be over
# What numbers and times have, or texts; and what tells that it is the other.
_OTHER_TYPE = {"mean": "top_share", "length": "mean"}
_NO_NUMBERS = frozenset({"category", "presence", "metric"})


@dataclass(frozen=True, eq=False)
class Observation:
    """One run, aligned with the operations of a baseline.

    What was odd already in all runs of `before` is taken out of its numbers.
    """

    baseline: MechanismBaseline
    trace: Trace
    before: tuple[Trace, ...] = ()

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """Canonical key of each operation of the run."""
        aligned = align([self.baseline.reference, self.trace], reference=0).mappings[1]
        return match_moved(self.baseline.reference, self.trace, aligned)

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """Operations of the run by canonical key, in order."""
        return {self.keys[op.key]: op for op in self.trace}

    @cached_property
    def is_as_usual(self) -> bool:
        """Whether the run has the operations and the lineage of healthy runs."""
        reference = self.baseline.reference_operations
        return reference.keys() == self.operations.keys() and all(
            op.lineage == reference[key].lineage for key, op in self.operations.items()
        )

    @cached_property
    def made_of(self) -> Successors:
        """Which columns are made of the values of each, as far as that is known."""
        if self.is_as_usual:
            return self.baseline.made_of
        return successors(self.trace, self.keys)

    @cached_property
    def cells(self) -> Mapping[Cell, float]:
        """Every number of the run."""
        found: dict[Cell, float] = {}
        as_measured = not self._moving and not self.before
        for op in self.trace:
            key = self.keys[op.key]
            for name, value in operation_features(self.trace, op).items():
                if math.isfinite(value):
                    cell = Cell(key, name)
                    found[cell] = value if as_measured else self._told(cell, value)
        return found

    def _told(self, cell: Cell, value: float) -> float:
        """Return a number as it is judged: from its origin, less what was there before."""
        told = value - self._origin(cell)
        return told - self._already(cell, told)

    def _origin(self, cell: Cell) -> float:
        """Return from where a number is told: the start of the run for dates that go with it."""
        name = outcome_name(cell.feature)
        is_point = name is not None and name.statistic in POINTS
        place = (cell.operation, name.port, name.column) if name is not None and is_point else None
        return self.trace.start_ns / 1e9 if place in self._moving else 0.0

    @cached_property
    def _moving(self) -> frozenset[tuple[str, int, str | None]]:
        """Columns of dates that go with the start in healthy runs, by operation and output."""
        moving = self.baseline.moving
        dates = date_columns(self.trace, self.keys) if moving else frozenset()
        return frozenset(place for place in dates if place[2] in moving)

    @cached_property
    def earlier(self) -> tuple[Observation, ...]:
        """The runs right before this one."""
        return tuple(Observation(self.baseline, trace) for trace in self.before)

    @cached_property
    def _levels(self) -> Mapping[Cell, tuple[float, FloatArray]]:
        """Healthy median of each number, and its values in the runs before."""
        if not self.before:
            return {}
        matrix, center = self.baseline.matrix, self.baseline.mechanisms.center[CONSTANT]
        values = np.array([run.values for run in self.earlier])
        found = {}
        for j, (cell, kind) in enumerate(zip(matrix.cells, matrix.kinds, strict=True)):
            known = values[np.isfinite(values[:, j]), j]
            if kind not in _NO_NUMBERS and known.size and np.isfinite(center[j]):
                found[cell] = (float(center[j]), known)
        return found

    def _already(self, cell: Cell, value: float) -> float:
        """How much of a value's deviation was there in all runs before."""
        if cell not in self._levels:
            return 0.0
        center, known = self._levels[cell]
        return value - center - left_over(value, center, known)

    @cached_property
    def already(self) -> FloatArray:
        """What was subtracted from each cell, shape (n_cells,)."""
        raw = Observation(self.baseline, self.trace).values if self.before else self.values
        return np.nan_to_num(raw - self.values)

    def was(self, holds: Callable[..., bool], *arguments: object) -> bool:
        """Return whether something was so in all runs before; False without such runs."""
        return bool(self.before) and all(holds(run, *arguments) for run in self.earlier)

    def lacks(self, key: str) -> bool:
        """Return whether an operation did not run."""
        return key not in self.operations

    def has(self, key: str) -> bool:
        """Return whether an operation ran."""
        return key in self.operations

    @cached_property
    def values(self) -> FloatArray:
        """The run's row of the run matrix, shape (n_cells,)."""
        get = self.cells.get
        return np.array([get(cell, np.nan) for cell in self.baseline.matrix.cells])

    @cached_property
    def columns(self) -> Mapping[str, Mapping[int, set[str]]]:
        """Profiled columns of every output."""
        found: dict[str, dict[int, set[str]]] = {
            key: {port: set() for port in range(len(op.outputs))}
            for key, op in self.operations.items()
        }
        for producer, features in self.outputs.items():
            for name in features:
                ports = found[producer[0]] if producer else {}
                if name.column is not None and name.port in ports:
                    ports[name.port].add(name.column)
        return found

    def received_columns(self, key: str, slot: int, slots: tuple[Producer, ...]) -> set[str]:
        """Return the profiled columns of what an operation has in a slot."""
        producer = slots[slot] if slot < len(slots) else None
        return (
            set() if producer is None else self.columns.get(producer[0], {}).get(producer[1], set())
        )

    def target(self, fit: str) -> str | None:
        """Return the name of a fit's target, or of a split's labels, where it is one column."""
        op = self.operations[fit]
        names = target_names(op)
        of_one = [
            names[0][len(ref.id) + 1 :]
            for ref in op.inputs
            if len(names) == 1 and names[0].startswith(f"{ref.id}.")
        ]
        if of_one:
            return of_one[0]
        columns = self.trace.columns(op.inputs[1]) if len(op.inputs) > 1 else ()
        return columns[0][0] if len(columns) == 1 else None

    @cached_property
    def outputs(self) -> Mapping[Producer, Mapping[FeatureName, float]]:
        """What was measured at each output, by operation and port."""
        found: dict[Producer, dict[FeatureName, float]] = {}
        for cell, value in self.cells.items():
            name = outcome_name(cell.feature)
            if name is not None:
                found.setdefault((cell.operation, name.port), {})[name] = value
        return found

    @cached_property
    def slots(self) -> Slots:
        """Input slots of the run's operations."""
        return input_slots(self.trace, self.keys)

    @cached_property
    def entries(self) -> FloatArray:
        """What each operation received in this run, shape (n_entries,).

        One that has the same inputs in another order received what it usually does.
        """
        layout = self.baseline.layout
        found = self.values[layout.entry_cell]
        for e in self._from_others:
            key = layout.operations[layout.entry_operation[e]]
            found[e] = self._received(key, layout.entry_slot[e], layout.entry_cell[e])
        return found

    @cached_property
    def _from_others(self) -> list[int]:
        """Entries of operations that do not read what they usually do, in whatever order."""
        layout, healthy = self.baseline.layout, self.baseline.slots
        moved = [
            i
            for i, key in enumerate(layout.operations)
            if key in self.slots and Counter(self.slots[key]) != Counter(healthy.get(key, ()))
        ]
        found: list[int] = np.flatnonzero(np.isin(layout.entry_operation, moved)).tolist()
        return found

    def _received(self, key: str, slot: int, j: int) -> float:
        """Value of the feature of cell `j` in what the operation now has in a slot."""
        now = self.slots[key]
        if self.baseline.layout.cells[j].operation == key:
            return float(self.values[j])  # measured where it was received
        producer = now[slot] if slot < len(now) else None
        if producer is None:
            return float("nan")
        name = self.baseline.layout.names[j]._replace(port=producer[1])
        return self.cells.get(Cell(producer[0], str(name)), float("nan"))

    @cached_property
    def judgement(self) -> Judgement:
        """What each operation did given what it received."""
        mechanisms, entries = self.baseline.mechanisms, self.entries
        found = []
        for start in self._starts:
            first, second = same_named(self.baseline.layout, entries, start)
            found.append(
                judge(mechanisms, self.values, first, second, entries, self.doubt_of_scale)
            )
        return reduce(least_surprising, found)

    @property
    def _starts(self) -> tuple[float, ...]:
        """Start of the run in seconds; NaN where it is too far from the healthy ones to tell.

        What went with the clock while many days were recorded in a row, one after the other, does
        not go on with it when that is over; a season does. Further on than some gaps between
        healthy runs both may be.
        """
        start, known = self.trace.start_ns / 1e9, self.baseline.starts
        away = max(known.min() - start, start - known.max())
        if away > np.ptp(known):
            return (float("nan"),)
        usual = MOST_GAPS * float(np.diff(np.sort(known)).max())
        return (start,) if away <= usual else (start, float("nan"))

    @cached_property
    def unusual(self) -> FloatArray:
        """How unusual each cell is in itself, shape (n_cells,)."""
        found = distance_from_center(self.baseline.mechanisms, self.values)
        found[self.retyped] = MISSING_ANOMALY
        return found

    @cached_property
    def retyped(self) -> npt.NDArray[np.bool_]:
        """Which cells tell of a type that a column had in every healthy run and has no more."""
        layout, found = self.baseline.layout, np.zeros(self.baseline.layout.n_cells, np.bool_)
        always = np.isnan(self.values) & (self.baseline.presence == 1.0)
        for j in np.flatnonzero(always):
            name, key = layout.names[j], layout.cells[j].operation
            other = _OTHER_TYPE.get(name.statistic)
            if other is not None and name.column is not None and key in self.operations:
                feature = name._replace(statistic=other)
                k = self.baseline.column.get(Cell(key, str(feature)))
                was_so = k is not None and self.baseline.presence[k] > 0
                found[j] = feature in self.outputs.get((key, name.port), {}) and not was_so
        if self.before:
            found &= ~np.all([run.retyped for run in self.earlier], axis=0)
        return found

    @cached_property
    def group_anomaly(self) -> FloatArray:
        """Largest anomaly of each (operation, port, column)."""
        return self.baseline.group_anomaly(self.unusual)

    @cached_property
    def entry_anomaly(self) -> FloatArray:
        """How unusual each input feature is in itself, shape (n_entries,)."""
        cells = self.baseline.layout.entry_cell
        found = distance_from_center(self.baseline.mechanisms, self.entries, cells)
        found[self.entry_missing] = MISSING_ANOMALY
        for e, j in self._moved_in.items():
            found[e] = self.unusual[j]
        return np.nan_to_num(found, nan=0.0)

    @cached_property
    def _moved_in(self) -> Mapping[int, int]:
        """Cells of the operations that are read now, for entries that usually come from others.

        That another operation is read, although the usual one is there, is no anomaly of what is
        read.
        """
        layout, found = self.baseline.layout, {}
        for e in self._from_others:
            j, slot = int(layout.entry_cell[e]), layout.entry_slot[e]
            key = layout.operations[layout.entry_operation[e]]
            usual, now = self.baseline.slots.get(key, ()), self.slots[key]
            producer = now[slot] if slot < len(now) else None
            was = usual[slot] if slot < len(usual) else None
            if producer is None or was is None or producer == was or was[0] not in self.operations:
                continue
            if layout.cells[j].operation == key:
                continue
            name = layout.names[j]._replace(port=producer[1])
            cell = self.baseline.column.get(Cell(producer[0], str(name)))
            if cell is not None:
                found[e] = cell
        return found

    @cached_property
    def entry_missing(self) -> npt.NDArray[np.bool_]:
        """Which input features every healthy run has and this one lacks, shape (n_entries,).

        What was not measured where it was made is not known to be missing.
        """
        layout = self.baseline.layout
        always = self.baseline.presence[layout.entry_cell] == 1.0
        unmeasured = {key for key, op in self.operations.items() if not is_measured(op)}
        told = np.array([cell.operation not in unmeasured for cell in layout.cells], dtype=np.bool_)
        missing = np.isnan(self.entries) & always & told[layout.entry_cell]
        if self.before:
            missing &= ~np.all([run.entry_missing for run in self.earlier], axis=0)
        return np.asarray(missing)

    @cached_property
    def doubt_of_scale(self) -> FloatArray:
        """Factor by which the scale of each cell is less certain on unusual input."""
        own, other = self.input_anomaly
        energy = own**2 * (own > MIN_INPUT_ANOMALY)
        energy += (CROSS_COLUMN * other) ** 2 * (other > MIN_INPUT_ANOMALY)
        result: FloatArray = np.sqrt(
            1 + np.minimum(energy, MAX_INPUT_ENERGY) / self.baseline.n_runs
        )
        return result

    @cached_property
    def input_anomaly(self) -> tuple[FloatArray, FloatArray]:
        """Largest input anomaly of each cell's own column, and of any column.

        The latter is capped for a column that is handed on: it hardly depends on the others.
        """
        layout = self.baseline.layout
        any_column = np.zeros(len(layout.operations))
        np.maximum.at(any_column, layout.entry_operation, self.entry_anomaly)
        own: dict[tuple[int, str | None], float] = {}
        for e in np.flatnonzero(self.entry_anomaly > 1.0):
            column = layout.names[layout.entry_cell[e]].column
            label = (int(layout.entry_operation[e]), column)
            own[label] = max(own.get(label, 0.0), float(self.entry_anomaly[e]))
        mine = np.zeros(layout.n_cells)
        for label, size in own.items():
            mine[layout.column_cells.get(label, [])] = size
        other = any_column[layout.cell_operation]
        handed_on = (layout.first >= 0) & layout.of_column
        return mine, np.where(handed_on, np.minimum(other, MAX_CROSS_ANOMALY), other)


def left_over(value: float, center: float, before: FloatArray) -> float:
    """Return how far a value is off its healthy median that it was not in the runs before.

    Only what they have in common is taken out: where they are off to one side, the smallest of
    their deviations. It counts as added or as a factor, whichever leaves less: a number in another
    unit fluctuates more, too.
    """
    off = before - center
    if not ((off > 0).all() or (off < 0).all()):
        return value - center
    level = float(before[np.abs(off).argmin()])
    added = value - level
    if level * center <= 0:
        return added
    return min(added, added / level * center, key=abs)


def is_measured(operation: Operation) -> bool:
    """Whether what an operation made was measured in its run, as far as there was anything."""
    return operation.facts.get("profile") != "skipped"
