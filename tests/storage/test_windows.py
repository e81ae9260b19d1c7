"""The time of a store in parts."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from lineage_stats import TraceStore
from lineage_stats.storage import _packs, _windows, stream_traces
from lineage_stats.storage._selection import Selection
from lineage_stats.storage._stored import iter_stored, stored_files
from lineage_stats.storage._windows import windows
from lineage_stats.trace import Operation, Trace

STEP = (Operation("f/read#1", "read"),)
SECOND = 10**9


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of six packs of three runs, and two runs that have files of their own."""
    folder = tmp_path_factory.mktemp("store")
    for i in range(20):
        # Not on a whole microsecond, as names of files have it.
        TraceStore(folder).write(Trace(f"r{i:02}", "p", STEP, start_ns=i * SECOND + 123))
        if i in (2, 5, 8, 11, 14, 17):
            TraceStore(folder).compact(runs_per_file=3)
    assert len(list(folder.rglob("*.pack"))) == 6
    return folder


def runs_in(folder: Path, selection: Selection) -> list[str]:
    found = iter_stored(folder, selection)
    return sorted(run.run_id for run in found if isinstance(run, Trace))


@pytest.mark.parametrize(("wanted", "n_parts"), [(1, 1), (2, 2), (3, 3), (4, 6), (6, 6), (9, 6)])
def test_each_run_lies_in_one_part(wanted: int, n_parts: int, store: Path) -> None:
    parts = windows(store, Selection(), wanted)
    assert len(parts) == n_parts
    found = [runs_in(store, part) for part in parts]
    assert list(chain.from_iterable(found)) == [f"r{i:02}" for i in range(20)]
    assert all(found)


@pytest.mark.parametrize("since", [None, 0, 3 * SECOND + 124, 7 * SECOND])
@pytest.mark.parametrize("until", [None, 9 * SECOND + 123, 9 * SECOND + 122, 99 * SECOND])
def test_the_parts_are_those_of_the_selected_time(
    since: int | None, until: int | None, store: Path
) -> None:
    selection = Selection(pipeline="p", since=since, until=until)
    parts = windows(store, selection, 6)
    found = [run for part in parts for run in runs_in(store, part)]
    assert found == runs_in(store, selection)
    assert {part.pipeline for part in parts} == {"p"}
    assert (parts[0].since, parts[-1].until) == (since, until)


def test_parts_are_made_where_packs_are_many(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_windows, "_PACKS_AT_ONCE", 2)
    assert len(windows(store, Selection())) == 3


def test_a_part_opens_its_own_packs_only(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    open_packs = _packs.open_packs
    monkeypatch.setattr(
        "lineage_stats.storage._stored.open_packs",
        lambda files: open_packs([opened.append(file) or file for file in files]),
    )
    parts = windows(store, Selection(), 3)
    for part in parts:
        opened.clear()
        stored_files(store, part)
        assert len(opened) == 2


def test_packs_whose_names_tell_nothing_are_in_every_part(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    for i, file in enumerate(sorted(store.rglob("*.*"))):
        name = f"old-{i}{file.suffix}" if i == 1 or file.suffix == ".parquet" else file.name
        (folder / name).write_bytes(file.read_bytes())
    parts = windows(folder, Selection(), 5)
    assert len(parts) == 5
    found = [run for part in parts for run in runs_in(folder, part)]
    assert found == [f"r{i:02}" for i in range(20)]


def test_a_file_is_one_part(store: Path) -> None:
    selection = Selection(since=5)
    assert windows(next(store.rglob("*.pack")), selection, 9) == [selection]


def test_no_run_in_the_selected_time_is_no_error_until_runs_are_read(store: Path) -> None:
    stream = stream_traces(store, since="2100-01-01")
    with pytest.raises(FileNotFoundError, match=r"No run in .* matches since='2100-01-01'"):
        list(stream)
    assert stored_files(store, replace(stream.selection, until=None)) == []
