"""The healthy runs behind a baseline, and how more of them come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from lineage_stats.detectors._inputs import (
    Runs,
    bounded,
    commit_of,
    days_of,
    labels_of,
    layout_of,
    slim,
)
from lineage_stats.exceptions import BaselineError
from lineage_stats.features import Cell, as_run_matrix, category_code
from lineage_stats.trace import Trace, align


def add_traces(old: Runs, traces: Iterable[Trace]) -> Runs:
    """Return `old` with further runs of the pipeline, as if all had come at once.

    A run that is known already counts once, as it is now. The operations are those of the most
    frequent layout of all runs; where another layout becomes the most frequent one, the old runs
    are renamed.
    """
    chosen = sorted(traces, key=lambda t: (t.start_ns, t.run_id))
    for trace in chosen:
        if trace.pipeline != old.pipeline:
            raise BaselineError(
                f"Run {trace.run_id} is one of pipeline '{trace.pipeline}', the baseline one of "
                f"'{old.pipeline}'. Give each pipeline a detector of its own."
            )
    assert old.reference is not None  # a detector fitted on arrays does not get here
    old = without_runs(old, {trace.run_id for trace in chosen})
    reference = _reference(old, chosen)
    old = _under(old, reference)
    mappings = align([reference, *chosen], reference=0).mappings[1:]
    matrix = as_run_matrix(chosen, reference=reference)
    labels = dict(old.labels)
    for trace, mapping in zip(chosen, mappings, strict=True):
        labels |= labels_of(trace, mapping)
    new = Runs(
        bounded(matrix.values), matrix.cells, matrix.run_ids, old.pipeline, reference, labels,
        times=days_of(chosen), commits=tuple(map(commit_of, chosen)),
        layouts=tuple(map(layout_of, chosen)),
    )  # fmt: skip
    joined = _joined(old, new)
    order = sorted(range(len(joined.run_ids)), key=lambda i: (joined.times[i], joined.run_ids[i]))
    return joined.take(np.array(order, dtype=np.int64))


def add_rows(old: Runs, new: Runs) -> Runs:
    """Return the same for rows of an array; they are numbered on."""
    first = 1 + max(map(int, old.run_ids), default=-1)
    ids = tuple(str(first + i) for i in range(len(new.run_ids)))
    return _joined(old, replace(new, run_ids=ids))


def without_runs(runs: Runs, run_ids: Iterable[str]) -> Runs:
    """Return all runs but some."""
    dropped = set(run_ids)
    return runs.take(np.array([run_id not in dropped for run_id in runs.run_ids], dtype=bool))


def _reference(old: Runs, new: list[Trace]) -> Trace:
    """Return the run whose operations are most frequent, the latest of those, as `align` does."""
    assert old.reference is not None
    frequency = Counter([*old.layouts, *map(layout_of, new)])
    candidates = [old.reference, *new]
    best = max(range(len(candidates)), key=lambda i: (frequency[layout_of(candidates[i])], i))
    return slim(candidates[best])


def _under(old: Runs, reference: Trace) -> Runs:
    """Return runs under the operation keys of another reference."""
    assert old.reference is not None
    if reference.keys == old.reference.keys:
        return replace(old, reference=reference)
    names = dict(align([reference, old.reference], reference=0).mappings[1])
    cells = tuple(Cell(names.get(c.operation, c.operation), c.feature) for c in old.cells)
    parents = [j for j, cell in enumerate(cells) if cell.feature == "parents"]
    values, labels = old.values.copy(), dict(old.labels)
    for code in np.unique(values[:, parents][np.isfinite(values[:, parents])]).tolist():
        text = _renamed(old.labels.get(code, ""), names)
        labels[category_code(text)] = text or "none"
        place = values[:, parents]
        place[place == code] = category_code(text)
        values[:, parents] = place
    return replace(old, values=values, cells=cells, reference=reference, labels=labels)


def _renamed(text: str, names: Mapping[str, str]) -> str:
    keys = [] if text in ("", "none") else text.split(",")
    return ",".join(sorted(names.get(key, key) for key in keys))


def _joined(old: Runs, new: Runs) -> Runs:
    """Return the rows of both, with the cells of both; an operation that was not there is 0."""
    cells = tuple(dict.fromkeys((*old.cells, *new.cells)))
    place = {cell: j for j, cell in enumerate(cells)}
    values = np.full((len(old.values) + len(new.values), len(cells)), np.nan)
    values[: len(old.values), [place[cell] for cell in old.cells]] = old.values
    values[len(old.values) :, [place[cell] for cell in new.cells]] = new.values
    present = [j for j, cell in enumerate(cells) if cell.kind == "presence"]
    values[:, present] = np.nan_to_num(values[:, present])
    return replace(
        new, values=values, cells=cells, run_ids=old.run_ids + new.run_ids,
        labels={**old.labels, **new.labels}, times=np.concatenate([old.times, new.times]),
        commits=old.commits + new.commits, layouts=old.layouts + new.layouts,
    )  # fmt: skip
