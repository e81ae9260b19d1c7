"""The healthy runs behind a baseline, and how more of them come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from lineage_stats.detectors._inputs import Runs, layout_of, measured, slim
from lineage_stats.exceptions import BaselineError
from lineage_stats.features import Cell, category_code
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
    new = measured(chosen, reference, old.pipeline)
    both = joined([old, new])
    order = sorted(range(len(both.run_ids)), key=lambda i: (both.times[i], both.run_ids[i]))
    return both.take(np.array(order, dtype=np.int64))


def add_rows(old: Runs, new: Runs) -> Runs:
    """Return the same for rows of an array; they are numbered on."""
    first = 1 + max(map(int, old.run_ids), default=-1)
    ids = tuple(str(first + i) for i in range(len(new.run_ids)))
    return joined([old, replace(new, run_ids=ids)])


def without_runs(runs: Runs, run_ids: Iterable[str]) -> Runs:
    """Return all runs but some."""
    dropped = set(run_ids)
    return runs.take(np.array([run_id not in dropped for run_id in runs.run_ids], dtype=bool))


def accepted_in(runs: Runs) -> set[str]:
    """Return which runs a person called healthy."""
    return {run_id for run_id, known in zip(runs.run_ids, runs.accepted, strict=True) if known}


def with_accepted(runs: Runs, run_ids: Iterable[str]) -> Runs:
    """Return the runs, some of them called healthy by a person."""
    known = accepted_in(runs).union(run_ids)
    return replace(runs, accepted=tuple(run_id in known for run_id in runs.run_ids))


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


def joined(parts: Sequence[Runs]) -> Runs:
    """Return the rows of all parts, with the cells of all; an operation that was not there is 0.

    Pipeline and reference are those of the last part.
    """
    cells = tuple(dict.fromkeys(cell for part in parts for cell in part.cells))
    place = {cell: j for j, cell in enumerate(cells)}
    values = np.full((sum(len(part.values) for part in parts), len(cells)), np.nan)
    end = 0
    labels: dict[float, str] = {}
    for part in parts:
        begin, end = end, end + len(part.values)
        values[begin:end, [place[cell] for cell in part.cells]] = part.values
        labels |= part.labels
    present = [j for j, cell in enumerate(cells) if cell.kind == "presence"]
    values[:, present] = np.nan_to_num(values[:, present])
    return replace(
        parts[-1], values=values, cells=cells, labels=labels,
        run_ids=tuple(chain.from_iterable(part.run_ids for part in parts)),
        times=np.concatenate([part.times for part in parts]),
        commits=tuple(chain.from_iterable(part.commits for part in parts)),
        layouts=tuple(chain.from_iterable(part.layouts for part in parts)),
        accepted=tuple(chain.from_iterable(part.accepted for part in parts)),
    )  # fmt: skip
