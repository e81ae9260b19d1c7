"""A plugin for pytest that records the tests as one run, and writes down what became of each.

Load it with ``-p upstream_plugin``, so that recording begins before anything of pandas or
scikit-learn is imported. ``UPSTREAM_OUTCOMES`` is the file to write; ``UPSTREAM_TRACES`` the folder
for the trace, or nothing for no recording, in which case not even lineage_stats is imported;
``UPSTREAM_FEATURES`` says what is measured. ``UPSTREAM_PIECE`` is a piece of the tests, as "2/4".
"""

from __future__ import annotations

import json
import os
from pathlib import Path

TRACES = os.environ.get("UPSTREAM_TRACES")
outcomes: list[tuple[str, str, str]] = []
recording = None

if TRACES:
    from lineage_stats import record

    recording = record("upstream", directory=TRACES, features=os.environ["UPSTREAM_FEATURES"])
    session = recording.__enter__()


def pytest_collection_modifyitems(config, items):
    if piece := os.environ.get("UPSTREAM_PIECE"):
        first, step = map(int, piece.split("/"))
        left = [item for number, item in enumerate(items, 1 - first) if number % step]
        config.hook.pytest_deselected(items=left)
        items[:] = items[first - 1 :: step]


def pytest_runtest_logreport(report):
    outcome = report.outcome
    if hasattr(report, "wasxfail"):
        outcome = "xpassed" if report.passed else "xfailed"
    if report.when == "call" or outcome != "passed":
        if report.when != "call" and outcome == "failed":
            outcome = "error"
        outcomes.append((report.nodeid, outcome, report.longreprtext))


def pytest_collectreport(report):
    if report.outcome != "passed":
        outcomes.append((f"collection of {report.nodeid}", report.outcome, report.longreprtext))


def pytest_unconfigure():
    if recording is not None:
        if not session.recording:
            raise RuntimeError("This run is not recorded.")
        recording.__exit__(None, None, None)
    Path(os.environ["UPSTREAM_OUTCOMES"]).write_text(json.dumps(outcomes), encoding="utf-8")
