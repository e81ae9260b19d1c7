"""Processes that end when they are told to."""

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from lineage_stats.attribution.replay._process import Processes, last_line

NEEDS_TABLE = pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a table of processes")
CHILD = """
import subprocess, sys, time, pathlib
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path("pids").write_text(str(child.pid))
pathlib.Path("ready").touch()
time.sleep({seconds})
"""


def run(processes, tmp_path, code, timeout=30.0):
    return processes.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=dict(os.environ),
        said=tmp_path / "said",
        timeout=timeout,
    )


def is_gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "Z":
                return True  # nobody has asked for its exit code yet
        time.sleep(0.05)
    return False


def test_exit_code_and_last_words(tmp_path):
    code = "import sys; print('one'); sys.exit('KeyError: two\\n\\n')"
    assert run(Processes(), tmp_path, code) == 1
    assert last_line(tmp_path / "said") == "KeyError: two"


def test_who_says_nothing_has_no_last_words(tmp_path):
    assert run(Processes(), tmp_path, "") == 0
    assert last_line(tmp_path / "said") == ""


@NEEDS_TABLE
def test_what_takes_too_long_is_ended_with_its_children(tmp_path):
    with pytest.raises(TimeoutError, match="longer than 2 s"):
        run(Processes(), tmp_path, CHILD.format(seconds=60), timeout=2.0)
    assert is_gone(int((tmp_path / "pids").read_text()))


@NEEDS_TABLE
def test_all_can_be_stopped_and_none_starts_again(tmp_path):
    processes = Processes()
    codes = []
    thread = threading.Thread(
        target=lambda: codes.append(run(processes, tmp_path, CHILD.format(seconds=60)))
    )
    thread.start()
    while not (tmp_path / "ready").exists():
        time.sleep(0.01)
    processes.stop()
    thread.join()
    assert codes == [-9]
    assert is_gone(int((tmp_path / "pids").read_text()))
    with pytest.raises(RuntimeError, match="stopped"):
        run(processes, tmp_path, "")
