"""The script that measures fits on folders makes folders that hold what it says."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import local_fit
import pytest

from lineage_stats import load_traces
from lineage_stats.storage import _pack


@pytest.fixture
def packs(tmp_path: Path) -> list[local_fit.pa.Table]:
    return local_fit.base_packs(tmp_path / "base", 2, 4)


def test_a_folder_holds_other_runs_than_those_it_was_made_of(
    packs: list[local_fit.pa.Table], tmp_path: Path
) -> None:
    n_runs = local_fit.fill(tmp_path / "runs", packs, 160, links=False)
    runs = load_traces(tmp_path / "runs")
    assert [run.run_id for run in runs] == [f"r{i}" for i in range(n_runs)]
    assert {b.start_ns - a.start_ns for a, b in pairwise(runs)} == {60 * 10**9}
    assert 160 <= sum(map(len, runs)) < 220
    assert runs[8].operations == runs[0].operations


def test_older_packs_are_links_that_are_not_opened(
    packs: list[local_fit.pa.Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ParquetFile", "read_schema"):
        monkeypatch.setattr(_pack.pq, name, getattr(_pack.pq, name))  # to be put back
    folder = tmp_path / "runs"
    n_runs = local_fit.fill(folder, packs, 1000, links=True)
    files = sorted(folder.iterdir())
    assert len({file.stat().st_ino for file in files}) < len(files) / 2
    found = local_fit.measure("all", folder, 5)
    assert (found["runs_read"], found["packs"]) == (5, 2)
    assert n_runs > 50
