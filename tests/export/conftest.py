"""A run that was recorded for real, with what was found out about it."""

from __future__ import annotations

import pytest

import lineage_stats
from lineage_stats.attribution import attribute_root_cause
from lineage_stats.detectors import RobustMADDetector
from lineage_stats.export import RunResult
from tests.strategies import MERGE, METRIC, InjectedFault, make_trace


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """A run that reads a file, drops and makes columns, and writes a file."""
    import pandas as pd

    folder = tmp_path_factory.mktemp("export")
    table = pd.DataFrame({"a": [1.0, None, 3.0, 4.0], "b": ["x", "y", "x", "y"]})
    table.to_csv(folder / "in.csv", index=False)
    with lineage_stats.record("daily", directory=folder / "runs", features="full") as run:
        kept = pd.read_csv(folder / "in.csv").dropna(subset=["a"])
        kept = kept.assign(c=kept["a"] * 2)
        kept[["b", "c"]].to_csv(folder / "out.csv", index=False)
        lineage_stats.log_metric("rows", len(kept), inputs=kept)
    return run.trace()


@pytest.fixture(scope="session")
def result(healthy):
    """A faulty run with its score, its attribution and a page."""
    fault = InjectedFault("rows_lost", MERGE, severity=0.4)
    trace = make_trace(42, fault=fault)
    metric = trace.operation(METRIC).metric
    return RunResult(
        trace,
        RobustMADDetector().fit(healthy).score(trace),
        attribute_root_cause(trace, metric, baseline=healthy),
        "<h1>page</h1>",
    )
