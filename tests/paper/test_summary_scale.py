"""The script that sums up folders measures what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("datasketches", reason="the extra 'sketches' is not installed")

import summary_scale
from local_fit import fill
from provenance import peak_mb
from spark_fit import children_of

from lineage_stats.detectors import summarize_runs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("scale")
    packs = summary_scale.recorded_packs(work, 2, 4)
    again = summary_scale.recorded_packs(work, 2, 4)
    assert [one.num_rows for one in again] == [one.num_rows for one in packs]
    assert fill(work / "240", packs, 240, links=False) == 20
    return work / "240"


@pytest.mark.parametrize("way", ["moments", "kll", "kll, 2 processes"])
def test_what_is_measured(folder: Path, way: str) -> None:
    found = summary_scale.measured(way, folder, check=True)
    assert (found["runs"], found["values"]) == (20, 20 * 914)
    assert 50 < found["peak_mb"] < 2000
    # Sketches of so few runs hold them all.
    assert (found["worst_rank"] == 0) == (way != "moments")


def test_an_error_of_the_rank_is_seen(folder: Path) -> None:
    summary = summarize_runs(folder, quantiles="exact")
    assert summary_scale.worst_rank(summary, folder) == 0
    few = summarize_runs(folder, quantiles="kll", sketch_size=8)
    assert 0 < summary_scale.worst_rank(few, folder) < 0.5


def test_the_memory_of_children_is_found() -> None:
    command = [sys.executable, "-c", "print('x' * 9, flush=True); input()"]
    with subprocess.Popen(command, stdin=-1, stdout=-1) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in set(children_of(os.getpid()))
        assert 1 < peak_mb(child.pid) < 1000
        child.communicate(b"\n")
