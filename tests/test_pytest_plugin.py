"""Tests are recorded where that is asked for, and nothing is touched where it is not."""

from __future__ import annotations

import importlib.metadata
from xml.etree import ElementTree as ET

import pytest
from _pytest.assertion.rewrite import AssertionRewriter

import lineage_stats
from lineage_stats import load_traces

pytest_plugins = ["pytester"]

TESTS = """
import pandas as pd
import pytest

@pytest.fixture
def table():
    return pd.DataFrame({"a": [1, None, 3]})

def test_drop(table):
    assert len(table.dropna()) == 2

@pytest.mark.parametrize("n", [1, 2])
def test_head(table, n):
    assert len(table.head(n)) == n

def test_fails(table):
    assert table.dropna().empty

def test_nothing():
    pass
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run tests in a process of their own, with the plug-in whether it is installed or not."""
    for name in ("LINEAGE_STATS_STRICT", "LINEAGE_STATS_DIR"):
        monkeypatch.delenv(name, raising=False)
    known = {entry.name for entry in importlib.metadata.entry_points(group="pytest11")}
    plugin = () if "lineage" in known else ("-p", "lineage_stats.pytest_plugin")

    def call(*arguments):
        return pytester.runpytest_subprocess(*plugin, "-p", "no:cacheprovider", *arguments)

    return call


@pytest.mark.slow
def test_each_test_that_works_with_data_is_a_run(pytester, run):
    pytester.makepyfile(test_it=TESTS)
    done = run("--lineage", "--lineage-dir=runs", "-W", "error", "--junitxml=out.xml")
    done.assert_outcomes(passed=4, failed=1)
    done.stdout.fnmatch_lines(["lineage: 4 tests recorded in *runs. Check them with: *"])
    runs = {trace.pipeline: trace for trace in load_traces(pytester.path / "runs")}
    assert set(runs) == {
        "test_it.py::test_drop", "test_it.py::test_head[1]", "test_it.py::test_head[2]",
        "test_it.py::test_fails",
    }  # fmt: skip
    drop = runs["test_it.py::test_drop"]
    # What a fixture made is the test's.
    assert [op.name for op in drop] == ["DataFrame", "DataFrame.dropna"]
    assert drop.parents(drop.keys[1]) == (drop.keys[0],)
    assert [runs[f"test_it.py::test_{name}"].status for name in ("drop", "fails")] == [
        "ok", "failed",
    ]  # fmt: skip
    properties = ET.parse(pytester.path / "out.xml").findall(".//property[@name='lineage_run_id']")
    assert {p.get("value") for p in properties} == {trace.run_id for trace in runs.values()}


def test_without_the_option_nothing_is_loaded_or_patched(pytester, run):
    pytester.makepyfile(
        """
        import sys

        def test_light():
            loaded = {name for name in sys.modules if name.startswith("lineage_stats.")}
            assert loaded <= {"lineage_stats._lazy", "lineage_stats.pytest_plugin"}
            assert not {"pandas", "numpy", "pyarrow"} & set(sys.modules)
        """
    )
    run("-W", "error", "-p", "no:hypothesispytest", "-p", "no:anyio").assert_outcomes(passed=1)
    assert not (pytester.path / "lineage_traces").exists()


@pytest.mark.slow
def test_a_file_behind_the_option_is_still_a_file(pytester, run):
    pytester.makepyfile(test_one=TESTS, test_two="def test_two(): pass")
    run("--lineage", "test_two.py").assert_outcomes(passed=1)


@pytest.mark.slow
def test_workers_record_too(pytester, run):
    pytest.importorskip("xdist")
    pytester.makepyfile(test_it=TESTS)
    done = run("--lineage", "-n", "2")
    done.assert_outcomes(passed=4, failed=1)
    done.stdout.fnmatch_lines(["lineage: 4 tests recorded in *lineage_traces.*"])
    assert len(load_traces(pytester.path / "lineage_traces")) == 4


@pytest.mark.slow
def test_recording_that_is_switched_off_stays_off(pytester, run, monkeypatch):
    monkeypatch.setenv("LINEAGE_STATS_DISABLED", "1")
    pytester.makepyfile(test_it=TESTS)
    done = run("--lineage")
    done.assert_outcomes(passed=4, failed=1)
    assert not (pytester.path / "lineage_traces").exists()


def test_pytest_may_be_recorded_as_a_whole_without_a_warning():
    """It warns of packages with plug-ins that are loaded before it, unless they tell it not to."""
    assert AssertionRewriter.is_rewrite_disabled(lineage_stats.__doc__)
