"""What healthy runs look like, learnt once for many attributions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._clock import POINTS, date_columns, moving_columns
from lineage_stats.attribution._feeds import (
    WITNESSES,
    Feeds,
    Successors,
    feeds_of_fit,
    handlers_of_truth,
    relevance,
    successors,
)
from lineage_stats.attribution._files import FilesRead, files_read
from lineage_stats.attribution._graph import Layout, Slots, input_slots, make_layout
from lineage_stats.attribution._links import Producer
from lineage_stats.attribution._mechanism import (
    CONSTANT,
    Mechanisms,
    fit_mechanisms,
)
from lineage_stats.attribution._resolution import resolution
from lineage_stats.attribution._scoring import KIND_WEIGHTS
from lineage_stats.attribution._transmission import Node, group_label
from lineage_stats.exceptions import BaselineError, TooFewRunsError
from lineage_stats.features import Cell, RunMatrix, as_run_matrix
from lineage_stats.trace import Operation, Trace, align
from lineage_stats.trace._healthy import distinct_runs
from lineage_stats.trace._lineage._made_of import made_of_one

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MechanismBaseline:
    """What each operation of a pipeline does with what it receives, in healthy runs.

    Learning it takes most of the time of `attribute_root_cause`; make one and pass it as
    ``baseline=`` to attribute several runs.

    Attributes
    ----------
    pipeline : str
        Name of the pipeline.
    reference : Trace
        Run that gives the operations and their edges.
    matrix : RunMatrix
        All healthy runs.
    starts : ndarray of shape (n_runs,)
        Start of each run, seconds since the epoch.
    files : mapping of str to FilesRead
        Which files each operation read.

    Examples
    --------
    >>> from lineage_stats.attribution import MechanismBaseline
    >>> from lineage_stats.trace import DataRef, Operation, Trace
    >>> runs = [
    ...     Trace(f"r{i}", "p", (Operation("f/load#1", "load", "source",
    ...           outputs=(DataRef("d", "table", rows=100 + i),)),), start_ns=i)
    ...     for i in range(5)
    ... ]
    >>> MechanismBaseline.from_traces(runs)
    <MechanismBaseline of 'p': 5 runs, 1 operations, 5 cells>
    """

    pipeline: str
    reference: Trace
    matrix: RunMatrix
    starts: FloatArray
    files: Mapping[str, FilesRead]

    def __repr__(self) -> str:
        return (
            f"<MechanismBaseline of '{self.pipeline}': {self.n_runs} runs, "
            f"{len(self.layout.operations)} operations, {self.layout.n_cells} cells>"
        )

    @classmethod
    def from_traces(cls, traces: Sequence[Trace]) -> MechanismBaseline:
        """Learn from healthy runs of one pipeline.

        Parameters
        ----------
        traces : sequence of Trace
            The runs, at least two; one that comes twice counts once.

        Returns
        -------
        MechanismBaseline
            What was learnt.

        Raises
        ------
        BaselineError
            If the runs are of several pipelines.
        TooFewRunsError
            If there are fewer than two runs.
        """
        runs = distinct_runs(traces)
        if len(runs) < 2:
            raise TooFewRunsError(
                f"The baseline holds {len(runs)} healthy runs; at least 2 are needed, "
                "and 20 or more are advised. Record more runs or pass `baseline=`."
            )
        pipelines = sorted({run.pipeline for run in runs})
        if len(pipelines) > 1:
            raise BaselineError(
                f"The baseline holds runs of several pipelines ({', '.join(pipelines)}). "
                "Pass the runs of one of them."
            )
        alignment = align(runs)
        reference = runs[alignment.reference]
        return cls(
            pipelines[0],
            reference,
            as_run_matrix(runs, reference=reference),
            np.array([run.start_ns / 1e9 for run in runs]),
            files_read(runs, alignment.mappings),
        )

    @property
    def n_runs(self) -> int:
        """Number of healthy runs."""
        return len(self.matrix.run_ids)

    @cached_property
    def reference_operations(self) -> Mapping[str, Operation]:
        """Operations of the reference run by key."""
        return {op.key: op for op in self.reference}

    @cached_property
    def slots(self) -> Slots:
        """Input slots of every operation in healthy runs."""
        return input_slots(self.reference, {key: key for key in self.reference.keys})

    @cached_property
    def layout(self) -> Layout:
        """What the columns of the matrix are."""
        return make_layout(self.matrix.cells, self.slots, made_of_one(self.reference))

    @cached_property
    def column(self) -> Mapping[Cell, int]:
        """Position of each cell in the matrix."""
        return {cell: j for j, cell in enumerate(self.matrix.cells)}

    @cached_property
    def resolution(self) -> FloatArray:
        """Difference of each cell that is without meaning, shape (n_cells,)."""
        return resolution(self.values, self.matrix.cells, self.layout.names, self.dated)

    @cached_property
    def dated(self) -> npt.NDArray[np.bool_]:
        """Which cells are points in time, shape (n_cells,)."""
        dates = date_columns(self.reference, {key: key for key in self.reference.keys})
        pairs = zip(self.matrix.cells, self.layout.names, strict=True)
        found = [
            name.statistic in POINTS and (cell.operation, name.port, name.column) in dates
            for cell, name in pairs
        ]
        return np.array(found, dtype=np.bool_)

    @cached_property
    def moving(self) -> frozenset[str]:
        """Names of the columns of dates that go with the start of the runs."""
        return moving_columns(self.layout.names, self.dated, self.matrix.values, self.starts)

    @cached_property
    def from_start(self) -> npt.NDArray[np.bool_]:
        """Which cells are told in seconds from the start of the run, shape (n_cells,)."""
        moving = [name.column in self.moving for name in self.layout.names]
        return self.dated & np.array(moving, dtype=np.bool_)

    @cached_property
    def values(self) -> FloatArray:
        """Values of the healthy runs, dates from the start where they go with it."""
        found = self.matrix.values.copy()
        found[:, self.from_start] -= self.starts[:, None]
        return found

    @cached_property
    def mechanisms(self) -> Mechanisms:
        """Competing mechanisms of every cell."""
        layout, values = self.layout, self.values
        entries = self.entries
        pools = []
        for i in range(len(layout.operations)):
            mine = layout.outcome & (layout.cell_operation == i)
            sized = np.array([name.statistic == "rows_out" for name in layout.names])
            cells = np.flatnonzero(mine & ((layout.first < 0) | sized))
            pool = np.flatnonzero(layout.entry_operation == i)
            if cells.size and pool.size:
                pools.append((cells, pool))
        first, second = same_named(layout, entries, self.starts)
        return fit_mechanisms(values, first, second, entries, pools, self.resolution, layout.timed)

    @cached_property
    def entries(self) -> FloatArray:
        """Input features of the healthy runs, shape (n_runs, n_entries).

        A run in which the operation read other data than usual counts as missing.
        """
        layout, values = self.layout, self.values
        entries = values[:, layout.entry_cell]
        for i, key in enumerate(layout.operations):
            j = self.column.get(Cell(key, "parents"))
            if j is not None:
                usual = self.common(j)
                odd = np.isfinite(values[:, j]) & (values[:, j] != usual)
                if odd.any():
                    entries[np.ix_(odd, layout.entry_operation == i)] = np.nan
        return entries

    def common(self, j: int) -> float:
        """Return the most frequent value of a cell."""
        column = self.values[:, j]
        counts = Counter(column[np.isfinite(column)].tolist())
        return counts.most_common(1)[0][0] if counts else float("nan")

    @cached_property
    def feeds(self) -> Mapping[str, Feeds]:
        """For each fit or split, the operations that each column of its input came through."""
        columns: dict[str, dict[str, None]] = {}
        kinds = {op.key: op.kind for op in self.reference}
        for (key, _), cells in self.layout.bonds.items():
            if kinds.get(key) in WITNESSES:
                names = (str(self.layout.names[j].column) for j in cells)
                columns.setdefault(key, {}).update(dict.fromkeys(names))
        return {
            key: feeds_of_fit(self.reference, key, tuple(names)) for key, names in columns.items()
        }

    @cached_property
    def made_of(self) -> Successors:
        """Which columns are made of the values of each, in the reference run."""
        return successors(self.reference, {key: key for key in self.reference.keys})

    def relevance(self, metric_key: str) -> Mapping[tuple[str, str], float]:
        """Return how far a metric depends on each column of each operation."""
        if metric_key not in self._relevance:
            known = metric_key in self.reference_operations
            self._relevance[metric_key] = relevance(self.reference, metric_key) if known else {}
        return self._relevance[metric_key]

    def truth(self, metric_key: str) -> frozenset[str]:
        """Return who had the values in hand that a metric holds predictions against."""
        if metric_key not in self._truth:
            known = metric_key in self.reference_operations
            found = handlers_of_truth(self.reference, metric_key) if known else frozenset()
            self._truth[metric_key] = found
        return self._truth[metric_key]

    @cached_property
    def _truth(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _relevance(self) -> dict[str, Mapping[tuple[str, str], float]]:
        return {}

    @cached_property
    def presence(self) -> FloatArray:
        """Share of the healthy runs that have each cell, shape (n_cells,)."""
        share: FloatArray = np.isfinite(self.matrix.values).mean(axis=0)
        return share

    def presence_of(self, operation: str) -> float:
        """Return the share of the healthy runs that have an operation."""
        j = self.column.get(Cell(operation, "present"))
        return 0.0 if j is None else float(self.matrix.values[:, j].mean())

    @cached_property
    def healthy_columns(self) -> Mapping[Producer, frozenset[str]]:
        """Columns of each output, by operation and port, that every healthy run has."""
        found: dict[Producer, set[str]] = {}
        for j in np.flatnonzero(self.layout.outcome & (self.presence == 1.0)):
            name = self.layout.names[j]
            if name.column is not None:
                producer = (self.layout.cells[j].operation, name.port)
                found.setdefault(producer, set()).add(name.column)
        return {producer: frozenset(columns) for producer, columns in found.items()}

    @cached_property
    def usual_scale(self) -> Mapping[tuple[str, str | None], float]:
        """Smallest scale of each statistic of each column anywhere in the pipeline."""
        found: dict[tuple[str, str | None], float] = {}
        for j in np.flatnonzero(self.layout.outcome):
            name, scale = self.layout.names[j], float(self.mechanisms.scale[CONSTANT, j])
            key = (name.statistic, name.column)
            if np.isfinite(scale):
                found[key] = min(scale, found.get(key, scale))
        return found

    @cached_property
    def groups(self) -> tuple[npt.NDArray[np.intp], Mapping[Node, int]]:
        """Group of each cell, and number of each (operation, port, column)."""
        numbers: dict[Node, int] = {}
        of_cell = np.full(self.layout.n_cells, -1, dtype=np.intp)
        for j in np.flatnonzero(self.layout.outcome):
            name = self.layout.names[j]
            group = (self.layout.cells[j].operation, name.port, group_label(name))
            of_cell[j] = numbers.setdefault(group, len(numbers))
        return of_cell, numbers

    def group_anomaly(self, unusual: FloatArray) -> FloatArray:
        """Return the largest anomaly in each group, shape (n_groups,)."""
        of_cell, numbers = self.groups
        some = of_cell >= 0
        found = np.zeros(len(numbers))
        np.maximum.at(found, of_cell[some], np.nan_to_num(unusual[some], nan=0.0))
        return found

    @cached_property
    def weights(self) -> FloatArray:
        """Weight of each cell by the kind of its feature; 0 where it is no outcome."""
        listed = [KIND_WEIGHTS.get(name.statistic, 1.0) for name in self.layout.names]
        return np.where(self.layout.outcome, listed, 0.0)

    def same_pipeline(self, trace: Trace) -> None:
        """Raise `BaselineError` if the trace is of another pipeline."""
        if trace.pipeline != self.pipeline:
            raise BaselineError(
                f"Trace {trace.run_id} is of pipeline '{trace.pipeline}', the baseline is of "
                f"'{self.pipeline}'. Pass healthy runs of '{trace.pipeline}'."
            )


def same_named(
    layout: Layout, entries: FloatArray, start: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Return the input features of each cell's own name, from its first and second input.

    What a source gives follows the time at which it is read: its input is the start of the run.
    """
    padded = np.concatenate([entries, np.full((*entries.shape[:-1], 1), np.nan)], axis=-1)
    first = padded[..., layout.first]
    first[..., layout.timed] = np.asarray(start)[..., None]
    return first, padded[..., layout.second]
