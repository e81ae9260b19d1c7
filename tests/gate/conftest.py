"""Runs of small programs with planted leaks, and verdicts to write."""

from __future__ import annotations

import pytest

import lineage_stats
from lineage_stats.gate import CheckedRun, CheckResult, Finding
from lineage_stats.trace import Trace

FINDINGS = (
    Finding("metric-drop", "f1 fell.", "churn", "r1", "error", "f/merge#1", "src/a b.py", 12, "f1"),
    Finding("anomalous-operation", "It is odd.", "churn", "r1", "error", "f/fit#1", "x.py", 3, "m"),
    Finding("commit-clean", "Files <differ> & more.", "churn", "r1", "note"),
    Finding(
        "run-complete", "50 % lost\nin two lines", "churn", "r2", "warning", "f/a#1", "/x/y.py"
    ),
)


@pytest.fixture
def result():
    """A verdict with findings of all levels in one of two runs, and one in the other."""
    first = Trace("r1", "churn", start_ns=10**18, end_ns=10**18 + 10**9)
    second = Trace("r2", "churn", start_ns=2 * 10**18)
    return CheckResult((CheckedRun(first, FINDINGS[:3]), CheckedRun(second, FINDINGS[3:])))


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Record a function as a run."""
    monkeypatch.chdir(tmp_path)

    def record(function):
        with lineage_stats.record("leaks", directory=tmp_path / "runs") as run:
            function()
        return run.trace()

    return record
