"""The journal: what survives a torn file, a killed process, a full disk."""

from __future__ import annotations

import errno
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from lineage_stats.storage import Journal, _journal
from lineage_stats.storage._journal import PartJournal
from lineage_stats.storage._recovery import read_journal
from lineage_stats.trace import RUN_FIELDS, DataRef, Operation, Trace
from tests.conftest import ROOT
from tests.strategies import traces

RUN = {"run_id": "r1", "pipeline": "p", "start_ns": 1}


def write_journal(path: Path, trace: Trace) -> Journal:
    """Write a whole run as a session does it."""
    run = trace.to_dict()
    journal = Journal(path, {k: run[k] for k in ("run_id", "pipeline", "start_ns", "tags")})
    for digest, columns in trace.schemas.items():
        journal.schema(digest, columns)
    for op in trace:
        journal.operation(op)
    journal.finish({name: run[name] for name, _ in RUN_FIELDS})
    return journal


@given(trace=traces())
def test_reading_back_gives_what_was_written(
    trace: Trace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("j") / "x.journal"
    write_journal(path, trace)
    assert read_journal(path) == trace


@given(trace=traces())
def test_a_run_that_ends_is_in_memory_what_it_would_be_in_the_file(
    trace: Trace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("j") / "x.journal"
    run = trace.to_dict()
    journal = Journal(path, {k: run[k] for k in ("run_id", "pipeline", "start_ns", "tags")})
    for digest, columns in trace.schemas.items():
        journal.schema(digest, columns)
    for i, op in enumerate(trace):
        journal.operation(op)
        if i % 2:
            journal.flush()
    end = {name: run[name] for name, _ in RUN_FIELDS}
    assert journal.ended(end) == trace
    journal.finish(end)
    assert read_journal(path) == trace
    assert journal.ended(end) is None


def test_a_long_run_is_not_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    monkeypatch.setattr(_journal, "MAX_KEPT", 1000)
    for i in range(3):
        journal.operation(Operation(f"k{i}", "n"))
    journal.flush()
    journal.operation(Operation("k0", "of another state"))
    kept = journal.ended({"status": "ok"})
    assert kept is not None
    assert [op.name for op in kept] == ["of another state", "n", "n"]
    journal.operation(Operation("k3", "n" * 1000))
    journal.flush()
    assert journal.ended({"status": "ok"}) is None
    journal.finish({"status": "ok"})
    assert len(read_journal(journal.path)) == 4


def test_a_part_keeps_nothing_in_memory(tmp_path: Path) -> None:
    part = PartJournal(tmp_path / "x.run", {**RUN, "repeats": 1, "forked_ns": 0}, lambda _: (0,))
    part.operation(Operation("k", "n"))
    assert part.ended({"status": "ok"}) is None
    part.close()


def test_what_was_removed_is_finished_and_keeps_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    journal.operation(Operation("k", "n"))
    journal.remove()
    journal.remove()
    assert journal.finished
    assert not journal.path.exists()
    assert journal.ended({"status": "ok"}) is None


def test_a_run_that_lost_a_record_tells_of_it_in_the_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    journal.operation(Operation("k", "n", facts={("not", "a name"): "x"}))  # type: ignore[dict-item]
    journal.flush()
    assert journal.ended({"status": "ok"}) is None
    journal.close()


def test_the_run_is_on_disk_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    trace = read_journal(journal.path)
    assert (trace.run_id, trace.status, trace.complete) == ("r1", "running", False)
    assert not journal.finished
    journal.close()


def test_nothing_is_written_before_flush(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    journal.operation(Operation("k", "n"))
    assert len(read_journal(journal.path)) == 0
    journal.flush()
    assert len(read_journal(journal.path)) == 1
    journal.close()


def test_an_operation_that_changes_between_flushes_is_written_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    for calls in range(1000):
        journal.operation(Operation("k", "n", features={"calls": float(calls)}))
    journal.flush()
    assert journal.path.read_bytes().count(b"\n") == 2
    journal.operation(Operation("k", "n", features={"calls": 1000.0}))
    journal.finish({"status": "ok"})
    (op,) = read_journal(journal.path)
    assert op.features == {"calls": 1000.0}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308])
def test_extreme_features_survive(value: float, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    journal.operation(Operation("k", "n", features={"x": value}))
    journal.flush()
    journal.close()
    assert read_journal(journal.path).operations[0].features["x"] == pytest.approx(
        value, rel=0, nan_ok=True
    )


def test_numpy_scalars_and_foreign_objects_are_no_obstacle(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    features = {"a": np.float32(0.5), "b": np.int64(3), "c": np.float64("nan")}
    table = DataRef("d", rows=np.int64(7))
    journal.operation(Operation("k", "n", features=features, outputs=(table,)))
    journal.finish({"environment": {"path": Path("x")}, "complete": np.bool_(True)})
    trace = read_journal(journal.path)
    assert trace.operations[0].features["a"] == 0.5
    assert trace.operations[0].outputs[0].rows == 7
    assert trace.environment == {"path": "x"}
    assert trace.complete is True


class Stubborn:
    def __str__(self) -> str:
        raise RuntimeError("no")


def test_what_cannot_be_encoded_loses_nothing_else(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    journal.operation(Operation("a", "n"))
    journal.operation(Operation("b", "n", facts={"param[x]": Stubborn()}))  # type: ignore[dict-item]  # the point
    journal.operation(Operation("c", "n"))
    journal.flush()
    journal.operation(Operation("d", "n"))
    tags = {("no", "text"): "x"}
    journal.finish({"status": "ok", "complete": True, "problems": ["one"], "tags": tags})
    trace = read_journal(journal.path)
    assert trace.keys == ("a", "c", "d")
    assert (trace.status, trace.complete) == ("ok", False)
    assert trace.problems == (
        "one",
        "operation b could not be written: RuntimeError",
        "the run's tags could not be written: TypeError",
    )


def test_the_list_of_what_was_lost_is_short(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    for i in range(100):
        journal.operation(Operation(f"{i}", "n", facts={"x": Stubborn()}))  # type: ignore[dict-item]  # the point
    journal.finish({})
    problems = read_journal(journal.path).problems
    assert len(problems) == 11
    assert problems[-1] == "and 90 more records"


def test_half_surrogates_survive(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    journal.operation(Operation("k\udc80", "n"))
    journal.finish({})
    assert read_journal(journal.path).keys == ("k\udc80",)


def test_two_runs_never_share_a_file(tmp_path: Path) -> None:
    Journal(tmp_path / "x.journal", RUN).close()
    with pytest.raises(FileExistsError):
        Journal(tmp_path / "x.journal", RUN)


def test_a_folder_that_cannot_be_written_is_an_oserror_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match=r"file/x\.journal"):
        Journal(tmp_path / "file" / "x.journal", RUN)


def test_a_full_disk_leaves_whole_lines_and_loses_nothing_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    journal.operation(Operation("a", "n"))
    write = os.write
    left = [10]

    def full(fd: int, data: bytes) -> int:
        if left[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        n = write(fd, data[: left[0]])
        left[0] -= n
        return n

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        journal.flush()
    assert journal.path.read_bytes().endswith(b"}\n")
    assert len(read_journal(journal.path)) == 0
    journal.operation(Operation("b", "n"))
    with pytest.raises(OSError, match="No space left"):
        journal.finish({"status": "ok"})
    assert not journal.finished
    monkeypatch.undo()
    journal.finish({"status": "ok"})
    trace = read_journal(journal.path)
    assert (trace.keys, trace.complete, trace.problems) == (("a", "b"), True, ())


def test_after_the_end_nothing_is_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    journal.finish({"status": "ok"})
    data = journal.path.read_bytes()
    journal.operation(Operation("a", "n"))
    journal.flush()
    journal.finish({"status": "failed"})
    journal.close()
    assert journal.path.read_bytes() == data
    assert repr(journal).endswith(": finished>")


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)

    def work(t: int) -> None:
        for i in range(200):
            journal.operation(Operation(f"{t}/{i}", "n", start_ns=i))
            if i % 20 == 0:
                journal.flush()

    threads = [threading.Thread(target=work, args=(t,)) for t in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.finish({})
    trace = read_journal(journal.path)
    assert len(trace) == 1600
    assert trace.problems == ()


def test_a_forked_child_writes_nothing(
    run_python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    run_python(
        """
import os, signal, threading
from lineage_stats.storage import Journal
from lineage_stats.trace import Operation
journal = Journal("x.journal", {"run_id": "r", "pipeline": "p", "start_ns": 1})
journal.operation(Operation("parent", "n"))
held, release = threading.Event(), threading.Event()
def hold():
    with journal._lock:
        held.set()
        release.wait()
threading.Thread(target=hold, daemon=True).start()
held.wait()
if os.fork() == 0:
    signal.alarm(20)
    journal.schema("s", [["a", "int64"]])
    journal.operation(Operation("child", "n"))
    journal.flush()
    journal.finish({"status": "failed"})
    journal.close()
    os._exit(0)
assert os.wait()[1] == 0
release.set()
journal.finish({"status": "ok"})
"""
    )
    trace = read_journal(tmp_path / "x.journal")
    assert (trace.keys, trace.status) == (("parent",), "ok")


def test_kill_9_loses_only_what_was_not_flushed(tmp_path: Path) -> None:
    code = """
import sys, time
from lineage_stats.storage import TraceStore
from lineage_stats.trace import Operation
journal = TraceStore("store").begin({"run_id": "r", "pipeline": "p", "start_ns": 10**18})
for i in range(50):
    journal.operation(Operation(f"k{i:02}", "n", start_ns=i))
journal.flush()
journal.operation(Operation("unflushed", "n"))
print("ready", flush=True)
time.sleep(60)
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)
    (path,) = (tmp_path / "store").rglob("*.journal")
    trace = read_journal(path)
    assert trace.keys == tuple(f"k{i:02}" for i in range(50))
    assert (trace.status, trace.complete) == ("killed", False)


def test_a_reader_never_disturbs_a_writer(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not done.is_set():
            seen.append(len(read_journal(journal.path)))
            time.sleep(0.001)

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(100):
        journal.operation(Operation(f"k{i}", "n", start_ns=i))
        journal.flush()
    done.set()
    reader.join()
    journal.finish({})
    assert seen == sorted(seen)
    assert len(read_journal(journal.path)) == 100


def test_recording_loads_no_heavy_library(
    run_python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = run_python(
        """
import sys
from lineage_stats.storage import Journal, TraceStore, load_traces
from lineage_stats.trace import Operation
journal = TraceStore("store").begin({"run_id": "r", "pipeline": "p", "start_ns": 10**18})
journal.operation(Operation("k", "n"))
journal.finish({})
print([m for m in ("numpy", "pandas", "pyarrow", "scipy", "sklearn") if m in sys.modules])
"""
    )
    assert done.stdout == "[]\n"


def test_operations_of_a_cell_that_runs_again_are_dropped(tmp_path):
    journal = Journal(tmp_path / "r1.journal", RUN)
    journal.operation(Operation("a#1", "a", start_ns=1))
    journal.operation(Operation("b#1", "b", start_ns=2))
    journal.flush()
    journal.operation(Operation("c#1", "c", start_ns=3))
    journal.drop(["b#1", "c#1"])
    journal.operation(Operation("c#1", "c", start_ns=4, line=9))
    journal.note({"recording_seconds": "0.5"})
    journal.flush()
    trace = read_journal(journal.path)
    assert [(op.key, op.line) for op in trace] == [("a#1", None), ("c#1", 9)]
    assert trace.environment["recording_seconds"] == "0.5"
    journal.close()
