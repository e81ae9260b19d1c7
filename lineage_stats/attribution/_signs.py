"""What points to each operation as the cause, as numbers that can be weighed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._compared import METRIC, compared
from lineage_stats.attribution._edits import SLICE, Edit, is_determined
from lineage_stats.attribution._evidence import Suspicion
from lineage_stats.attribution._feeds import MOST_FOLLOWED, TARGET
from lineage_stats.attribution._inspector import Inspector
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._scoring import INERT_WEIGHT, strength
from lineage_stats.attribution._traced import Credits, broken_columns, credited, unusual_columns
from lineage_stats.features import parse_feature

FloatArray = npt.NDArray[np.float64]

UNREAD = 0.5  # of signs of who made what nobody reads by lineage, which may end at a number
EVIDENT = 0.05  # of a sign, from where it counts: what a cell 2.5 standard deviations off gives


@dataclass(frozen=True)
class Signs:
    """Signs of the operations of one run.

    Attributes
    ----------
    keys : tuple of str
        The operations.
    names : tuple of str
        Names of the signs.
    values : ndarray of shape (n_operations, n_signs)
        Numbers from 0 to 1.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    values: FloatArray

    @property
    def evident(self) -> npt.NDArray[np.bool_]:
        """Which operations have a sign that is more than what they are and where they stand.

        The others did what they do in healthy runs, as far as chance lets tell.
        """
        telling = [
            not name.startswith("is_")
            and not name.endswith("_downstream")
            and name not in _STANDING
            for name in self.names
        ]
        return np.asarray((self.values[:, telling] > EVIDENT).any(axis=1))

    @property
    def edited(self) -> npt.NDArray[np.bool_]:
        """Which operations were edited, inserted or removed."""
        return np.asarray(self.values[:, self.names.index("only_edit")] > 0)


class SignCollector:
    """Collects the signs of one run.

    Parameters
    ----------
    inspector : Inspector
        What is known of the run.
    suspicions : mapping of str to Suspicion
        What speaks against each operation in itself.
    """

    def __init__(self, inspector: Inspector, suspicions: Mapping[str, Suspicion]) -> None:
        self.inspector = inspector
        self.observation = inspector.observation
        self.baseline = inspector.baseline
        self.reads = inspector.reads
        self.suspicions = suspicions
        self.keys = tuple(suspicions)
        self.metric = inspector.upstream[-1]
        self._position = {key: i for i, key in enumerate(self.keys)}

    def collect(self) -> Signs:
        """Return all signs."""
        columns: dict[str, FloatArray] = {}
        for part in (self._facts, self._numbers, self._neighbours, self._roles):
            columns.update(part())
        names = tuple(columns)
        values = np.column_stack([columns[name] for name in names])
        values[self._unread] *= UNREAD
        return Signs(self.keys, names, values)

    # -- what is known of the code ---------------------------------------------------------

    def _facts(self) -> dict[str, FloatArray]:
        found = {name: np.zeros(len(self.keys)) for name in _FACTS}
        for i, key in enumerate(self.keys):
            if key not in self.observation.operations:
                found["missing"][i] = 1.0
            elif self.inspector.is_new(key):
                found["new"][i] = 1.0
            for edit in self._edits(key):
                name = parse_feature(edit.fact).statistic
                if name == SLICE:
                    name = "call"
                elif name == "param":
                    name = "param" if edit.weight > INERT_WEIGHT else "inert"
                found[name][i] = max(found[name][i], edit.weight)
        found["statement"] *= 1 - found["call"]
        changed = self._edited
        found["only_edit"] = np.where(changed, 1.0 / max(1, self._n_statements), 0.0)
        found["held"] = self._held
        found["untouched"] = self._known * ~changed * self._is("source", False) * (1 - self._held)
        found["untold"] = np.where(self._known, 0.0, 1.0)
        if not self._changing.any():
            found["source_alone"] = np.where(self._known & self._is("source"), 1.0, 0.0)
        else:
            found["source_besides"] = np.where(self._known & self._is("source"), 1.0, 0.0)
        found.setdefault("source_alone", np.zeros(len(self.keys)))
        found.setdefault("source_besides", np.zeros(len(self.keys)))
        return found

    @cached_property
    def _edited(self) -> npt.NDArray[np.bool_]:
        return np.array([self._is_edited(key) for key in self.keys], dtype=np.bool_)

    @cached_property
    def _changing(self) -> npt.NDArray[np.bool_]:
        """Which operations were edited so that the metric can have noticed."""
        return self._edited & ~self._unread

    def _is_edited(self, key: str) -> bool:
        if key not in self.observation.operations:
            return True
        if self.inspector.is_new(key):
            return True
        return any(edit.weight > INERT_WEIGHT for edit in self._edits(key))

    @cached_property
    def _unread(self) -> npt.NDArray[np.bool_]:
        """Which operations are new or edited, and made nothing that the metric depends on."""
        present = self.observation.operations
        return np.array(
            [
                key in present
                and (self.inspector.is_new(key) or bool(self._edits(key)))
                and self.reads.is_unread(key)
                for key in self.keys
            ],
            dtype=np.bool_,
        )

    def _edits(self, key: str) -> tuple[Edit, ...]:
        """Edits of an operation, without a change of its text that an inert parameter explains."""
        edits = (*self.inspector.behind.get(key, ()), *self.inspector.edits.get(key, ()))
        beside = [edit for edit in edits if not edit.of_text_only]
        if beside and all(edit.weight <= INERT_WEIGHT for edit in beside):
            return tuple(beside)
        return edits

    @cached_property
    def _n_statements(self) -> int:
        """Number of places that were edited."""
        places = {
            op.location if (op := self.observation.operations.get(key)) is not None else key
            for key, edited in zip(self.keys, self._changing, strict=True)
            if edited
        }
        return len(places)

    @cached_property
    def _known(self) -> npt.NDArray[np.bool_]:
        """Whether the source of each operation was recorded."""
        get = self.observation.operations.get
        return np.array([(op := get(k)) is None or "call" in op.facts for k in self.keys])

    def _is(self, kind: str, positive: bool = True) -> npt.NDArray[np.bool_]:
        return np.array([(self._kind(key) == kind) == positive for key in self.keys])

    def _kind(self, key: str) -> str:
        op = self.observation.operations.get(key) or self.baseline.reference_operations[key]
        return op.kind

    # -- what was measured ------------------------------------------------------------------

    def _numbers(self) -> dict[str, FloatArray]:
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
            "broken": self._traced(broken_columns),
            "traced": self._traced(unusual_columns),
        }
        found = {
            f"{state}_{name}": where * values
            for state, where in self._states.items()
            for name, values in measured.items()
        }
        found["compared"] = self._compared()
        found["held_compared"] = self._held * found["compared"]
        found["stale"] = self._stale()
        found["silent"] = self._silent()
        return found

    @cached_property
    def _states(self) -> dict[str, FloatArray]:
        """What is known of each operation; one that is held has signs of its own only."""
        source = self._is("source").astype(np.float64)
        free = (1.0 - source) * (1 - self._held) * ~self._edited
        return {
            "edited": self._edited.astype(np.float64),
            "source": source * ~self._edited,
            "free": free * self._known,
            "untold": free * ~self._known,
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
        known, told = self.reads.relevance, self.reads.told
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
        """Unusual predictions that nothing explains, charged to the sources of labels."""
        predicts = self._is("predict")
        if self._changing.any():
            return np.zeros(len(self.keys))
        size = float((self._fresh * predicts).max(initial=0.0))
        labels = frozenset().union(
            *(f.get(TARGET, frozenset()) for f in self.baseline.feeds.values())
        )
        return np.array([size * (key in labels) for key in self.keys]) * self._is("source")

    @cached_property
    def _held(self) -> FloatArray:
        """Whether each operation is as it was in code and parameters, as far as that is known."""
        get = self.observation.operations.get
        determined = np.array([(op := get(k)) is not None and is_determined(op) for k in self.keys])
        return np.where(self._known & ~self._edited & determined, 1.0, 0.0)

    def _traced(self, columns: Callable[[Observation, str], Credits]) -> FloatArray:
        """Wrong columns of models' inputs, charged to who handled them."""
        found = np.zeros(len(self.keys))
        for fit in self.baseline.feeds:
            if fit in self._position and fit in self.observation.operations:
                wrong = columns(self.observation, fit)
                names = [column for column, credit in wrong.items() if credit > EVIDENT]
                few, of_few = names, wrong
                if len(names) > MOST_FOLLOWED:
                    few = sorted(names, key=lambda column: -wrong[column])[:MOST_FOLLOWED]
                    of_few = {column: wrong[column] for column in few}
                    if not self.reads.is_as_usual:
                        names, wrong = few, of_few
                charged = credited(self.keys, self.reads.feeds(fit, names), wrong)
                found = np.maximum(found, charged)
                if few and self._changing.any():
                    charged = credited(self.keys, self.reads.steered(fit, few), of_few)
                    found = np.maximum(found, charged * self._changing)
        return found

    def _stale(self) -> FloatArray:
        """Files that an earlier run read already, where there are new ones every time."""
        found = np.zeros(len(self.keys))
        for i, key in enumerate(self.keys):
            op, seen = self.observation.operations.get(key), self.baseline.files.get(key, ())
            if op is not None and op.facts.get("file[digest]") in seen:
                found[i] = len(set(seen)) / len(seen)
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
            if reader not in self._position or self._kind(reader) != METRIC:
                continue
            for maker, size in compared(self.observation, reader):
                i = -1 if maker is None else self._position.get(maker, -1)
                if i >= 0:
                    found[i] = max(found[i], size * (1 - self._outputs[i]))
        return found

    # -- where it stands --------------------------------------------------------------------

    def _neighbours(self) -> dict[str, FloatArray]:
        edited, above = self._changing, self._ancestors
        return {
            "below_edit": ((above @ edited) & ~edited).astype(np.float64),
            "above_edit": ((above.T @ edited) & ~edited).astype(np.float64),
        }

    @cached_property
    def _outputs(self) -> FloatArray:
        """How unusual each operation's output is."""
        return self._largest(self._deviation)

    @cached_property
    def _fresh(self) -> FloatArray:
        """How unusual it is where nothing upstream is."""
        above = [self._outputs[row].max(initial=0.0) for row in self._ancestors]
        return np.asarray(self._outputs * (1 - np.array(above)))

    @cached_property
    def _downstream(self) -> FloatArray:
        """Share of all that is unusual that stands at an operation or downstream of it."""
        below = self._ancestors.T @ self._outputs + self._outputs
        share: FloatArray = below / max(float(self._outputs.sum()), 1e-9)
        return share * float(self._outputs.max(initial=0.0))

    @cached_property
    def _ancestors(self) -> npt.NDArray[np.bool_]:
        """Whether one operation is upstream of another: [i, j] if j is upstream of i."""
        n = len(self.keys)
        found = np.zeros((n, n), dtype=np.bool_)
        slots = {**self.baseline.slots, **self.observation.slots}
        order = sorted(range(n), key=lambda i: self._rank.get(self.keys[i], n))
        for i in order:
            for producer in slots.get(self.keys[i], ()):
                if producer is not None and producer[0] in self._position:
                    j = self._position[producer[0]]
                    if j != i:
                        found[i] |= found[j]
                        found[i, j] = True
        return found

    @cached_property
    def _rank(self) -> Mapping[str, int]:
        """Order in which operations ran; a missing one where healthy runs have it."""
        reference = {key: i for i, key in enumerate(self.baseline.reference_operations)}
        ran = {key: i for i, key in enumerate(self.observation.operations)}
        return {**reference, **ran}

    def _roles(self) -> dict[str, FloatArray]:
        kinds = [self._kind(key) for key in self.keys]
        return {
            f"is_{kind}": np.array([float(k == kind) for k in kinds])
            for kind in ("source", "fit", "predict", "metric", "split", "selection", "join")
        }


_STANDING = frozenset(
    {"held", "untouched", "untold", "source_alone", "source_besides", "below_edit", "above_edit"}
)
_FACTS = ("param", "inert", "call", "statement", "code", "parents", "new", "missing")
