"""The benchmark scripts run with --quick, and their CSV is sane."""

import csv
import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

PAPER = Path(__file__).parents[2] / "paper"
VERSIONS = ("commit", "python", "lineage-stats", "autolineage", "pandas", "scikit-learn", "numpy")


def has_autolineage():
    try:
        importlib.metadata.version("autolineage")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def run_quick(script, folder):
    path = folder / "out.csv"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LINEAGE_STATS_")}
    done = subprocess.run(
        [sys.executable, str(PAPER / script), "--quick", "--out", str(path)],
        capture_output=True, text=True, check=False, cwd=folder, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file)), done.stdout


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    return run_quick("fault_injection.py", tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
def overhead(tmp_path_factory):
    return run_quick("overhead.py", tmp_path_factory.mktemp("overhead"))


@pytest.mark.slow
@pytest.mark.xdist_group("faults")
def test_rates_of_the_faults_are_rates_with_intervals_around_them(faults):
    rows, _ = faults
    assert {row["pipeline"] for row in rows} == {"all", "digits", "diabetes", "tumours"}
    for row in rows:
        low, rate, high = (float(row[name]) for name in ("low", "rate", "high"))
        assert 0 <= low <= high <= 1
        assert 0 <= int(row["k"]) <= int(row["n"])
        assert rate == pytest.approx(int(row["k"]) / int(row["n"]), abs=1e-4)
        assert low - 0.06 <= rate <= high + 0.06  # three baselines a run: k is rounded


@pytest.mark.slow
@pytest.mark.xdist_group("faults")
def test_every_method_is_measured_on_the_same_runs(faults):
    rows, table = faults
    pooled = [row for row in rows if row["pipeline"] == row["family"] == "all"]
    methods = {row["method"] for row in pooled}
    assert {"RobustMADDetector", "attribution", "control: metric 3 sd"} <= methods
    assert any(name.startswith("AutoLineage") for name in methods) == has_autolineage()
    for measure in ("false alarms", "recall", "recall, harmful", "hit@1, harmful"):
        assert len({row["runs"] for row in pooled if row["measure"] == measure}) == 1
    assert all(name in table for name in methods)


@pytest.mark.slow
@pytest.mark.xdist_group("faults")
def test_planted_faults_are_noticed_and_named(faults):
    rows, _ = faults

    def rate(method, measure):
        found = [
            float(row["rate"])
            for row in rows
            if row["pipeline"] == row["family"] == row["kind"] == "all"
            and (row["method"], row["measure"]) == (method, measure)
        ]
        assert len(found) == 1
        return found[0]

    assert rate("RobustMADDetector", "recall, harmful") > 0.8
    assert rate("attribution", "hit@3, harmful") > 0.5
    assert rate("attribution", "hit@1, harmful") > rate("control: largest |z|", "hit@1, harmful")


@pytest.mark.slow
def test_healthy_days_are_judged_once_each(tmp_path):
    rows, shown = run_quick("healthy_days.py", tmp_path)
    assert [row["pipeline"] for row in rows] == ["parcels", "all", "not developed on"]
    for row in rows:
        assert 0 <= int(row["flagged"]) <= int(row["runs"]) == 35
        assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
    assert f"{rows[0]['flagged']} of 35" in shown


def test_metrics_that_wander_have_rates_of_their_days(tmp_path):
    rows, shown = run_quick("wandering_metrics.py", tmp_path)
    assert [row["what"] for row in rows] == [
        "day after", "days 2-7", "days 8-14", "power",
    ] * 2  # fmt: skip
    assert [int(row["n"]) for row in rows] == [3, 18, 21, 3] * 2
    for row in rows:
        assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
    assert "window of 7 days" in shown


@pytest.mark.slow
@pytest.mark.xdist_group("overhead")
def test_overhead_is_measured_for_each_tool_against_none(overhead):
    rows, table = overhead
    tools = {"none", "shape", "profile"} | ({"autolineage"} if has_autolineage() else set())
    cells = {(row["group"], row["benchmark"]) for row in rows}
    assert len([cell for cell in cells if cell[0] == "operations"]) >= 15
    groups = {group for group, _ in cells}
    assert groups >= {"operations", "written", "pipeline", "memory", "long_loop", "import"}
    assert groups >= {"call, new place", "call, known place"}
    for cell in cells:
        found = {r["tool"]: r for r in rows if (r["group"], r["benchmark"]) == cell}
        assert set(found) == (tools - {"autolineage"} if cell[0].startswith("call") else tools)
        assert all(float(row["median"]) >= 0 for row in found.values())
        assert float(found["none"]["extra"]) == 0
    assert "median over operations, profile" in table
    assert "median over call, known place, shape" in table


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("faults", marks=[pytest.mark.slow, pytest.mark.xdist_group("faults")]),
        pytest.param("overhead", marks=[pytest.mark.slow, pytest.mark.xdist_group("overhead")]),
    ],
)
def test_figures_say_what_they_were_measured_with(name, request):
    rows, _ = request.getfixturevalue(name)
    assert {row["lineage-stats"] for row in rows} == {importlib.metadata.version("lineage-stats")}
    assert all(set(VERSIONS) <= set(row) for row in rows)
    assert name != "faults" or {row["n_fit"] for row in rows} == {"20"}
