"""Files that are read again."""

import pytest

from lineage_stats.attribution._files import DIGEST, files_read
from lineage_stats.trace import Operation, Trace

KEYS = {"load#1": "load#1"}


def runs(*digests):
    return [
        Trace(f"r{i}", "p", (Operation("load#1", "load", "source", facts={DIGEST: d}),), start_ns=i)
        for i, d in enumerate(digests)
    ]


def read(traces):
    return files_read(traces, [KEYS] * len(traces))["load#1"]


def test_a_new_file_is_not_stale_and_an_old_one_is_told_with_its_latest_run():
    files = read(runs("a", "b", "c", "b"))
    assert files.staleness("another") == 0.0
    assert files.staleness(None) == 0.0
    assert files.staleness("b") == pytest.approx(2 / 3)
    assert files.again("b") == "r3"
    assert files.again("another") is None


def test_a_file_that_never_changes_is_never_stale():
    files = read(runs("a", "a", "a"))
    assert files.staleness("a") == 0.0
    assert files.again("a") is None


def test_the_order_of_runs_does_not_matter():
    traces = runs("a", "b", "c", "b")
    assert read(traces[::-1]).again("b") == read(traces).again("b") == "r3"


def test_a_file_of_half_the_runs_is_not_told():
    files = read(runs("a", "b", "b"))
    assert files.staleness("b") == 0.5
    assert files.again("b") is None


def test_one_run_tells_nothing_and_operations_without_files_are_left_out():
    assert read(runs("a")).staleness("a") == 0.0
    bare = Trace("r", "p", (Operation("load#1", "load", "source"),), start_ns=0)
    assert files_read([bare], [KEYS]) == {}
