"""TraceStore: one life of a run, many processes at once, the end of the interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.exceptions import TraceError, TraceFileError
from lineage_stats.storage import Journal, TraceStore, load_traces
from lineage_stats.trace import RUN_FIELDS, Operation, Trace
from tests.conftest import ROOT
from tests.strategies import make_trace, make_traces, names, traces

RunPython = Callable[..., subprocess.CompletedProcess[str]]


def begin(store: TraceStore, trace: Trace) -> Journal:
    """Open the journal of a run and record all of its operations."""
    run = trace.to_dict()
    journal = store.begin({k: run[k] for k in ("run_id", "pipeline", "start_ns", "tags")})
    for digest, columns in trace.schemas.items():
        journal.schema(digest, columns)
    for op in trace:
        journal.operation(op)
    return journal


def fields_of(trace: Trace) -> dict[str, Any]:
    run = trace.to_dict()
    return {name: run[name] for name, _ in RUN_FIELDS}


def finish(journal: Journal, trace: Trace) -> None:
    journal.finish(fields_of(trace))


@given(trace=traces())
def test_a_committed_journal_is_the_run_that_was_recorded(
    trace: Trace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = TraceStore(tmp_path_factory.mktemp("s"))
    journal = begin(store, trace)
    finish(journal, trace)
    path = store.commit(journal)
    assert list(path.parent.iterdir()) == [path]
    assert list(store.load()) == [trace]
    assert store.pipelines() == (trace.pipeline,)
    assert store.get(trace.run_id) == trace


@pytest.mark.slow
@given(trace=traces())
def test_a_run_that_is_finished_at_once_is_the_run_that_was_recorded(
    trace: Trace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = TraceStore(tmp_path_factory.mktemp("s"))
    path = store.finish(begin(store, trace), fields_of(trace))
    assert list(path.parent.iterdir()) == [path]
    assert list(store.load()) == [trace]


def test_a_file_is_the_same_with_and_without_a_journal_before_it(tmp_path: Path) -> None:
    trace = make_trace()
    slow, fast = TraceStore(tmp_path / "slow"), TraceStore(tmp_path / "fast")
    journal = begin(slow, trace)
    finish(journal, trace)
    one, two = slow.commit(journal), fast.finish(begin(fast, trace), fields_of(trace))
    assert one.read_bytes() == two.read_bytes()


def test_what_was_not_flushed_is_in_the_journal_where_the_file_cannot_be_written(
    store: TraceStore, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    journal = begin(store, trace)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.finish(journal, fields_of(trace))
    assert journal.finished
    assert list(store.load()) == [trace]
    monkeypatch.undo()
    store.commit(journal)
    assert list(store.load()) == [trace]


def test_an_interrupt_while_the_file_is_written_loses_nothing(
    store: TraceStore, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    journal = begin(store, trace)
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.finish(journal, fields_of(trace))
    assert list(store.load()) == [trace]


def test_a_record_that_cannot_be_written_is_left_out_and_told_of(store: TraceStore) -> None:
    trace = make_trace()
    journal = begin(store, trace)
    journal.operation(Operation("odd", "odd", facts={("not", "a name"): "x"}))  # type: ignore[dict-item]
    path = store.finish(journal, fields_of(trace))
    (found,) = load_traces(path)
    assert found.keys == trace.keys
    assert found.problems == (*trace.problems, "operation odd could not be written: TypeError")


def test_files_of_a_run(store: TraceStore, trace: Trace) -> None:
    journal = begin(store, trace)
    assert journal.path.parent == store.path / "churn"
    assert journal.path.name.startswith("20240101T0000")
    assert journal.path.name.endswith("Z-run-0-00000.journal")
    finish(journal, trace)
    assert store.commit(journal) == journal.path.with_suffix(".parquet")


def test_an_unfinished_journal_cannot_be_committed(store: TraceStore, trace: Trace) -> None:
    journal = begin(store, trace)
    with pytest.raises(TraceError, match=r"\.journal' is not finished. Call finish\(\) first\.$"):
        store.commit(journal)
    journal.close()


def test_a_commit_that_fails_leaves_the_journal_to_load(
    store: TraceStore, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = begin(store, trace)
    finish(journal, trace)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.commit(journal)
    assert list(store.load()) == [trace]
    monkeypatch.undo()
    store.commit(journal)
    assert list(store.load()) == [trace]


def test_killed_between_the_file_and_the_end_of_the_journal(
    store: TraceStore, trace: Trace
) -> None:
    journal = begin(store, trace)
    finish(journal, trace)
    data = journal.path.read_bytes()
    store.commit(journal)
    journal.path.write_bytes(data)
    assert list(store.load()) == [trace]
    assert store.get(trace.run_id) == trace


def test_a_store_that_cannot_be_written_is_an_oserror_with_the_path(
    tmp_path: Path, trace: Trace
) -> None:
    (tmp_path / "file").write_text("")
    store = TraceStore(tmp_path / "file" / "store")
    with pytest.raises(OSError, match="file/store"):
        store.begin(trace.to_dict())
    with pytest.raises(OSError, match="file/store"):
        store.write(trace)


@given(st.lists(names.filter(bool), min_size=1, max_size=4, unique=True))
def test_any_name_of_a_pipeline(pipelines: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = TraceStore(folder)
        for i, name in enumerate(pipelines):
            store.write(Trace(f"r{i}", name))
        assert store.pipelines() == tuple(sorted(pipelines))
        for name in pipelines:
            assert store.load(name).pipelines == (name,)


def test_a_very_long_name_of_a_pipeline(store: TraceStore) -> None:
    store.write(Trace("r", "long " * 100))
    assert store.pipelines() == ("long " * 100,)
    assert len(store.load("long " * 100)) == 1


def test_get(store: TraceStore) -> None:
    for run_id in ("abc", "abd", "ab", "x-y/z"):
        store.write(Trace(run_id, "p"))
    found = {run_id: store.get(run_id) for run_id in ("ab", "abc", "x-y/z", "x", "a", "", "q")}
    assert {k: None if t is None else t.run_id for k, t in found.items()} == {
        "ab": "ab", "abc": "abc", "x-y/z": "x-y/z", "x": "x-y/z", "a": None, "": None, "q": None,
    }  # fmt: skip


def test_get_gives_a_trace_with_history(store: TraceStore) -> None:
    for trace in make_traces(3):
        store.write(trace)
    trace = store.get("run-0-00001")
    assert trace is not None
    assert trace.history is not None
    assert trace.history() == make_traces(3)


def test_get_of_a_broken_file_says_so(store: TraceStore) -> None:
    store.write(make_trace(0)).write_bytes(b"torn")
    with pytest.raises(TraceFileError, match="is not a readable trace"):
        store.get("run-0-00000")


def test_a_store_that_does_not_exist_yet(store: TraceStore) -> None:
    assert store.pipelines() == ()
    assert store.get("x") is None
    assert not store.path.exists()
    assert repr(store) == f"<TraceStore {store.path}>"


WRITER = """
import sys
from lineage_stats.storage import TraceStore
from lineage_stats.trace import DataRef, Operation
store, me = TraceStore("store"), sys.argv[1]
sys.stdin.readline()
for i in range(5):
    run_id = f"{me}-{i}"
    journal = store.begin({"run_id": run_id, "pipeline": "p", "start_ns": 10**18})
    for k in range(3):
        journal.operation(Operation(f"k{k}", "n", start_ns=k, facts={"by": run_id}))
        journal.flush()
    journal.finish({"status": "ok", "end_ns": 10**18 + 1})
    store.commit(journal)
"""


def test_eight_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(i)], cwd=tmp_path, env=env, stdin=subprocess.PIPE
        )
        for i in range(8)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.close()
    assert [process.wait(60) for process in processes] == [0] * 8
    runs = load_traces(tmp_path / "store")
    assert {t.run_id for t in runs} == {f"{i}-{j}" for i in range(8) for j in range(5)}
    assert all(t.complete and len(t) == 3 for t in runs)
    assert all(op.facts["by"] == t.run_id for t in runs for op in t)
    assert runs.problems == {}
    assert len(list((tmp_path / "store" / "p").iterdir())) == 40


AT_EXIT = """
import atexit, sys, threading, time
from lineage_stats.storage import TraceStore
from lineage_stats.trace import DataRef, Operation
store = TraceStore("store")
journal = store.begin({"run_id": "r", "pipeline": "p", "start_ns": 10**18})
table = DataRef("d", "table", 3, None, "s")
op = Operation("k", "n", outputs=(table,), features={"x": float("nan")}, facts={"call": "c"})
journal.operation(op)

@atexit.register
def end():
    journal.finish({"status": "ok", "end_ns": 10**18 + 1})
    store.commit(journal)
    print([m for m in ("pandas", "sklearn") if m in sys.modules])
"""


@pytest.mark.parametrize(
    "last_words",
    [
        "",
        "raise SystemExit(0)",
        "threading.Thread(target=time.sleep, args=(30,), daemon=True).start()",
        "threading.Thread(target=time.sleep, args=(0.2,)).start()",
    ],
    ids=["plain", "sys.exit", "daemon thread", "thread"],
)
def test_commit_while_the_interpreter_shuts_down(
    last_words: str, run_python: RunPython, tmp_path: Path
) -> None:
    done = run_python(f"{AT_EXIT}\n{last_words}")
    assert done.stderr == ""
    assert done.stdout == "[]\n"
    (path,) = (tmp_path / "store" / "p").iterdir()
    assert path.suffix == ".parquet"
    (trace,) = load_traces(path)
    assert trace.keys == ("k",)
    assert trace.complete


def test_a_full_disk_in_a_real_process(run_python: RunPython, tmp_path: Path) -> None:
    done = run_python(
        """
import resource
from lineage_stats.storage import TraceStore
from lineage_stats.trace import Operation
store = TraceStore("store")
journal = store.begin({"run_id": "r", "pipeline": "p", "start_ns": 10**18})
journal.operation(Operation("small", "n"))
journal.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
journal.operation(Operation("large", "n", facts={"x": "y" * 10_000}))
try:
    journal.flush()
except OSError as error:
    print(error.strerror)
"""
    )
    assert done.stdout == "File too large\n"
    (trace,) = load_traces(tmp_path / "store")
    assert trace.keys == ("small",)
    assert trace.status == "killed"
    assert trace.problems == ("the process is gone and left no end of the run",)


def test_runs_of_one_id_and_time_are_one_run(store: TraceStore, trace: Trace) -> None:
    run: dict[str, Any] = trace.to_dict()
    store.begin(run).close()
    with pytest.raises(FileExistsError):
        store.begin(run)


def test_writing_whole_runs_keeps_what_is_in_them(store: TraceStore) -> None:
    running = Trace("r", "p", (Operation("k", "n"),), status="running", complete=False)
    store.write(running)
    assert store.get("r") == running
