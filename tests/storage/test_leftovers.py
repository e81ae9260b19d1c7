"""Parts that outlive their run come to rest in its file, and nothing is lost on the way."""

from __future__ import annotations

import json
import os

import pytest

from lineage_stats.storage._leftovers import merge_leftovers
from lineage_stats.storage._process import this_process
from lineage_stats.trace import DataRef, Operation

RUN = {"run_id": "r", "pipeline": "p", "start_ns": 10**18}
LATER = {"run_id": "later", "pipeline": "p", "start_ns": 2 * 10**18}
END = {"status": "ok", "end_ns": 3 * 10**18, "complete": True}


def commit(store, run=RUN):
    journal = store.begin(run)
    journal.finish(END)
    return store.commit(journal)


def write_part(store, name, *, ended=True):
    """Write a part with one operation that made ``d1`` and one that read it."""
    part = store.begin_part({**RUN, "repeats": 5, "forked_ns": 0}, lambda start: (start,))
    data = (DataRef("d1", rows=1),)
    part.operation(Operation(f"{name}/a#1", "a", "source", name, 1, outputs=data, start_ns=5))
    part.operation(Operation(f"{name}/b#1", "b", "sink", name, 1, inputs=data, start_ns=6))
    part.flush()
    if ended:
        part.finish({"problems": [], "n_untracked": 0})
    return part


def endings(store):
    return sorted(p.name.partition("-")[2] for p in store.path.rglob("*") if p.is_file())


def keys(store):
    (trace,) = [trace for trace in store.load() if trace.run_id == "r"]
    for name in ("f", "g"):
        if f"{name}/b#1" in trace.keys:
            assert trace.parents(f"{name}/b#1") == (f"{name}/a#1",)
    return sorted(trace.keys)


def test_the_next_run_takes_up_what_the_one_before_left(store):
    journal = store.begin(RUN)
    write_part(store, "f")
    part = write_part(store, "g", ended=False)
    journal.finish(END)
    store.commit(journal)
    assert keys(store) == ["f/a#1", "f/b#1", "g/a#1", "g/b#1"]
    assert endings(store)[0].endswith(".part")
    part.finish({"problems": [], "n_untracked": 0})
    commit(store, LATER)
    assert endings(store) == ["later.parquet", "r.parquet"]
    assert keys(store) == ["f/a#1", "f/b#1", "g/a#1", "g/b#1"]


def test_of_a_process_that_is_at_work_nothing_is_taken_up(store):
    commit(store)
    part = write_part(store, "f", ended=False)
    assert merge_leftovers(store.path / "p") == 0
    part.finish({"problems": [], "n_untracked": 0})
    assert merge_leftovers(store.path / "p") == 1
    assert merge_leftovers(store.path / "p") == 0
    assert keys(store) == ["f/a#1", "f/b#1"]


def test_a_finished_journal_becomes_a_file_once_its_process_is_gone(store):
    journal = store.begin(RUN)
    journal.finish(END)
    write_part(store, "f")
    assert merge_leftovers(store.path / "p") == 0
    lines = journal.path.read_text().splitlines(keepends=True)
    first = json.loads(lines[0])
    first["process"]["started"] = "1"
    journal.path.write_text("".join([json.dumps(first) + "\n", *lines[1:]]))
    assert merge_leftovers(store.path / "p") == 1
    assert endings(store) == ["r.parquet"]
    assert keys(store) == ["f/a#1", "f/b#1"]


def test_parts_of_a_run_that_goes_on_or_is_gone_stay(store):
    store.begin(RUN)
    write_part(store, "f")
    assert merge_leftovers(store.path / "p") == 0
    (store.path / "p" / "20010909T014640.000000Z-r.journal").unlink()
    assert merge_leftovers(store.path / "p") == 0
    assert len(endings(store)) == 1


def test_while_another_process_is_at_it_nothing_is_done(store):
    path = commit(store)
    write_part(store, "f")
    lock = path.with_name(f".{path.stem}.lock")
    lock.write_text(json.dumps(this_process()))
    assert merge_leftovers(path.parent) == 0
    assert keys(store) == ["f/a#1", "f/b#1"]
    lock.write_text(json.dumps({**this_process(), "started": "1", "pid": "2000000000"}))
    assert merge_leftovers(path.parent) == 0
    assert not lock.exists()
    assert merge_leftovers(path.parent) == 1


def test_a_lock_that_names_nobody_is_nobodys_after_a_while(store):
    path = commit(store)
    write_part(store, "f")
    lock = path.with_name(f".{path.stem}.lock")
    lock.touch()
    assert merge_leftovers(path.parent) == 0
    assert lock.exists()
    os.utime(lock, (1, 1))
    assert merge_leftovers(path.parent) == 0
    assert merge_leftovers(path.parent) == 1


@pytest.mark.parametrize("error", [OSError("disk full"), RuntimeError("mine")])
def test_where_writing_fails_the_parts_stay(store, monkeypatch, error):
    from lineage_stats.storage import _parquet

    path = commit(store)
    write_part(store, "f")

    def fail(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(_parquet, "write_parquet", fail)
        if isinstance(error, OSError):
            assert merge_leftovers(path.parent) == 0
        else:
            with pytest.raises(RuntimeError):
                merge_leftovers(path.parent)
    assert keys(store) == ["f/a#1", "f/b#1"]
    assert merge_leftovers(path.parent) == 1
