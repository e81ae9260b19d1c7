"""The suites of pandas and scikit-learn end alike with and without recording."""

import csv
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pytest

# What they share takes a while to make.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("upstream suites")]

PAPER = Path(__file__).parents[2] / "paper"
sys.path.insert(0, str(PAPER))
try:
    import upstream_plugin
    import upstream_suites
finally:
    sys.path.remove(str(PAPER))


def outcomes(**by_test):
    return upstream_suites.Outcomes(by_test, {}, 0.0)


def test_tests_that_end_differently_or_are_in_one_run_only_differ():
    bare = outcomes(a="passed", b="failed", c="skipped")
    assert bare.differing(outcomes(a="passed", b="failed", c="skipped")) == set()
    assert bare.differing(outcomes(a="passed", b="passed", d="skipped")) == {"b", "c", "d"}


def test_a_part_keeps_its_row_until_it_runs_again(tmp_path):
    path = tmp_path / "out.csv"
    row = {"library": "pandas", "part": "frame", "features": "profile", "tests": 1}
    for changed in ({}, {"part": "apply"}, {"tests": 2}):
        upstream_suites.write(row | changed, path)
    with path.open(newline="", encoding="utf-8") as file:
        assert [(r["part"], r["tests"]) for r in csv.DictReader(file)] == [
            ("apply", "1"),
            ("frame", "2"),
        ]


def test_it_goes_on_with_what_has_no_row_of_these_versions(tmp_path):
    path = tmp_path / "out.csv"
    assert upstream_suites.finished(path) == set()
    row = {"library": "pandas", "part": "frame", "features": "full", "different": 0}
    upstream_suites.write(row, path)
    upstream_suites.write(row | {"part": "series", "different": 1}, path)
    assert upstream_suites.finished(path) == {("pandas", "frame", "full")}
    older = path.read_text(encoding="utf-8").replace(pd.__version__, "1.0.0")
    path.write_text(older, encoding="utf-8")
    assert upstream_suites.finished(path) == set()


def test_the_pieces_of_a_part_are_the_whole_of_it(monkeypatch):
    pieces, config = [], Mock()
    for piece in ("1/3", "2/3", "3/3"):
        monkeypatch.setenv("UPSTREAM_PIECE", piece)
        pieces.append(list(range(10)))
        upstream_plugin.pytest_collection_modifyitems(config, pieces[-1])
        (left,) = [call.kwargs["items"] for call in config.hook.pytest_deselected.mock_calls]
        assert sorted(pieces[-1] + left) == list(range(10))
        config.reset_mock()
    assert pieces == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suites")
    done = subprocess.run(
        [sys.executable, str(PAPER / "upstream_suites.py"), "--quick", "--out", "out.csv"],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_no_test_ends_in_another_way_when_it_is_recorded(quick):
    assert {row["library"] for row in quick} == {"pandas", "sklearn"}
    for row in quick:
        assert int(row["tests"]) == int(row["passed"]) + sum(
            int(row[name]) for name in ("failed", "skipped", "xfailed", "error")
        )
        assert int(row["passed"]) > 50
        assert int(row["operations"]) > 50
        assert row["different"] == "0"


def test_recording_left_nothing_out(quick):
    assert {row["problems"] for row in quick} == {"0"}
