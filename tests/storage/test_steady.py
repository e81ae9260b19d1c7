"""What is there all the time is seen, whatever others do to the files meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage_stats import TraceStore, load_traces
from lineage_stats.storage import _packs, _store, _stored, stream_traces
from lineage_stats.storage._layout import pack_files
from lineage_stats.storage._steady import ATTEMPTS, steady
from tests.strategies import make_trace, make_traces


def test_a_quiet_folder_is_looked_at_once(store):
    store.write(make_trace(0))
    looks = []
    assert steady(lambda: looks.append(1) or len(looks), store.path) == 1


def test_one_in_which_files_come_and_go_is_looked_at_again(tmp_path):
    def look():
        looks.append(1)
        if len(looks) < 4:
            (tmp_path / f"{len(looks)}.parquet").touch()
        return len(looks)

    looks = []
    assert steady(look, tmp_path) == 4


def test_one_that_never_rests_is_given_up(tmp_path):
    looks = []
    steady(lambda: (tmp_path / str(looks.append(1) or len(looks))).touch(), tmp_path)
    assert len(looks) == ATTEMPTS


def test_hidden_files_and_other_pipelines_do_not_matter(tmp_path):
    def look():
        looks.append(1)
        (tmp_path / f".{len(looks)}").touch()
        (tmp_path / "other" / str(len(looks))).touch()

    looks = []
    (tmp_path / "other").mkdir()
    (tmp_path / "churn").mkdir()
    steady(look, tmp_path, "churn")
    assert len(looks) == 1


READERS = {
    "load_traces": lambda path: len(load_traces(path)),
    "stream_traces": lambda path: len(list(stream_traces(path))),
    "the newest": lambda path: len(list(_stored.iter_stored(path, newest=7))),
    "the store": lambda path: sum(
        TraceStore(path).get(make_trace(i).run_id) is not None for i in range(7)
    ),
}


@pytest.mark.parametrize("count", READERS.values(), ids=READERS)
def test_runs_that_are_packed_between_two_looks_are_read(store, monkeypatch, count):
    for trace in make_traces(4):
        store.write(trace)
    store.compact()
    for i in range(4, 7):
        store.write(make_trace(i))

    def merge_after(path: Path, pipeline: str | None = None) -> list[Path]:
        found = pack_files(path, pipeline)
        if not begun:
            begun.append(True)
            merged.append(store.compact())
        return found

    begun, merged = [], []
    for module in (_packs, _stored, _store):
        monkeypatch.setattr(module, "pack_files", merge_after)
    assert count(store.path) == 7
    assert merged[0].n_runs == 3
