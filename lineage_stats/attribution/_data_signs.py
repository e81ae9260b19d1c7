"""Signs in what was measured: what is unusual where, and whom it leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._association import Break, find_breaks, followers_of_breaks
from lineage_stats.attribution._compared import METRIC, compared
from lineage_stats.attribution._evidence import Suspicion
from lineage_stats.attribution._feeds import MOST_FOLLOWED, TARGET
from lineage_stats.attribution._files import DIGEST
from lineage_stats.attribution._inspector import Inspector
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._program_signs import ProgramSigns
from lineage_stats.attribution._scoring import strength
from lineage_stats.attribution._standing import Standing
from lineage_stats.attribution._traced import (
    Credits,
    breakable_columns,
    broken_columns,
    credited,
    unusual_columns,
)

FloatArray = npt.NDArray[np.float64]

# Signs that look at what lies below a source: beside an edit, that may be the edit's doing.
BELOW = ("downstream", "broken", "traced")
APART = 0.6  # what other tables' columns count for who made the target, beside who made them
EVIDENT = 0.05  # of a sign, from where it counts: what a cell 2.5 standard deviations off gives


class DataSigns:
    """What the numbers of a run say of each operation.

    Parameters
    ----------
    inspector : Inspector
        What is known of the run.
    standing : Standing
        The operations.
    program : ProgramSigns
        What is known of their code.
    suspicions : mapping of str to Suspicion
        What speaks against each of them in itself.
    """

    def __init__(
        self,
        inspector: Inspector,
        standing: Standing,
        program: ProgramSigns,
        suspicions: Mapping[str, Suspicion],
    ) -> None:
        self.inspector, self.standing, self.program = inspector, standing, program
        self.observation, self.baseline = inspector.observation, inspector.baseline
        self.keys, self.suspicions = standing.keys, suspicions

    def collect(self) -> dict[str, FloatArray]:
        """Return the signs by name."""
        measured = {
            "suspicion": np.array([self.suspicions[key].strength for key in self.keys]),
            "trusted": self._largest(
                self.inspector.surprise * self.inspector.believed * self._relevance
            ),
            "first": self._largest(self._first),
            "arrived": self._largest(self._deviation * self.inspector.paths.arrived),
            "rows": self._largest(np.where(self._sized, self._first, 0.0)),
            "fresh": self._fresh,
            "downstream": self._downstream,
            "broken": self._broken(),
            "traced": self._traced(
                {fit: unusual_columns(self.observation, fit) for fit in self._fits}
            ),
        }
        found = {
            f"{state}_{name}": where * values
            for state, where in self._states.items()
            for name, values in measured.items()
        }
        edit = bool(self.program.changing.any())
        found |= {
            f"{state}_{name}": found[f"source_{name}"] * there
            for state, there in (("source", not edit), ("beside", edit))
            for name in BELOW
        }
        found["compared"] = self._compared()
        found["held_compared"] = self.program.held * found["compared"]
        found["stale"] = self._stale()
        found["silent"] = self._silent()
        return found

    @cached_property
    def _states(self) -> dict[str, FloatArray]:
        """What is known of each operation; one that is held has signs of its own only."""
        source = self.standing.is_of("source").astype(np.float64)
        free = (1.0 - source) * (1 - self.program.held) * ~self.program.edited
        return {
            "edited": self.program.edited.astype(np.float64),
            "source": source * ~self.program.edited,
            "free": free * self.program.known,
            "untold": free * ~self.program.known,
        }

    @cached_property
    def _deviation(self) -> FloatArray:
        """How unusual each cell is in itself, where the metric depends on it."""
        unusual = strength(np.nan_to_num(self.observation.unusual))
        # What a source gives may follow the time of the run.
        timed = self.baseline.layout.timed
        unusual[timed] = np.minimum(unusual, self.inspector.surprise)[timed]
        return unusual * self.baseline.weights * self._relevance

    @cached_property
    def _relevance(self) -> FloatArray:
        """How far the metric depends on each cell's column; 1 where that is not known."""
        known, told = self.inspector.reads.relevance, self.inspector.reads.told
        layout = self.baseline.layout
        return np.array(
            [
                1.0
                if name.column is None or cell.operation not in told
                else known.get((cell.operation, name.column), 0.0)
                for cell, name in zip(layout.cells, layout.names, strict=True)
            ]
        )

    @cached_property
    def _first(self) -> FloatArray:
        """How unusual each cell is where the input is not."""
        own, other = self.observation.input_anomaly
        return self._deviation * (1 - strength(own)) * (1 - 0.5 * strength(other))

    @cached_property
    def _sized(self) -> npt.NDArray[np.bool_]:
        return np.array([name.statistic == "rows_out" for name in self.baseline.layout.names])

    def _silent(self) -> FloatArray:
        """Unusual predictions that nothing explains, charged to the sources of labels.

        Columns that moved explain them, as far as it is known that they did. Labels that no model
        was fitted to, as of groups, only the metric sees: they are what is left where nothing at
        all is unusual.
        """
        if self.program.changing.any() or self._followers:
            return np.zeros(len(self.keys))
        labels = self._fitted_labels
        if labels:
            size = self._unexplained_predictions()
        else:
            labels = self.baseline.truth(self.inspector.upstream[-1])
            size = 1 - float((self._outputs * ~self.standing.is_of(METRIC)).max(initial=0.0))
        charged = np.array([size * (key in labels) for key in self.keys])
        return charged * self.standing.is_of("source")

    @cached_property
    def _fitted_labels(self) -> frozenset[str]:
        """Who had the values in hand that models were fitted to predict."""
        kinds = self.baseline.reference_operations
        feeds = [f for fit, f in self.baseline.feeds.items() if kinds[fit].kind == "fit"]
        return frozenset().union(*(f.get(TARGET, frozenset()) for f in feeds))

    def _unexplained_predictions(self) -> float:
        moved = (
            credit
            for columns in self._broken_columns.values()
            for column, credit in columns.items()
            if column != TARGET
        )
        fresh = float((self._fresh * self.standing.is_of("predict")).max(initial=0.0))
        return fresh * (1 - max(moved, default=0.0))

    def _broken(self) -> FloatArray:
        """Columns that go less with the target, charged to who handled them or the target."""
        if self.program.changing.any():
            # An edit may well do more than to break columns.
            return self._traced(self._broken_columns)
        found = self._traced(self._broken_columns, breakable_columns)
        return np.maximum(found, APART * self._apart() * self.standing.is_of("source"))

    def _apart(self) -> FloatArray:
        """Broken columns, charged to who handled the target and not them.

        Rows that moved with the target keep what their own columns have to do with it, and lose
        those of all other tables.
        """
        found = np.zeros(len(self.keys))
        for fit, wrong in self._broken_columns.items():
            feeds = self.inspector.reads.feeds(fit, ())
            if TARGET not in wrong and TARGET in feeds:
                others = {c: feeds[TARGET] - feeds[c] for c in wrong if c in feeds}
                could = breakable_columns(self.observation, fit, wrong)
                found = np.maximum(found, credited(self.keys, others, wrong, could))
        return found

    @cached_property
    def _broken_columns(self) -> dict[str, Credits]:
        """How far columns of models' inputs go less with the target, by fit."""
        kinds = self.baseline.reference_operations
        splits = {b.witness: b.of_target for b in self._breaks if kinds[b.witness].kind == "split"}
        return {
            fit: broken_columns(self.observation, fit, splits.get(fit))
            for fit in self._fits
            if fit not in self._followers
        }

    @cached_property
    def _fits(self) -> list[str]:
        """Fits and splits of the run whose columns can be followed."""
        present = self.observation.operations
        feeds = self.baseline.feeds
        return [fit for fit in feeds if fit in self.standing.position and fit in present]

    @cached_property
    def _breaks(self) -> list[Break]:
        return find_breaks(self.inspector)

    @cached_property
    def _followers(self) -> frozenset[str]:
        """Operations to which a break at a split came, which explains what is odd there."""
        return followers_of_breaks(self.inspector, self._breaks)

    def _traced(
        self,
        wrong_columns: Mapping[str, Credits],
        possible: Callable[[Observation, str, Credits], Credits] | None = None,
    ) -> FloatArray:
        """Wrong columns of models' inputs, charged to who handled them."""
        found = np.zeros(len(self.keys))
        reads = self.inspector.reads
        for fit, wrong in wrong_columns.items():
            names = [column for column, credit in wrong.items() if credit > EVIDENT]
            few, of_few = names, wrong
            could = possible(self.observation, fit, wrong) if possible else None
            if len(names) > MOST_FOLLOWED:
                few = sorted(names, key=lambda column: -wrong[column])[:MOST_FOLLOWED]
                of_few = {column: wrong[column] for column in few}
                if not self.observation.is_as_usual:
                    names, wrong = few, of_few
            found = np.maximum(found, credited(self.keys, reads.feeds(fit, names), wrong, could))
            if few and self.program.changing.any():
                charged = credited(self.keys, reads.steered(fit, few), of_few, could)
                found = np.maximum(found, charged * self.program.changing)
        return found

    def _stale(self) -> FloatArray:
        """Files that an earlier run read already, where there are new ones every time."""
        files, found = self.baseline.files, np.zeros(len(self.keys))
        for i, key in enumerate(self.keys):
            op = self.observation.operations.get(key)
            if op is not None and key in files:
                found[i] = files[key].staleness(op.facts.get(DIGEST))
        return found

    def _largest(self, cells: FloatArray) -> FloatArray:
        """Return the largest value among each operation's cells."""
        layout = self.baseline.layout
        largest = np.zeros(len(layout.operations))
        np.maximum.at(largest, layout.cell_operation, np.nan_to_num(cells))
        of = dict(zip(layout.operations, largest.tolist(), strict=True))
        return np.array([of.get(key, 0.0) for key in self.keys])

    def _compared(self) -> FloatArray:
        """Unusual labels or predictions at metrics, charged to who made them if that was usual."""
        found = np.zeros(len(self.keys))
        for reader in self.observation.slots:
            if reader not in self.standing.position or self.standing.kind(reader) != METRIC:
                continue
            for maker, size in compared(self.observation, reader):
                i = -1 if maker is None else self.standing.position.get(maker, -1)
                if i >= 0:
                    found[i] = max(found[i], size * (1 - self._outputs[i]))
        return found

    @cached_property
    def _outputs(self) -> FloatArray:
        """How unusual each operation's output is."""
        return self._largest(self._deviation)

    @cached_property
    def _fresh(self) -> FloatArray:
        """How unusual it is where nothing upstream is."""
        above = [self._outputs[row].max(initial=0.0) for row in self.standing.ancestors]
        return np.asarray(self._outputs * (1 - np.array(above)))

    @cached_property
    def _downstream(self) -> FloatArray:
        """Share of all that is unusual that stands at an operation or downstream of it."""
        below = self.standing.ancestors.T @ self._outputs + self._outputs
        share: FloatArray = below / max(float(self._outputs.sum()), 1e-9)
        return share * float(self._outputs.max(initial=0.0))
