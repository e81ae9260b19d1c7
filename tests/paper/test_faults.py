"""Every fault can be planted, and its true line is the line that changed."""

import ast
import math
import runpy
import sys
from pathlib import Path

import pytest

PAPER = Path(__file__).parents[2] / "paper"
sys.path.insert(0, str(PAPER))
try:
    import days
    import faults
    import jobs
    import judge
finally:
    sys.path.remove(str(PAPER))


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda f: f"{f.pipeline}-{f.family}-{f.kind}")
def test_a_fault_leaves_all_lines_where_they_were_and_changes_its_own(fault):
    source = (PAPER / "pipelines" / f"{fault.pipeline}.py").read_text(encoding="utf-8")
    broken = fault.apply(source)
    ast.parse(broken)
    before, after = source.splitlines(), broken.splitlines()
    assert len(before) == len(after)
    changed = {i for i, (a, b) in enumerate(zip(before, after, strict=True), 1) if a != b}
    assert changed <= fault.lines(source)
    assert bool(changed) == (fault.family == "code")
    assert fault.lines(source)


def test_there_are_three_families_and_more_than_ten_kinds():
    assert {fault.family for fault in faults.FAULTS} == {"code", "config", "data"}
    for pipeline in jobs.PIPELINES:
        kinds = {(f.family, f.kind) for f in faults.FAULTS if f.pipeline == pipeline}
        assert len(kinds) >= 17


@pytest.mark.parametrize("pipeline", jobs.PIPELINES)
def test_a_pipeline_runs_on_a_day_of_its_own_and_gives_the_same_metric_again(pipeline, tmp_path):
    script = runpy.run_path(str(PAPER / "pipelines" / f"{pipeline}.py"))
    metrics = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        days.write_day(pipeline, folder, seed=1)
        metrics.append(script["main"](folder))
    assert metrics[0] == metrics[1]
    assert math.isfinite(metrics[0])


def test_the_short_form_leaves_alone_what_is_held_out():
    assert set(jobs.QUICK.pipelines).isdisjoint(days.HELD_OUT)
    assert set(jobs.FULL.pipelines) == set(days.CONFIG)


def test_no_two_runs_share_a_seed(tmp_path):
    found = jobs.prepare(tmp_path, "diabetes", jobs.QUICK)
    assert len({job.seed for job in found}) == len(found)
    assert [job.role for job in found[: jobs.QUICK.n_fit]] == [jobs.FIT] * jobs.QUICK.n_fit


@pytest.mark.parametrize(
    ("lines", "place"), [([7], 1), ([3, 3, 7], 2), ([None, 3, 5, 7], 3), ([3], None), ([], None)]
)
def test_place_counts_distinct_lines(lines, place):
    assert judge.place_of([6, 7], lines) == place
