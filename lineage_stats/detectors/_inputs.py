"""What a detector accepts, brought to one form: runs x cells."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from lineage_stats.detectors._transforms import FloatArray
from lineage_stats.exceptions import BaselineError, TooFewRunsError
from lineage_stats.features import Cell, as_run_matrix, category_code
from lineage_stats.trace import DataRef, Operation, Trace, TraceSet, align

_LARGEST: Final = 1e100


@dataclass(frozen=True)
class Runs:
    """Runs in the form in which detectors compute.

    Attributes
    ----------
    values : ndarray of shape (n_runs, n_cells)
        Features, NaN where missing.
    cells : tuple of Cell
        What the columns are.
    run_ids : tuple of str
        What the rows are.
    pipeline : str or None
        Pipeline that ran; None for arrays.
    reference : Trace or None
        Slim trace that gives the canonical keys; None for arrays.
    labels : dict of float to str
        Text behind the numbers of categories.
    unknown : tuple of tuple of str
        For each run, the operations that the baseline does not know.
    """

    values: FloatArray
    cells: tuple[Cell, ...]
    run_ids: tuple[str, ...]
    pipeline: str | None = None
    reference: Trace | None = None
    labels: Mapping[float, str] = field(default_factory=dict)
    unknown: tuple[tuple[str, ...], ...] = ()


def is_traces(X: object) -> bool:
    """Return whether `X` is a trace or a collection of traces, and no array.

    Raises `TypeError` for the name of a folder.
    """
    if isinstance(X, Trace):
        return True
    if isinstance(X, str | os.PathLike):
        raise TypeError(
            f"Runs are given as traces or as an array, not as the name of a folder. Load them "
            f"first: load_traces({os.fspath(X)!r})."
        )
    if not isinstance(X, list | tuple | TraceSet):
        return False
    return len(X) == 0 or any(isinstance(item, Trace) for item in X)


def runs_of_traces(traces: Iterable[Trace]) -> Runs:
    """Read the healthy traces of one pipeline, oldest first."""
    chosen = sorted(traces, key=lambda t: (t.start_ns, t.run_id))
    pipelines = sorted({trace.pipeline for trace in chosen})
    if len(pipelines) > 1:
        raise BaselineError(
            f"The healthy runs belong to {len(pipelines)} pipelines: {', '.join(pipelines)}. "
            "A baseline describes one pipeline: choose the runs of one, as with "
            "traces.filter(lambda t: t.pipeline == 'name')."
        )
    require_runs(len(chosen))
    alignment = align(chosen)
    reference = slim(chosen[alignment.reference])
    matrix = as_run_matrix(chosen, reference=reference)
    labels: dict[float, str] = {}
    for trace, mapping in zip(chosen, alignment.mappings, strict=True):
        labels |= labels_of(trace, mapping)
    values = bounded(matrix.values)
    return Runs(values, matrix.cells, matrix.run_ids, pipelines[0], reference, labels)


def bounded(values: FloatArray) -> FloatArray:
    """Keep magnitudes where squares and sums do not overflow."""
    return np.asarray(np.clip(values, -_LARGEST, _LARGEST))


def require_runs(n_runs: int) -> None:
    """Raise `TooFewRunsError` for fewer than two healthy runs."""
    if n_runs < 2:
        raise TooFewRunsError(
            f"A baseline needs at least 2 healthy runs and is honest from about 20; "
            f"got {'none' if n_runs == 0 else f'n_samples = {n_runs}'}. Record more healthy "
            "runs of the pipeline and fit on all of them."
        )


def slim(trace: Trace) -> Trace:
    """Keep of a trace what alignment and order need: keys, names, calls and edges."""
    operations = tuple(
        Operation(
            op.key, op.name, scope=op.scope, occurrence=op.occurrence,
            inputs=tuple(DataRef(ref.id) for ref in op.inputs),
            outputs=tuple(DataRef(ref.id) for ref in op.outputs),
            facts={k: v for k, v in op.facts.items() if k == "call"},
        )
        for op in trace
    )  # fmt: skip
    return replace(
        trace, operations=operations, tags={}, environment={}, schemas={}, problems=(),
        history=None,
    )  # fmt: skip


def labels_of(trace: Trace, mapping: Mapping[str, str]) -> dict[float, str]:
    """Return the text behind each category of a trace, by its number; `mapping` as of `align`."""
    found: dict[float, str] = {}
    for op in trace:
        found[category_code(op.status)] = op.status
        parents = ",".join(sorted(mapping[parent] for parent in trace.parents(op.key)))
        found[category_code(parents)] = parents or "none"
        for value in op.facts.values():
            found[category_code(value)] = value
        for ref in op.outputs:
            if ref.schema is not None:
                columns = ", ".join(f"{name}: {dtype}" for name, dtype in trace.columns(ref))
                found[category_code(ref.schema)] = columns or ref.schema
    return found


def cells_of_array(X: Any, n_cells: int) -> tuple[Cell, ...]:
    """Name the columns of an array or of a data frame, as of `RunMatrix.to_frame`."""
    if isinstance(X, pd.DataFrame):
        if isinstance(X.columns, pd.MultiIndex) and X.columns.nlevels == 2:
            return tuple(Cell(str(op), str(feature)) for op, feature in X.columns)
        return tuple(Cell(str(name), "value") for name in X.columns)
    return tuple(Cell(f"x{j}", "value") for j in range(n_cells))
