"""Runs measured by several readers, in any order, against the same runs measured at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.datasets import make_runs
from lineage_stats.detectors import _measuring
from lineage_stats.detectors._inputs import Runs, runs_of_traces
from lineage_stats.detectors._measuring import Measured, Order, Work, runs_of, warn_of_problems
from lineage_stats.exceptions import UnreadableTraceWarning
from lineage_stats.storage._stored import Problem
from lineage_stats.trace import Trace


def some_runs() -> list[Trace]:
    """Return runs of several layouts, some with features that others lack."""
    usual, _ = make_runs(8, random_state=0, return_traces=True)
    more, _ = make_runs(4, first=8, n_extra_operations=1, random_state=0, return_traces=True)
    runs = [*usual, *more]
    for i in (0, 3, 9):
        step = runs[i].operations[2]
        step = replace(step, features={**step.features, f"value_{i % 2}": np.inf, "huge": 1e200})
        steps = [step if op.key == step.key else op for op in runs[i]]
        runs[i] = replace(runs[i], operations=tuple(steps), tags={"baseline": "accepted"})
    return runs


RUNS = some_runs()


def same(a: Runs, b: Runs) -> None:
    assert a.values.tobytes() == b.values.tobytes()
    assert a.times.tobytes() == b.times.tobytes()
    for name in (
        "cells",
        "run_ids",
        "pipeline",
        "reference",
        "labels",
        "commits",
        "layouts",
        "accepted",
    ):
        assert getattr(a, name) == getattr(b, name)


@settings(max_examples=25, deadline=None)
@given(
    order=st.permutations(range(len(RUNS))),
    n_runs=st.integers(2, len(RUNS)),
    n_readers=st.integers(1, 4),
    rows_in_block=st.integers(1, 5),
)
def test_what_is_brought_together_does_not_depend_on_who_read_it(
    order: list[int], n_runs: int, n_readers: int, rows_in_block: int
) -> None:
    runs = [RUNS[i] for i in order[:n_runs]]

    def collect(work: Work, only: frozenset[Order]) -> list[Measured]:
        return [work(runs[i::n_readers]) for i in range(n_readers)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_measuring, "_FIRST_ROWS", 1)
        patch.setattr(_measuring, "_BLOCK_BYTES", 8 * 400 * rows_in_block)
        same(runs_of(collect), runs_of_traces(runs))
        in_time = sorted(runs, key=lambda run: run.start_ns)
        same(runs_of(collect, newest=2), runs_of_traces(in_time[-2:]))


def test_what_could_not_be_read_is_said_once() -> None:
    with pytest.warns(UnreadableTraceWarning, match="2 trace files could not be read and were"):
        warn_of_problems(Problem(name, "bad") for name in "ab")
    warn_of_problems([])
