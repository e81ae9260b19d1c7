"""What every method is given: healthy runs of one pipeline, the metric, and runs to judge."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lineage_stats.features import Cell, as_run_matrix
from lineage_stats.trace import Trace, align

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judgement:
    """What one method says about one run.

    ``score`` orders runs (higher is more anomalous) and ``flagged`` is the method's own verdict;
    both None for methods that only rank. ``ranking`` gives operations their suspicion; ``shares``
    divide the metric's harm (in its points, positive for harm), with ``errors`` where stated.
    """

    score: float | None = None
    flagged: bool | None = None
    ranking: Mapping[str, float] | None = None
    shares: Mapping[str, float] | None = None
    errors: Mapping[str, float] | None = None
    probabilities: Mapping[str, float] | None = None
    p_value: float | None = None


@dataclass
class Study:
    """Healthy runs of one pipeline with what methods that want a table of numbers need.

    The table has one column per cell that the healthy runs know. Numbers stand as they are, with
    the healthy median for a missing one; a category is 1 where it is not the most frequent one of
    the healthy runs, else 0. What only the new run has is not in the table.
    """

    pipeline: str
    healthy: Sequence[Trace]
    metric: str
    greater_is_better: bool
    rate: float = 0.01
    cache: dict[object, dict[str, float]] = field(default_factory=dict, repr=False)
    _rows: dict[int, Floats] = field(default_factory=dict, repr=False)

    @property
    def reference(self) -> Trace:
        """The run that gives operations their keys."""
        return self.healthy[-1]

    @cached_property
    def _raw(self) -> tuple[Floats, tuple[Cell, ...]]:
        matrix = as_run_matrix(self.healthy, reference=self.reference)
        return matrix.values, matrix.cells

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What the columns of the table are."""
        return self._raw[1]

    @cached_property
    def operations(self) -> npt.NDArray[np.str_]:
        """Operation of each column."""
        return np.array([cell.operation for cell in self.cells])

    @cached_property
    def is_category(self) -> npt.NDArray[np.bool_]:
        """Which columns are categories."""
        return np.array([cell.kind == "category" for cell in self.cells])

    @cached_property
    def _usual(self) -> Floats:
        """Healthy median of numbers, most frequent value of categories."""
        values = self._raw[0]
        usual = np.zeros(values.shape[1])
        for j, category in enumerate(self.is_category):
            column = values[:, j][np.isfinite(values[:, j])]
            if category:
                known, counts = np.unique(column, return_counts=True)
                usual[j] = known[counts.argmax()] if len(known) else np.nan
            else:
                usual[j] = np.median(column) if len(column) else 0.0
        return usual

    @cached_property
    def table(self) -> Floats:
        """Healthy runs x cells."""
        return self._encoded(self._raw[0])

    def row(self, trace: Trace) -> Floats:
        """Return one run as a row of the table."""
        if id(trace) not in self._rows:
            raw = as_run_matrix([trace], cells=self.cells, reference=self.reference).values
            self._rows[id(trace)] = self._encoded(raw)[0]
        return self._rows[id(trace)]

    def _encoded(self, values: Floats) -> Floats:
        changed = (values != self._usual) & np.isfinite(values)
        numbers = np.where(np.isfinite(values), values, self._usual)
        return np.where(self.is_category, changed, numbers).astype(np.float64)

    def by_operation(self, scores: Floats) -> dict[str, float]:
        """Return the largest score among the cells of each operation."""
        found: dict[str, float] = {}
        for operation, score in zip(self.operations, np.nan_to_num(scores), strict=True):
            found[operation] = max(found.get(operation, -np.inf), float(score))
        return found

    @cached_property
    def upstream(self) -> tuple[str, ...]:
        """Operations that the metric depends on, and its own, in order."""
        end = self.reference.metric_operation(self.metric).key
        above = self.reference.ancestors(end) or self.reference.keys[:-1]
        return (*(key for key in above if key != end), end)

    def candidates(self, trace: Trace) -> tuple[str, ...]:
        """Operations that may be blamed: those of healthy runs and of this one."""
        mapping = align([self.reference, trace], reference=0).mappings[1]
        return tuple(dict.fromkeys([*self.reference.keys, *mapping.values()]))

    @cached_property
    def metric_values(self) -> Floats:
        """The metric of the healthy runs."""
        values = [trace.metrics.get(self.metric, np.nan) for trace in self.healthy]
        return np.array(values)[np.isfinite(values)]

    def harm(self, trace: Trace) -> float:
        """By how much the metric is worse than its healthy median."""
        change = float(np.median(self.metric_values)) - trace.metrics.get(self.metric, np.nan)
        return change if self.greater_is_better else -change


class Peer(ABC):
    """A method. `prepare` learns from the healthy runs, `judge` looks at one run."""

    name: str

    def prepare(self, study: Study) -> None:
        """Learn; the study stays available as ``self.study``."""
        self.study = study

    def gives_up_on(self, study: Study) -> str:
        """Say why this method cannot be run on that pipeline; nothing if it can."""
        return ""

    @abstractmethod
    def judge(self, trace: Trace) -> Judgement:
        """Say what is known about one run."""
