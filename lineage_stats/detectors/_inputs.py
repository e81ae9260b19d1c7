"""What a detector accepts, brought to one form: runs x cells."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from lineage_stats.detectors._transforms import FloatArray
from lineage_stats.exceptions import BaselineError, TooFewRunsError
from lineage_stats.features import Cell, as_run_matrix, category_code
from lineage_stats.features._matrix import status_of
from lineage_stats.storage._stream import is_stream
from lineage_stats.trace import DataRef, Operation, Trace, TraceSet, align
from lineage_stats.trace._align import latest_of_most_frequent
from lineage_stats.trace._healthy import distinct_runs

_LARGEST: Final = 1e100
_DAY_NS: Final = 86_400e9
# The tag by which a folder of runs keeps what a person said of a run.
_VERDICT: Final = "baseline"


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
    looking : tuple of tuple of str
        For each run, further ones that only look at data, see `only_looking`.
    times : ndarray of shape (n_runs,)
        Days since the epoch, NaN where not known; empty where none is.
    commits : tuple of str
        Commit of each run, ``""`` where not known; empty where none is.
    layouts : tuple of str
        Digest of the operations of each run; empty for arrays.
    accepted : tuple of bool
        Whether a person called each run healthy; empty where none did.
    """

    values: FloatArray
    cells: tuple[Cell, ...]
    run_ids: tuple[str, ...]
    pipeline: str | None = None
    reference: Trace | None = None
    labels: Mapping[float, str] = field(default_factory=dict)
    unknown: tuple[tuple[str, ...], ...] = ()
    looking: tuple[tuple[str, ...], ...] = ()
    times: FloatArray = field(default_factory=lambda: np.empty(0))
    commits: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()
    accepted: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        """Fill in what is not known of the runs."""
        n = len(self.run_ids)
        if len(self.times) != n:
            object.__setattr__(self, "times", np.full(n, np.nan))
        for name in ("commits", "layouts"):
            if len(getattr(self, name)) != n:
                object.__setattr__(self, name, ("",) * n)
        if len(self.accepted) != n:
            object.__setattr__(self, "accepted", (False,) * n)

    def take(self, rows: npt.NDArray[Any]) -> Runs:
        """Return some of the runs, by position or by a mask."""
        chosen = np.arange(len(self.run_ids))[rows].tolist()

        def of(values: Sequence[Any]) -> tuple[Any, ...]:
            return tuple(values[i] for i in chosen) if values else ()

        return replace(
            self, values=self.values[chosen], run_ids=of(self.run_ids), unknown=of(self.unknown),
            looking=of(self.looking), times=self.times[chosen], commits=of(self.commits),
            layouts=of(self.layouts), accepted=of(self.accepted),
        )  # fmt: skip


def is_traces(X: object) -> bool:
    """Return whether `X` is a trace or a collection of traces, and no array.

    Raises `TypeError` for runs that are stored.
    """
    if isinstance(X, Trace):
        return True
    if is_stream(X):
        path = str(getattr(X, "path", X))
        raise TypeError(
            "Here runs are given as traces or as an array, not as a stream or as the name of a "
            "folder, which fit and score_many take. Load them first: "
            f"load_traces({path!r})."
        )
    if not isinstance(X, list | tuple | TraceSet):
        return False
    return len(X) == 0 or any(isinstance(item, Trace) for item in X)


def runs_of_traces(traces: Iterable[Trace]) -> Runs:
    """Read the healthy traces of one pipeline, oldest first, each once."""
    chosen = sorted(distinct_runs(traces), key=lambda t: (t.start_ns, t.run_id))
    pipeline = only_pipeline({trace.pipeline for trace in chosen})
    require_runs(len(chosen))
    reference = slim(chosen[latest_of_most_frequent([trace.keys for trace in chosen])])
    return measured(chosen, reference, pipeline)


def measured(chosen: Sequence[Trace], reference: Trace, pipeline: str | None) -> Runs:
    """Return what was measured in traces, under the operation keys of a reference."""
    mappings = align([reference, *chosen], reference=0).mappings[1:]
    matrix = as_run_matrix(chosen, reference=reference)
    labels: dict[float, str] = {}
    for trace, mapping in zip(chosen, mappings, strict=True):
        labels |= labels_of(trace, mapping)
    return Runs(
        bounded(matrix.values), matrix.cells, matrix.run_ids, pipeline, reference, labels,
        times=days_of(chosen), commits=tuple(map(commit_of, chosen)),
        layouts=tuple(map(layout_of, chosen)),
        accepted=tuple(map(is_accepted, chosen)),
    )  # fmt: skip


def only_pipeline(names: Iterable[str]) -> str | None:
    """Return the one pipeline that runs are of, None of no run; refuse several."""
    pipelines = sorted(set(names))
    if len(pipelines) > 1:
        raise BaselineError(
            f"The healthy runs belong to {len(pipelines)} pipelines: {', '.join(pipelines)}. "
            "A baseline describes one pipeline: choose the runs of one, as with "
            "traces.filter(lambda t: t.pipeline == 'name')."
        )
    return pipelines[0] if pipelines else None


def days_of(traces: Sequence[Trace]) -> FloatArray:
    """Return when runs began, in days since the epoch."""
    return np.array([trace.start_ns for trace in traces], dtype=np.float64) / _DAY_NS


def commit_of(trace: Trace) -> str:
    """Return the commit that a run was made with; ``""`` if it is not known."""
    return str(trace.environment.get("git_commit", ""))


def is_accepted(trace: Trace) -> bool:
    """Return whether a person called a run healthy."""
    return trace.tags.get(_VERDICT) == "accepted"


def layout_of(trace: Trace) -> str:
    """Return a digest of the operations of a run."""
    text = "\0".join(trace.keys).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()


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
    """Keep of a trace what alignment, order and results need: keys, names, calls, edges, lines."""
    operations = tuple(
        Operation(
            op.key, op.name, scope=op.scope, occurrence=op.occurrence, file=op.file, line=op.line,
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
        status = status_of(op)
        found[category_code(status)] = status
        parents = ",".join(sorted(mapping[parent] for parent in trace.parents(op.key)))
        found[category_code(parents)] = parents or "none"
        for value in op.facts.values():
            found[category_code(value)] = value
        for ref in op.outputs:
            if ref.schema is not None:
                columns = ", ".join(f"{name}: {dtype}" for name, dtype in trace.columns(ref))
                found[category_code(ref.schema)] = columns or ref.schema
    return found


def times_of_array(X: Any, n_runs: int) -> FloatArray:
    """Return the times of a data frame that is indexed by them, in days since the epoch."""
    if isinstance(X, pd.DataFrame) and isinstance(X.index, pd.DatetimeIndex):
        stamps = X.index.tz_convert("UTC").tz_localize(None) if X.index.tz else X.index
        days = (stamps - pd.Timestamp(0)) / pd.Timedelta(days=1)
        return np.asarray(days, dtype=np.float64)
    return np.full(n_runs, np.nan)


def cells_of_array(X: Any, n_cells: int) -> tuple[Cell, ...]:
    """Name the columns of an array or of a data frame, as of `RunMatrix.to_frame`."""
    if isinstance(X, pd.DataFrame):
        if isinstance(X.columns, pd.MultiIndex) and X.columns.nlevels == 2:
            return tuple(Cell(str(op), str(feature)) for op, feature in X.columns)
        return tuple(Cell(str(name), "value") for name in X.columns)
    return tuple(Cell(f"x{j}", "value") for j in range(n_cells))
