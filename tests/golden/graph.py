"""The graph of the golden pipeline as plain data: what the golden file holds."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import lineage_stats
from lineage_stats.trace import Trace

FILE = Path(__file__).parent / "pipeline_25.json"


def record_pipeline() -> Trace:
    """Run the pipeline once, recorded."""
    source = Path(__file__).parent / "pipeline_25.py"
    names: dict[str, Any] = {"__name__": "pipeline_25"}
    exec(compile(source.read_text(), str(source), "exec"), names)
    with tempfile.TemporaryDirectory() as folder:
        names["write_inputs"](Path(folder))
        with lineage_stats.record("golden", directory=Path(folder) / "store") as run:
            names["main"](Path(folder))
        return run.trace()


def graph_of(trace: Trace) -> list[dict[str, Any]]:
    """Return key, kind, parents and rows of every operation."""
    return [
        {
            "key": op.key,
            "kind": op.kind,
            "parents": list(trace.parents(op.key)),
            "rows_in": [ref.rows for ref in op.inputs],
            "rows_out": [ref.rows for ref in op.outputs],
        }
        for op in trace
    ]
