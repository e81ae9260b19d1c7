"""Whether the process that wrote a file is gone: said only where it is certain."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from lineage_stats.storage._process import is_gone, this_process

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

ASK = (
    "import json, sys; from lineage_stats.storage._process import this_process;"
    "print(json.dumps(this_process()), flush=True); sys.stdin.read()"
)


@pytest.fixture
def other():
    """A living process and what it says about itself."""
    child = subprocess.Popen(
        [sys.executable, "-c", ASK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        yield child, json.loads(child.stdout.readline())
        child.kill()


def test_a_living_process_is_not_gone(other):
    child, known = other
    assert known["pid"] == str(child.pid)
    assert not is_gone(known)
    assert not is_gone(this_process())


def test_a_killed_process_is_gone_even_before_anybody_asks_for_its_exit_code(other):
    child, known = other
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(known)
    child.wait()
    assert is_gone(known)


def test_an_id_that_was_used_again_is_another_process():
    assert is_gone({**this_process(), "started": "1"})


@pytest.mark.parametrize("name", ["platform", "host", "boot", "pid_space"])
def test_elsewhere_nobody_can_know(name):
    gone = {**this_process(), "started": "1"}
    assert not is_gone({**gone, name: "another"})
    assert not is_gone({k: v for k, v in gone.items() if k != name})


@pytest.mark.parametrize("process", [{}, {"pid": "x"}, {"pid": ""}])
def test_what_says_nothing_is_not_gone(process):
    assert not is_gone(process)
