"""What was measured at each operation, beside what healthy runs have."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from lineage_stats.report._match import OperationMatcher
from lineage_stats.trace import Trace

Record = dict[str, Any]

MAX_FEATURES = 24


def feature_records(
    trace: Trace, cells: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[int, list[Record]]]:
    """Return the features of each operation, the most abnormal ones first.

    Parameters
    ----------
    trace : Trace
        The run.
    cells : sequence of mapping
        The cells of a score as plain data; without any, what the run itself holds is listed.

    Returns
    -------
    dict of str to (int, list of dict)
        How many features there are, and the first of them, by operation key.
    """
    if not cells:
        return {op.key: _measured(op.features) for op in trace}
    matcher = OperationMatcher(trace)
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for cell in cells:
        key = matcher.key_of(cell["operation"], cell["location"])
        if key is not None:
            found[key].append(cell)
    return {key: _judged(rows) for key, rows in found.items()}


def _judged(cells: list[Mapping[str, Any]]) -> tuple[int, list[Record]]:
    cells.sort(key=lambda cell: (not cell["flagged"], -(cell["score"] or 0.0)))
    return len(cells), [
        {
            "feature": cell["feature"],
            "value": None if cell["kind"] in ("category", "presence", "notice") else cell["value"],
            "observed": cell["observed"],
            "expected": cell["expected"],
            "low": cell["lower"],
            "high": cell["upper"],
            "flagged": cell["flagged"],
        }
        for cell in cells[:MAX_FEATURES]
    ]


def _measured(features: Mapping[str, float]) -> tuple[int, list[Record]]:
    known = [(name, value) for name, value in features.items() if math.isfinite(value)]
    return len(known), [
        {
            "feature": name, "value": float(value), "observed": f"{value:.6g}", "expected": "",
            "low": None, "high": None, "flagged": False,
        }
        for name, value in known[:MAX_FEATURES]
    ]  # fmt: skip
