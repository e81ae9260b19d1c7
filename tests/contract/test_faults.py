"""Whatever fails under the recorder, the program ends as it would have, and somebody says why."""

from __future__ import annotations

import os
import random
import signal
import sys
import time

import pytest

from lineage_stats.exceptions import NoTracesError, TraceFileError
from tests.programs import Program

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="signals and limits")

WORK = """
{before}
import pandas as pd
{begin}
total = 0
for i in range(60):
    table = pd.DataFrame({{"a": [1.0, None, float(i)]}})
    total += len(table.dropna().sort_values("a").head(2))
{end}
print("total", total)
raise SystemExit(7)
"""

DISK_FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))"
SLEEP = "import time; time.sleep(0.8)"
FAULTS = {
    "disk full at the end": ("", DISK_FULL),
    "disk full in the middle": (DISK_FULL, SLEEP),
    "the store vanishes": ("", "import shutil; shutil.rmtree('lineage_traces')"),
    "the store vanishes early": ("import shutil; shutil.rmtree('lineage_traces')", SLEEP),
    "the store becomes a file": (
        "", "import shutil, pathlib; shutil.rmtree('lineage_traces');"
        "pathlib.Path('lineage_traces').write_text('')",
    ),
    "the clock jumps": ("import time; real = time.time_ns; time.time_ns = lambda: 5", ""),
    "no more files": (
        "", "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))",
    ),
    "descriptors are closed": ("", "import os; os.closerange(3, 50)"),
    "the folder goes": ("import os; os.mkdir('x'); os.chdir('x'); os.rmdir('../x')", ""),
    "streams are closed": ("", "import sys; sys.stderr.close()"),
}  # fmt: skip


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_program_ends_as_it_would_have(program, fault):
    begin, end = FAULTS[fault]
    source = WORK.format(before="import lineage_stats.auto", begin=begin, end=end)
    done = program.run(source)
    assert (done.returncode, done.stdout) == (7, "total 120\n"), done.stderr
    try:
        traces = program.traces()
    except (NoTracesError, TraceFileError):
        traces = []
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1
    complete = [trace for trace in traces if trace.complete]
    silent = fault == "streams are closed"
    assert complete or done.stderr or silent
    for trace in traces:
        assert trace.status in ("failed", "killed")
        assert all(op.name.startswith("DataFrame") for op in trace)


def test_a_program_may_be_killed_at_any_moment(program):
    source = WORK.format(
        before="import lineage_stats.auto", begin="print('go', flush=True)", end=""
    ).replace("range(60)", "range(100_000)")
    chance = random.Random(0)
    for _ in range(4):
        process = program.start(source)
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 1.2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    traces = program.traces()
    assert len(traces) == 4
    assert {(t.status, t.complete) for t in traces} == {("killed", False)}
    assert all(op.name.startswith("DataFrame") for trace in traces for op in trace)
    assert max(len(trace) for trace in traces) > 10


def test_killed_while_the_file_is_written(program):
    """Every system call of the end may be the last one."""
    source = (
        WORK.format(before="import lineage_stats.auto", begin="", end="")
        .replace("raise SystemExit(7)", "")
        .replace("total = 0", "import os, threading, time, signal\n"
                 "threading.Thread(target=lambda: (time.sleep(DELAY), os.kill(os.getpid(), 9)), "
                 "daemon=True).start()\ntotal = 0")
    )  # fmt: skip
    for delay in (0.02, 0.06, 0.1, 0.15):
        program.run(source.replace("DELAY", str(delay)))
    for trace in program.traces():
        assert trace.status in ("killed", "ok")
        assert trace.complete == (trace.status == "ok")


def test_a_daemon_that_closes_all_files_finds_nothing_of_ours_in_its_own(program):
    begin = "import os; os.closerange(3, 50); own = [open(f'own{i}', 'w') for i in range(9)]"
    done = program.run(WORK.format(before="import lineage_stats.auto", begin=begin, end=SLEEP))
    assert (done.returncode, done.stdout) == (7, "total 120\n")
    assert len(done.stderr.splitlines()) == 1
    assert [(program.folder / f"own{i}").read_text() for i in range(9)] == [""] * 9


def test_a_program_that_leaves_by_os_exit_is_not_taken_for_a_good_one(program):
    source = WORK.format(before="import lineage_stats.auto", begin="", end="import os; os._exit(0)")
    assert program.run(source).returncode == 0
    (trace,) = program.traces()
    assert (trace.status, trace.complete) == ("killed", False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder(program):
    (program.folder / "lineage_traces").mkdir(mode=0o500)
    done = program.run(WORK.format(before="import lineage_stats.auto", begin="", end=""))
    assert (done.returncode, done.stdout) == (7, "total 120\n")
    assert len(done.stderr.splitlines()) == 1
    assert "not recorded" in done.stderr
