"""What an operation received: its input slots, and the features of the data in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._links import Producer, producers_of
from lineage_stats.features import Cell, FeatureName, feature_kind, parse_feature
from lineage_stats.trace import Trace
from lineage_stats.trace._lineage._made_of import Sources

IntArray = npt.NDArray[np.intp]
Slots = Mapping[str, tuple[Producer, ...]]

# Measured at inputs, or no outcome that could bear on a metric.
BONDS = frozenset({"association", "coherence"})  # statistics of what columns have to do with others
_NO_OUTCOME = frozenset(
    {"rows_in", "columns_in", "association", "coherence", "metric_value", "present", "status"}
)
_NO_OUTCOME_KINDS = frozenset({"duration", "category", "presence"})


def input_slots(trace: Trace, keys: Mapping[str, str]) -> dict[str, tuple[Producer, ...]]:
    """Return for each operation who made the data that it read, slot by slot.

    Parameters
    ----------
    trace : Trace
        The run.
    keys : mapping of str to str
        Canonical key of each of its operations.
    """
    return {
        keys[key]: tuple(None if p is None else (keys[p[0]], p[1]) for p in producers)
        for key, producers in producers_of(trace).items()
    }


@lru_cache(maxsize=65536)
def outcome_name(feature: str) -> FeatureName | None:
    """Return the parts of a feature that says what an operation did, None for any other.

    Such is a number measured at an output. Features repeat from run to run, hence the cache.
    """
    name = parse_feature(feature)
    if name.statistic in _NO_OUTCOME or feature_kind(feature) in _NO_OUTCOME_KINDS:
        return None
    return name


@dataclass(frozen=True)
class Layout:
    """Which column of the run matrix is what, and which input features belong to it.

    An *entry* is a feature of the data in an input slot of an operation; in healthy runs its
    value is that of the cell of the operation that made the data.

    Attributes
    ----------
    cells : tuple of Cell
        Columns of the run matrix.
    names : tuple of FeatureName
        The cells' features taken apart.
    operations : tuple of str
        All operations, in order of the cells.
    cell_operation : ndarray of shape (n_cells,)
        Position of each cell's operation in `operations`.
    outcome : ndarray of shape (n_cells,)
        Whether the cell says what an operation did: a number measured at an output.
    entry_operation, entry_cell : ndarray of shape (n_entries,)
        Operation that receives the entry, and cell that holds its healthy values.
    entry_slot : tuple of int
        Slot of each entry.
    first, second : ndarray of shape (n_cells,)
        Entries of the same name as the cell in the first two slots that have one, then that of
        the column that the cell's column was made of; -1 without.
    timed : ndarray of shape (n_cells,)
        Whether the cell is an outcome of an operation that reads nothing that was made before.
    """

    cells: tuple[Cell, ...]
    names: tuple[FeatureName, ...]
    operations: tuple[str, ...]
    cell_operation: IntArray
    outcome: npt.NDArray[np.bool_]
    entry_operation: IntArray
    entry_cell: IntArray
    entry_slot: tuple[int, ...]
    first: IntArray
    second: IntArray
    timed: npt.NDArray[np.bool_]

    @cached_property
    def bonds(self) -> Mapping[tuple[str, str], tuple[int, ...]]:
        """Cells that tell what columns have to do with others, by operation and statistic."""
        found: dict[tuple[str, str], list[int]] = {}
        for j, (cell, name) in enumerate(zip(self.cells, self.names, strict=True)):
            if name.statistic in BONDS and name.column is not None:
                found.setdefault((cell.operation, name.statistic), []).append(j)
        return {key: tuple(cells) for key, cells in found.items()}

    @cached_property
    def column_cells(self) -> Mapping[tuple[int, str | None], list[int]]:
        """Cells of each column of an operation, by the operation's position and the name."""
        found: dict[tuple[int, str | None], list[int]] = {}
        for j, (i, name) in enumerate(zip(self.cell_operation.tolist(), self.names, strict=True)):
            found.setdefault((i, name.column), []).append(j)
        return found

    @cached_property
    def of_column(self) -> npt.NDArray[np.bool_]:
        """Whether each cell is about one column, shape (n_cells,)."""
        return np.array([name.column is not None for name in self.names], dtype=np.bool_)

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self.cells)


def make_layout(cells: tuple[Cell, ...], slots: Slots, made_of: Sources | None = None) -> Layout:
    """Find out which input features belong to which output features.

    Parameters
    ----------
    cells : tuple of Cell
        Columns of the run matrix.
    slots : mapping of str to tuple of Producer
        Who made what each operation read.
    made_of : dict, default=None
        Columns made of one column of another name, as `made_of_one` returns them.
    """
    made_of = made_of or {}
    names = tuple(parse_feature(cell.feature) for cell in cells)
    operations = tuple(dict.fromkeys(cell.operation for cell in cells))
    position = {key: i for i, key in enumerate(operations)}
    made: dict[tuple[str, int], list[int]] = {}
    for j, (cell, name) in enumerate(zip(cells, names, strict=True)):
        if outcome_name(cell.feature) is not None:
            made.setdefault((cell.operation, name.port), []).append(j)
    outcome = np.zeros(len(cells), dtype=np.bool_)
    outcome[[j for group in made.values() for j in group]] = True
    entries: list[tuple[int, int, int]] = []
    same: dict[tuple[str, str, str | None], list[int]] = {}
    in_slot: dict[tuple[str, str, int, str | None], int] = {}
    index = {cell: j for j, cell in enumerate(cells)}
    for key, producers in slots.items():
        if key not in position:
            continue
        for slot, producer in enumerate(producers):
            for statistic, column, j in _received(key, slot, producer, made, names, index):
                same.setdefault((key, statistic, column), []).append(len(entries))
                in_slot[key, statistic, slot, column] = len(entries)
                entries.append((position[key], j, slot))
    first = np.full(len(cells), -1, dtype=np.intp)
    second = first.copy()
    for j in np.flatnonzero(outcome).tolist():
        key, name = cells[j].operation, names[j]
        found = list(same.get((key, name.statistic, name.column), ()))
        source = made_of.get((key, name.port, name.column or ""))
        if source is not None and (key, name.statistic, *source) in in_slot:
            found.append(in_slot[key, name.statistic, *source])
        first[j] = found[0] if found else -1
        second[j] = found[1] if len(found) > 1 else -1
    reads = {key for key, producers in slots.items() if producers}
    timed = outcome & np.array([cell.operation not in reads for cell in cells], dtype=np.bool_)
    table = np.array(entries, dtype=np.intp).reshape(-1, 3)
    return Layout(
        cells,
        names,
        operations,
        np.array([position[cell.operation] for cell in cells], dtype=np.intp),
        outcome,
        table[:, 0],
        table[:, 1],
        tuple(table[:, 2].tolist()),
        first,
        second,
        timed,
    )


def _received(
    key: str,
    slot: int,
    producer: Producer,
    made: Mapping[tuple[str, int], list[int]],
    names: tuple[FeatureName, ...],
    index: Mapping[Cell, int],
) -> list[tuple[str, str | None, int]]:
    """Statistic, column and cell of all that is known of the data in a slot."""
    if producer is not None:
        return [(names[j].statistic, names[j].column, j) for j in made.get(producer, ())]
    found: list[tuple[str, str | None, int]] = []
    for side in ("rows", "columns"):
        j = index.get(Cell(key, str(FeatureName(f"{side}_in", None, slot))))
        if j is not None:
            found.append((f"{side}_out", None, j))
    return found
