"""Runs that lie on Spark, summed up by its workers: partial sums, brought together cell by cell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lineage_stats.detectors._learning import RECENT
from lineage_stats.detectors._spark import answers_of, source_of
from lineage_stats.detectors._summing import Make, Summed, latest_runs, sum_up
from lineage_stats.features._cell_sums import SUMS_COLUMNS, sums_schema
from lineage_stats.storage._spark import OutlinedReader
from lineage_stats.storage._stored import Problem
from lineage_stats.trace import Trace

if TYPE_CHECKING:
    import pyarrow as pa

_DDL: Final = ", ".join(
    f"{name} {'bigint' if kind == 'int64' else kind}" for name, kind in SUMS_COLUMNS.items()
)


def latest_runs_on_spark(X: Any) -> list[list[Trace]]:
    """Return what the workers find to be the latest runs, each of those that it reads."""
    return answers_of(source_of(X, RECENT), latest_runs)


def sum_up_on_spark(X: Any, make: Make) -> Summed:
    """Return what `sum_up` makes of the runs that `X` tells of."""
    source = source_of(X)
    sums = source.frame.mapInArrow(partial(_sum_task, source.read_outlined, make), _DDL)
    by_cell = sums.repartition("operation", "feature")
    rows = by_cell.mapInArrow(partial(_merge_task, make), _DDL).collect()
    return _together(make, (row.asDict() for row in rows))


def _sum_task(
    read: OutlinedReader, make: Make, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    from lineage_stats.storage._outlines import Outlines

    outlines = Outlines()
    yield _to_batch(sum_up(make, (run for batch in batches for run in read(batch, outlines))))


def _merge_task(make: Make, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield _to_batch(_together(make, (row for batch in batches for row in batch.to_pylist())))


def _to_batch(found: Summed) -> pa.RecordBatch:
    """Return a row for each cell, and one without a cell for what is known of runs."""
    import pyarrow as pa

    about = {
        "n_runs": found.summary.n_runs, "pipelines": sorted(found.pipelines),
        "problems": list(found.problems),
    }  # fmt: skip
    head = dict.fromkeys(SUMS_COLUMNS) | {"feature": json.dumps(about)}
    rows = [head, *found.summary.to_table().to_pylist()]
    return pa.RecordBatch.from_pylist(rows, schema=sums_schema())


def _together(make: Make, rows: Iterable[dict[str, Any]]) -> Summed:
    found = Summed(make())
    for row in rows:
        if row["operation"] is not None:
            found.summary.add_rows([row])
            continue
        about = json.loads(row["feature"])
        found.summary.n_runs += about["n_runs"]
        found.pipelines |= set(about["pipelines"])
        found.problems |= {Problem(*problem): None for problem in about["problems"]}
    return found
