"""The one door from traces to numbers: runs x (operation, feature)."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from lineage_stats.features._names import FeatureName
from lineage_stats.features._slots import fill
from lineage_stats.features._spec import feature_kind
from lineage_stats.trace import Operation, Trace, align
from lineage_stats.trace._outline import OutlinedRun, Slot

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]


class Cell(NamedTuple):
    """One column of a `RunMatrix`.

    Attributes
    ----------
    operation : str
        Canonical key of the operation.
    feature : str
        Name of the feature.
    """

    operation: str
    feature: str

    @property
    def kind(self) -> str:
        """Kind of the feature, as in `FEATURE_KINDS`."""
        return feature_kind(self.feature)


@dataclass(frozen=True)
class RunMatrix:
    """Runs x cells.

    Attributes
    ----------
    values : ndarray of shape (n_runs, n_cells)
        Features; NaN where a run lacks one. Categories are numbers that are equal exactly
        where the categories are. Presence is 1 or 0, never NaN.
    cells : tuple of Cell
        What each column is.
    run_ids : tuple of str
        Which run each row is.
    """

    values: FloatArray
    cells: tuple[Cell, ...]
    run_ids: tuple[str, ...]

    @property
    def kinds(self) -> npt.NDArray[np.str_]:
        """Kind of each cell, an array of shape (n_cells,)."""
        return np.array([cell.kind for cell in self.cells], dtype=np.str_)

    def to_frame(self) -> pd.DataFrame:
        """Return the matrix with runs as index and (operation, feature) as columns."""
        import pandas as pd

        columns = pd.MultiIndex.from_tuples(self.cells, names=["operation", "feature"])
        return pd.DataFrame(
            self.values, index=pd.Index(self.run_ids, name="run_id"), columns=columns
        )


def as_run_matrix(
    traces: Sequence[Trace],
    *,
    cells: Iterable[Cell] | None = None,
    reference: Trace | None = None,
) -> RunMatrix:
    """Turn traces of one pipeline into a matrix.

    Parameters
    ----------
    traces : sequence of Trace
        The runs.
    cells : iterable of Cell, default=None
        Columns wanted, as when a new run is held against a fitted baseline; cells that the
        traces have beside these are left out. None takes every cell of every run.
    reference : Trace, default=None
        Run that gives the canonical keys of the operations; None lets `align` choose.

    Returns
    -------
    RunMatrix
        One row per run, in the given order.

    Notes
    -----
    Features that are no finite number count as missing; that a metric is none is part of its
    ``status``. Every operation has a cell ``present``.
    """
    traces = list(traces)
    columns, placed = _placed(traces, cells, reference)
    values = np.full((len(traces), len(columns.cells)), np.nan)
    for row, (where, found) in zip(values, placed, strict=True):
        row[where] = found
    return _finished(values, columns.cells, [trace.run_id for trace in traces])


def matrix_of_stored(runs: Iterable[Trace | OutlinedRun], reference: Trace) -> RunMatrix:
    """Return the matrix of runs, of which some are columns, in any order; see `as_run_matrix`."""
    traces: list[Trace] = []
    alike: dict[int, list[OutlinedRun]] = defaultdict(list)
    for run in runs:
        if isinstance(run, Trace):
            traces.append(run)
        else:
            alike[id(run.outline)].append(run)
    groups = list(alike.values())
    outlines = [group[0].outline for group in groups]
    columns, placed = _placed([*traces, *outlines], None, reference)
    n_runs = len(traces) + sum(map(len, groups))
    values = np.full((len(columns.cells), n_runs), np.nan).T  # as who sums them up needs them
    for row, (where, found) in zip(values, placed[: len(traces)], strict=False):
        row[where] = found
    end = len(traces)
    for group, (where, found) in zip(groups, placed[len(traces) :], strict=True):
        begin, end = end, end + len(group)
        fill(values[begin:end], group, where, found, category_code)
    heads = [*traces, *(run.head for group in groups for run in group)]
    return _finished(values, columns.cells, [head.run_id for head in heads])


def _placed(
    runs: Sequence[Trace], cells: Iterable[Cell] | None, reference: Trace | None
) -> tuple[Columns, list[tuple[list[int], list[float]]]]:
    """Return the columns, and for each run which of them it fills with what."""
    aligned = [reference, *runs] if reference is not None else runs
    mappings = align(aligned, reference=0 if reference is not None else None).mappings
    mappings = mappings[len(aligned) - len(runs) :]
    columns = Columns(cells)
    return columns, [columns.place(run, m) for run, m in zip(runs, mappings, strict=True)]


def _finished(values: FloatArray, cells: Sequence[Cell], run_ids: Iterable[str]) -> RunMatrix:
    values[~np.isfinite(values)] = np.nan
    present = [j for j, cell in enumerate(cells) if cell.feature == "present"]
    values[:, present] = np.nan_to_num(values[:, present])
    return RunMatrix(values, tuple(cells), tuple(run_ids))


def operation_features(trace: Trace, operation: Operation) -> dict[str, float]:
    """Return all features of one operation by name, categories as numbers.

    Sizes, times, schema and parents that the operation itself implies are added to those that
    were measured.

    Parameters
    ----------
    trace : Trace
        The run.
    operation : Operation
        One of its operations.

    Returns
    -------
    dict of str to float
        Value by feature name; categories are `category_code` of their text.
    """
    found = dict(operation.features)
    found["present"] = 1.0
    found.setdefault("duration", operation.duration_ns / 1e9)
    for side, refs in (("in", operation.inputs), ("out", operation.outputs)):
        for port, ref in enumerate(refs):
            if ref.rows is not None:
                found.setdefault(str(FeatureName(f"rows_{side}", None, port)), ref.rows)
            if ref.n_columns is not None:
                found.setdefault(str(FeatureName(f"columns_{side}", None, port)), ref.n_columns)
            if side == "out" and ref.schema is not None:
                found[str(FeatureName("schema", None, port))] = _code_of(ref.schema)
    for name, value in operation.facts.items():
        # The first says that there is none; its features are missing. Files and
        # what a model has learned are new every day.
        if name != "profile" and not name.startswith(("file[", "model[")):
            found[name] = _code_of(value)
    found["status"] = category_code(status_of(operation))
    return found


def status_of(operation: Operation) -> str:
    """Return how an operation ended; of a metric that is no number, that too.

    As a number it would be missing, and nothing be said of a model that has diverged.
    """
    value: float | Slot | None = operation.features.get("metric_value")
    if isinstance(value, Slot) or value is None or math.isfinite(value):
        return operation.status
    return f"{operation.status}, value {value}"


@lru_cache(maxsize=65536)
def category_code(value: str) -> float:
    """Return a number for a category; two categories have one number only if they are equal.

    The first 52 bits of a BLAKE2 digest: exact in a double, and with a million categories the
    chance of any collision is about 1e-4.
    """
    data = value.encode("utf-8", "surrogatepass")
    return float(int.from_bytes(hashlib.blake2b(data, digest_size=7).digest()) >> 4)


def _code_of(value: Any) -> float:
    """Return the number of a category, or where the text lies that has one."""
    return cast(float, value) if isinstance(value, Slot) else category_code(value)


_UNWANTED: Final = -1


class Columns:
    """Which cell is which column; one look-up per cell, as a matrix may have a million."""

    def __init__(self, cells: Iterable[Cell] | None = None) -> None:
        self._open = cells is None
        self.cells: list[Cell] = list(cells or ())
        self._column: dict[str, dict[str, int]] = defaultdict(dict)
        # Per operation: names of the features of the run before, and their columns. Mostly those
        # of the next run are the same, and to compare them is several times as fast.
        self._before: dict[str, tuple[tuple[str, ...], list[int]]] = {}
        for j, cell in enumerate(self.cells):
            self._column[cell.operation][cell.feature] = j

    def place(self, trace: Trace, mapping: Mapping[str, str]) -> tuple[list[int], list[float]]:
        """Return the columns that a run fills, and with what; new cells get new columns."""
        where: list[int] = []
        found: list[float] = []
        for op in trace:
            key = mapping[op.key]
            features = _cells(trace, op, mapping)
            names = tuple(features)
            before, columns = self._before.get(key, ((), []))
            if names != before:
                columns = self._columns_of(key, names)
                if _UNWANTED in columns:
                    features = {k: features[k] for k in names if k in self._column[key]}
                    columns = [j for j in columns if j != _UNWANTED]
                else:
                    self._before[key] = names, columns
            where += columns
            found += features.values()
        return where, found

    def _columns_of(self, key: str, names: Iterable[str]) -> list[int]:
        known = self._column[key]
        columns = []
        for name in names:
            j = known.get(name, _UNWANTED)
            if j == _UNWANTED and self._open:
                j = known[name] = len(self.cells)
                self.cells.append(Cell(key, name))
            columns.append(j)
        return columns


def _cells(trace: Trace, op: Operation, mapping: Mapping[str, str]) -> dict[str, float]:
    """Return the features of an operation and which operations it reads from."""
    features = operation_features(trace, op)
    parents = ",".join(sorted(mapping[parent] for parent in trace.parents(op.key)))
    features["parents"] = category_code(parents)
    return features
