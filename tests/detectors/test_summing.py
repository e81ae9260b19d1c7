"""Runs summed up as they are read."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from lineage_stats import as_run_matrix
from lineage_stats.datasets import make_runs
from lineage_stats.detectors import ZScoreDetector, _summing
from lineage_stats.detectors._summing import Summed, latest_runs, sum_up, usual_run
from lineage_stats.features import CellSummary
from lineage_stats.storage._stored import Problem
from lineage_stats.trace import Trace


@pytest.fixture(scope="module")
def runs() -> list[Trace]:
    usual, _ = make_runs(20, random_state=0, return_traces=True)
    more, _ = make_runs(5, first=20, n_extra_operations=1, random_state=0, return_traces=True)
    return [*usual, *more]


@pytest.mark.parametrize("at_once", [1, 4, 256])
def test_batches_come_to_the_same(
    at_once: int, runs: list[Trace], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = CellSummary(reference=runs[0]).update(as_run_matrix(runs, reference=runs[0]))
    monkeypatch.setattr(_summing, "_RUNS_AT_ONCE", at_once)
    bad = Problem("x.parquet", "damaged")
    found = sum_up(partial(CellSummary, reference=runs[0]), [bad, *runs, bad])
    assert found.summary.to_table().equals(whole.to_table())
    assert (found.pipelines, list(found.problems)) == ({runs[0].pipeline}, [bad])


def test_what_readers_have_found_is_brought_together(runs: list[Trace]) -> None:
    make = partial(CellSummary, reference=runs[0])
    bad = Problem("x.parquet", "damaged")
    other = [replace(run, pipeline="other") for run in runs[4:]]
    found = sum_up(make, [*runs[:4], bad]).merge(sum_up(make, [bad, *other]))
    assert found.summary.to_table().equals(sum_up(make, runs).summary.to_table())
    assert found.pipelines == {runs[0].pipeline, "other"}
    assert list(found.problems) == [bad]
    assert isinstance(found, Summed)


@pytest.mark.filterwarnings("ignore::lineage_stats.exceptions.FewRunsWarning")
@pytest.mark.parametrize("chosen", [slice(0, 25), slice(16, 25), slice(18, 23)])
def test_the_run_that_gives_keys_is_that_of_fit(chosen: slice, runs: list[Trace]) -> None:
    parts = [latest_runs(runs[chosen][i::3]) for i in range(3)]
    assert usual_run(parts) == ZScoreDetector().fit(runs[chosen]).reference_


def test_only_the_latest_runs_give_keys(runs: list[Trace], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_summing, "RECENT", 5)
    latest = latest_runs([Problem("x", "bad"), *reversed(runs)])
    assert [run.run_id for run in latest] == [run.run_id for run in runs[20:]]
    assert usual_run([latest, latest_runs(runs[:20])]) == latest[-1]
    assert usual_run([[], []]) is None
