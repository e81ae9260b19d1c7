"""What differs from the last healthy run."""

from __future__ import annotations

from typing import Any

from lineage_stats.trace import Trace

Record = dict[str, Any]

MAX_CHANGES = 400


def diff_record(before: Trace | None, after: Trace) -> Record | None:
    """Return the difference between two runs as plain data.

    Parameters
    ----------
    before : Trace or None
        The last healthy run.
    after : Trace
        The run.

    Returns
    -------
    dict or None
        The ``diff`` of a report; None without a run to compare with. Changes of the program
        are all listed, of numbers the largest ones; ``n_changes`` counts them all.
    """
    from lineage_stats.features import diff_runs

    if before is None:
        return None
    record = diff_runs(before, after).to_dict()
    changes = record["changes"]
    numbers = [change for change in changes if change["size"] is not None]
    numbers.sort(key=lambda change: -change["size"])
    listed = {id(change) for change in numbers[:MAX_CHANGES]}
    others = [change for change in changes if change["size"] is None][:MAX_CHANGES]
    listed |= {id(change) for change in others}
    return {
        "before": record["before"],
        "start": before.start.isoformat(),
        "n_same": record["n_same"],
        "n_changes": len(changes),
        "changes": [change for change in changes if id(change) in listed],
    }
